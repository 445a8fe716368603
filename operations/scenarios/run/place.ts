import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";
import { locateSite } from "../../../settings/locate.ts";
import { UserError } from "../../../support/errors.ts";
import { withLock } from "../../../support/lock.ts";
import { stateDir } from "../../../support/paths.ts";
import { exitCodes } from "../../cli/exit.ts";
import { writeDurably } from "../journal.ts";

/** Where scenarios run: a lab or a site. Faults are its nodes' and its cluster's, whichever stack stands on it. */
export interface Place {
    text: string;
    /** Folder of what has to outlive a run. */
    folder: string;
    journal: string;
}

/** A site is its file: however it is spelled, and not another clone's of the same name. */
export function placeOf(lab: string | null, site: string, root = stateDir("scenarios")): Place {
    const folder = join(root, lab === null ? keyOf(siteFile(site)) : `lab-${lab}`);
    return { text: lab === null ? `site ${site}` : `lab ${lab}`, folder, journal: join(folder, "journal.json") };
}

const keyOf = (file: string) => `site-${basename(file)}-${createHash("sha256").update(file).digest("hex").slice(0, 8)}`;

/** The file of a site of the user's own: absolute, without symbolic links. */
export function siteFile(site: string): string {
    const { path } = locateSite(site);
    return existsSync(path) ? realpathSync(path) : path;
}

interface Owner {
    pid: number;
    scenario: string;
    since: string;
}

/** Does `work` while no other scenario runs on the place. Throws UserError at once where one does. */
export async function alone<T>(place: Place, scenario: string, work: () => Promise<T>): Promise<T> {
    const owner = join(place.folder, "running.json");
    let entered = false;
    try {
        return await withLock(join(place.folder, "lock"), { timeout: 0 }, async () => {
            entered = true;
            const mine: Owner = { pid: process.pid, scenario, since: new Date().toISOString() };
            writeDurably(owner, `${JSON.stringify(mine)}\n`);
            return await work();
        });
    } catch (error) {
        if (entered || !(error instanceof UserError)) throw error;
        const other = existsSync(owner) ? (JSON.parse(readFileSync(owner, "utf8")) as Owner) : undefined;
        throw new UserError(
            `a scenario runs on the ${place.text} already`,
            {
                what: other
                    ? `${other.scenario}, process ${other.pid}, since ${other.since}`
                    : "another process holds its lock",
                why: "two at a time would measure each other, and heal each other's faults",
                next: "wait for its end, or end it with Ctrl-C there: it heals what it broke",
            },
            exitCodes.unavailable,
        );
    }
}

/**
 * A run may leave holes in replicas and kills for want of memory, of which verify complains for as long as it looks back: half an hour and an
 * hour (operations/checks/holes.ts, pods.ts).
 */
const lookBackMs = 65 * 60_000;

/** When the earlier run began whose traces verify may still see; undefined: there was none. */
export function earlierRun(place: Place, now: number): number | undefined {
    const file = join(place.folder, "last.json");
    if (!existsSync(file)) return undefined;
    const { startedAt, endedAt } = JSON.parse(readFileSync(file, "utf8")) as { startedAt: number; endedAt: number };
    return now - endedAt < lookBackMs ? startedAt : undefined;
}

/** Keeps the earliest start of runs that follow each other closely. */
export function rememberRun(place: Place, startedAt: number, endedAt: number): void {
    const since = earlierRun(place, startedAt) ?? startedAt;
    writeDurably(join(place.folder, "last.json"), `${JSON.stringify({ startedAt: since, endedAt })}\n`);
}
