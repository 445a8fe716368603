import { open } from "node:fs/promises";
import type { LedgerEntry } from "../../agent/load/types.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";

export const outcomes = ["unsent", "refused", "unknown", "acknowledged"] as const satisfies LedgerEntry["outcome"][];
export type Outcome = (typeof outcomes)[number];

/** What became of every request, in the order of its time. A request is a line, not a sample: a million of them are some 100 MB. */
export interface Ledger {
    entries: Required<LedgerEntry>[];
    /** Samples that M3 acknowledged, by their requests. */
    acknowledged: number;
    /** Times of the first and the last sample. */
    first: number;
    last: number;
    /** The file ends in the middle of a line: its generator was killed. */
    cut: boolean;
}

/** Reads ledger.jsonl line by line. Throws UserError where it cannot be read or a line is none, but for a last one that was cut off. */
export async function readLedger(path: string): Promise<Ledger> {
    const entries: Required<LedgerEntry>[] = [];
    let number = 0;
    let broken: number | undefined;
    const file = await open(path).catch((error: unknown) => {
        throw unreadable(path, error);
    });
    try {
        for await (const line of file.readLines()) {
            number += 1;
            if (line === "") continue;
            if (broken !== undefined) throw notAnEntry(path, broken);
            const entry = entryOf(line);
            if (entry) entries.push(entry);
            else broken = number;
        }
    } finally {
        await file.close();
    }
    return ledgerOf(entries, broken !== undefined);
}

/** Pure. */
export function ledgerOf(entries: Required<LedgerEntry>[], cut = false): Ledger {
    let acknowledged = 0;
    for (const { from, to, outcome } of entries) if (outcome === "acknowledged") acknowledged += to - from;
    const sorted = entries.sort((a, b) => a.time - b.time);
    return { entries: sorted, acknowledged, first: sorted[0]?.time ?? 0, last: sorted.at(-1)?.time ?? 0, cut };
}

/** The entries of a time span (its end excluded). */
export function entriesWithin({ entries }: Ledger, from: number, to: number): Required<LedgerEntry>[] {
    return entries.slice(firstAt(entries, from), firstAt(entries, to));
}

/** Index of the first entry that is not before a time. */
function firstAt(entries: LedgerEntry[], time: number): number {
    let [low, high] = [0, entries.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((entries[middle]?.time ?? 0) < time) low = middle + 1;
        else high = middle;
    }
    return low;
}

/** Undefined: it is none. */
function entryOf(line: string): Required<LedgerEntry> | undefined {
    let value: unknown;
    try {
        value = JSON.parse(line);
    } catch {
        return undefined;
    }
    if (typeof value !== "object" || value === null) return undefined;
    const { time, from, to, replica, generation = 0, outcome } = value as Record<string, unknown>;
    const known = outcomes.find((one) => one === outcome);
    if (known === undefined || !isNumber(time) || !isCount(from) || !isCount(to) || to < from) return undefined;
    if (!isCount(replica) || !isCount(generation)) return undefined;
    return { time, from, to, replica, generation, outcome: known };
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

const next = "read back the folder of a run as the load generator left it: plan.json and ledger.jsonl";

const unreadable = (path: string, error: unknown) =>
    new UserError(
        "the ledger of this run cannot be read",
        { what: path, why: messageOf(error), next },
        exitCodes.usage,
    );

const notAnEntry = (path: string, line: number) =>
    new UserError(
        `${path}, line ${line}, is no entry of a ledger`,
        {
            what: "a line is JSON: time, from, to, replica, generation (optional), outcome",
            next,
        },
        exitCodes.usage,
    );
