import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { messageOf, UserError } from "../../../support/errors.ts";
import { projectRoot, userPath } from "../../../support/paths.ts";
import { exitCodes } from "../../cli/exit.ts";
import { writeDurably } from "../journal.ts";
import { type RunEvent, type RunRecord, runFiles } from "../types.ts";

/** Folder of a scenario's runs. */
export const runsFolder = (scenario: string, out: string | undefined) =>
    out === undefined ? join(projectRoot, "results", scenario) : userPath(out);

/** Makes it where it is not there. Throws UserError where there can be no run in it: nobody waits for an environment to learn that. */
export function makeRunsFolder(folder: string): void {
    try {
        mkdirSync(folder, { recursive: true });
        accessSync(folder, constants.W_OK);
    } catch (error) {
        const problem = { what: folder, why: messageOf(error), next: "name another folder with --out" };
        throw new UserError("a run cannot be kept there", problem, exitCodes.usage);
    }
}

/** "20261127-210102": the runs of one command have it in common; "-2" is the second of them. */
export const stampOf = (at: number) =>
    new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");

/** One run's folder, and what is written into it from the first second on. */
export class RunFolder {
    readonly path: string;
    #record: RunRecord;
    readonly #events: RunEvent[];

    /** A new run. `events`: of one that is opened again; then nothing is written, since it may be another process's that goes on. */
    constructor(path: string, record: RunRecord, events?: RunEvent[]) {
        this.path = path;
        this.#record = record;
        this.#events = events ?? [];
        if (events) return;
        mkdirSync(path, { recursive: true });
        this.update({});
    }

    get record(): RunRecord {
        return this.#record;
    }

    get events(): readonly RunEvent[] {
        return this.#events;
    }

    update(change: Partial<RunRecord>): void {
        this.#record = { ...this.#record, ...change };
        this.write(runFiles.run, this.#record);
    }

    write(name: string, value: unknown): void {
        writeDurably(join(this.path, name), `${JSON.stringify(value, null, 2)}\n`);
    }

    /** What this run wrote before it was ended; null: it did not come so far. */
    read<T>(name: string): T | null {
        const file = join(this.path, name);
        return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : null;
    }

    /** An event that lasts is written twice: as it begins, and with its end. */
    begin(event: RunEvent): (more?: Partial<RunEvent>) => void {
        this.#events.push(event);
        this.#saveEvents();
        return (more = {}) => {
            Object.assign(event, more);
            this.#saveEvents();
        };
    }

    #saveEvents(): void {
        const lines = this.#events.map((event) => `${JSON.stringify(event)}\n`);
        writeDurably(join(this.path, runFiles.events), lines.join(""));
    }
}

/** Opens a run's folder again, and changes nothing in it. Undefined: it holds no run. */
function openRun(path: string): RunFolder | undefined {
    const file = join(path, runFiles.run);
    if (!existsSync(file)) return undefined;
    const record = JSON.parse(readFileSync(file, "utf8")) as RunRecord;
    const events = join(path, runFiles.events);
    const lines = existsSync(events) ? readFileSync(events, "utf8").split("\n").filter(Boolean) : [];
    return new RunFolder(
        path,
        record,
        lines.map((line) => JSON.parse(line) as RunEvent),
    );
}

/** What the runs of one command have in common. */
export const stampIn = (id: string) => id.slice(0, 15);

/** A scenario's runs in a folder, which other scenarios may share: of one command, the newest unless told. In the order in which they began. */
export function runsOf(folder: string, scenario: string, stamp?: string): RunFolder[] {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
    const ids = readdirSync(folder).filter((name) => /^\d{8}-\d{6}-/.test(name));
    const stamps = stamp === undefined ? new Set(ids.map(stampIn)) : [stamp];
    for (const one of [...stamps].sort().reverse()) {
        const runs = ids
            .filter((id) => stampIn(id) === one)
            .sort()
            .flatMap((id) => openRun(join(folder, id)) ?? [])
            .filter(({ record }) => record.scenario === scenario);
        if (runs.length > 0) return runs.sort((a, b) => a.record.startedAt - b.record.startedAt);
    }
    return [];
}
