import { mergeLatencies } from "../../agent/load/histogram.ts";
import type { LatencyBuckets, LoadInterval } from "../../agent/load/types.ts";

/** What a stretch of time brought: samples for writes, queries for reads. */
export interface Totals {
    seconds: number;
    /** Of those until the last in which something was due: while the last answers are awaited nothing is. */
    dueSeconds: number;
    intended: number;
    acknowledged: number;
    refused: number;
    unknown: number;
    unsent: number;
    requests: number;
    /** By text, the commonest first. */
    errors: Record<string, number>;
    latency: LatencyBuckets;
    cpuSeconds: number;
    waitingMost: number;
}

/** Pure. */
export const totalsOf = (intervals: readonly LoadInterval[]): Totals =>
    sumOf(
        intervals.map((one) => ({
            ...one,
            dueSeconds: one.intended > 0 ? one.seconds : 0,
            waitingMost: one.waiting,
        })),
    );

/** Totals of stretches, one after the other, as one. Pure. */
export function sumOf(parts: readonly Totals[]): Totals {
    const sum = (of: (part: Totals) => number) => parts.reduce((total, one) => total + of(one), 0);
    const errors = new Map<string, number>();
    let [seconds, dueSeconds] = [0, 0];
    for (const one of parts) {
        if (one.dueSeconds > 0) dueSeconds = seconds + one.dueSeconds;
        seconds += one.seconds;
    }
    for (const one of parts)
        for (const [text, count] of Object.entries(one.errors)) errors.set(text, (errors.get(text) ?? 0) + count);
    return {
        seconds,
        dueSeconds,
        intended: sum(({ intended }) => intended),
        acknowledged: sum(({ acknowledged }) => acknowledged),
        refused: sum(({ refused }) => refused),
        unknown: sum(({ unknown }) => unknown),
        unsent: sum(({ unsent }) => unsent),
        requests: sum(({ requests }) => requests),
        errors: Object.fromEntries([...errors].sort(([, a], [, b]) => b - a)),
        latency: mergeLatencies(parts.map(({ latency }) => latency)),
        cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
        waitingMost: parts.reduce((most, { waitingMost }) => Math.max(most, waitingMost), 0),
    };
}
