import type { ExpectedSeries, SeriesKey } from "./expected.ts";
import type { Tally } from "./tally.ts";

/** [ms since 1970, value] */
export type Point = [number, number];

/** What samples are compared with. */
export interface Truth {
    /** The value that a series has at a time. */
    valueAt(series: SeriesKey, time: number): number;
    /**
     * Whether a sample with the right value may be there at this time without a line in the ledger: a generator that is killed cannot
     * write down what it had in hand.
     */
    open(series: SeriesKey, time: number): boolean;
    /** Series' name for people. */
    nameOf(series: SeriesKey): string;
}

/**
 * Counts one series' samples of a time span (its end excluded) in one copy: each is found, wrong, doubled (the second at its time, or
 * one that was never sent) or unasked; each acknowledged one that is not there is missing. Returns how many had no line in the ledger
 * and were let pass.
 */
export function compareSeries(
    series: SeriesKey,
    expected: ExpectedSeries | undefined,
    points: Point[],
    { from, to }: { from: number; to: number },
    truth: Truth,
    tally: Tally,
): number {
    const seen = new Set<number>();
    const at = (time: number) => `${truth.nameOf(series)} at ${new Date(time).toISOString()}`;
    let unlisted = 0;
    for (const [time, value] of points) {
        if (time < from || time >= to) continue;
        if (seen.has(time)) {
            tally.doubled(() => `doubled: ${at(time)} is there twice`);
            continue;
        }
        seen.add(time);
        const outcome = expected?.times.get(time);
        const right = value === truth.valueAt(series, time);
        if (outcome === undefined && right && truth.open(series, time)) {
            tally.unasked += 1;
            unlisted += 1;
        } else if (outcome === undefined || outcome === "unsent") {
            tally.doubled(() => `doubled: ${at(time)} was never sent, and there it is ${value}`);
        } else if (!right) {
            tally.wrong(() => `wrong: ${at(time)} is ${value} instead of ${truth.valueAt(series, time)}`);
        } else if (outcome === "acknowledged") tally.found += 1;
        else tally.unasked += 1;
    }
    for (const [time, outcome] of expected?.times ?? []) {
        if (outcome !== "acknowledged" || seen.has(time) || time < from || time >= to) continue;
        tally.missing(time, () => `missing: ${at(time)}, acknowledged`);
    }
    return unlisted;
}
