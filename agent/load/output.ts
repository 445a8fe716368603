/** The files of a load, written as it goes: plan.json, load.jsonl, ledger.jsonl (operations/scenarios/types.ts names them, too). */
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { LedgerEntry, LoadInterval, LoadPlan } from "./types.ts";

export interface Output {
    interval(line: LoadInterval): void;
    ledger(entries: LedgerEntry[]): void;
    /** All of it is with the operating system; rejects where it could not be written. */
    end(): Promise<void>;
}

/** `broken` is called when a file cannot be written any more: a load without its ledger proves nothing. */
export function folderOutput(
    folder: string,
    plan: LoadPlan,
    startedAt: number,
    broken: (error: unknown) => never,
): Output {
    try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "plan.json"), `${JSON.stringify({ plan, startedAt }, null, 2)}\n`);
    } catch (error) {
        broken(error);
    }
    const open = (name: string) => createWriteStream(join(folder, name), { flags: "a" }).on("error", broken);
    const [load, ledger] = [open("load.jsonl"), open("ledger.jsonl")];
    return {
        interval: (line) => void load.write(`${JSON.stringify(line)}\n`),
        ledger: (entries) => void ledger.write(entries.map((entry) => `${JSON.stringify(entry)}\n`).join("")),
        async end() {
            await Promise.all([load, ledger].map((stream) => finished(stream.end())));
        },
    };
}

/** Interval lines alone, on standard output: for containers, whose log is kept by Kubernetes. */
export const streamOutput = (write: (text: string) => void): Output => ({
    interval: (line) => write(`${JSON.stringify(line)}\n`),
    ledger: () => {},
    end: async () => {},
});
