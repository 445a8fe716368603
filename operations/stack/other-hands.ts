import { messageOf, UserError } from "../../support/errors.ts";
import type { Progress } from "../../support/progress.ts";
import { exitCodes } from "../cli/exit.ts";
import type { Drift } from "./drift.ts";
import { nameOf } from "./events.ts";
import type { Session } from "./session.ts";
import { engineStep } from "./update.ts";

/**
 * Looks at every object of a stack that stands, changing neither it nor the state. Resolves to what is not as the state has it;
 * undefined, with a word to the user, where the cluster could not be asked.
 */
export async function changedByOthers(session: Session, progress: Progress): Promise<Drift[] | undefined> {
    try {
        const words = ["refresh", "--preview-only"];
        const { drift } = await engineStep(session, "looking for changes by other hands", words, progress);
        return drift;
    } catch (error) {
        if (!(error instanceof UserError) || error.exitCode === exitCodes.interrupted) throw error;
        progress.say(`not looked for changes by other hands: ${messageOf(error)}`);
        return undefined;
    }
}

/** For a person: each object by its name, with the places and, where it is told, by whom. Pure. */
export function othersText(drift: Drift[]): string {
    if (drift.length === 0) return "";
    const few = (paths: string[]) => [...paths.slice(0, 3), ...(paths.length > 3 ? [`${paths.length - 3} more`] : [])];
    const lines = drift.map(({ urn, gone, paths, by }) => {
        const hand = by === undefined ? "" : `, by ${by}`;
        return gone ? `  - ${nameOf(urn)}: is gone` : `  ~ ${nameOf(urn)}: ${few(paths).join(", ")}${hand}`;
    });
    const one = drift.length === 1;
    return [
        `Changed by other hands: ${drift.length} object${one ? "" : "s"}. A plain \`up\` leaves ${one ? "it" : "them"} so; \`m3perf up --refresh\` makes ${one ? "it" : "them"} again what the settings say.`,
        ...lines,
        "",
    ].join("\n");
}
