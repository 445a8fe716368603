import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot, userPath } from "../../../support/paths.ts";
import { writeDurably } from "../journal.ts";
import { type RunEvent, type RunRecord, runFiles } from "../types.ts";

/** Folder of a scenario's runs. */
export const runsFolder = (scenario: string, out: string | undefined) =>
    out === undefined ? join(projectRoot, "results", scenario) : userPath(out);

/** "20261127-210102": the runs of one command have it in common; "-2" is the second of them. */
export const stampOf = (at: number) =>
    new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");

/** One run's folder, and what is written into it from the first second on. */
export class RunFolder {
    readonly path: string;
    #record: RunRecord;
    readonly #events: RunEvent[];

    constructor(path: string, record: RunRecord, events: RunEvent[] = []) {
        this.path = path;
        this.#record = record;
        this.#events = events;
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

/** Opens a run's folder again. Undefined: it holds no run. */
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

/** The runs of the newest command in a folder of runs, in the order of their names. */
export function newestRuns(folder: string): RunFolder[] {
    if (!existsSync(folder)) return [];
    const ids = readdirSync(folder).filter(
        (name) => /^\d{8}-\d{6}-/.test(name) && existsSync(join(folder, name, runFiles.run)),
    );
    const stamp = ids.sort().at(-1)?.slice(0, 15);
    return ids.filter((id) => id.slice(0, 15) === stamp).flatMap((id) => openRun(join(folder, id)) ?? []);
}
