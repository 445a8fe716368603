/**
 * Latencies in buckets that grow with the value, as HDR histograms have them: 64 to each power of two, so a figure is at most 1.6 % off;
 * below 128 µs each µs has its own. Buckets of several seconds or runs can be added, which percentiles cannot.
 */
import type { LatencyBuckets } from "./types.ts";

/** 2^32 - 1 µs: 71 minutes; longer counts as that. */
const longest = 2 ** 32 - 1;

/** Lower edge of the bucket of a value in µs. */
export function edgeOf(micros: number): number {
    const value = Math.min(Math.max(0, Math.floor(micros)), longest);
    if (value < 128) return value;
    const width = widthAt(value);
    return value - (value % width);
}

/** Width of the bucket that holds a value of at least 0. */
const widthAt = (value: number) => (value < 128 ? 1 : 2 ** (25 - Math.clz32(value)));

/** Counts values as they come. */
export class LatencyHistogram {
    #counts = new Map<number, number>();

    record(micros: number): void {
        const edge = edgeOf(micros);
        this.#counts.set(edge, (this.#counts.get(edge) ?? 0) + 1);
    }

    /** What was counted since the last time. */
    take(): LatencyBuckets {
        const counted = bucketsOf(this.#counts);
        this.#counts.clear();
        return counted;
    }
}

const bucketsOf = (counts: Map<number, number>): LatencyBuckets => [...counts].sort(([a], [b]) => a - b);

/** All of them together. */
export function mergeLatencies(all: Iterable<LatencyBuckets>): LatencyBuckets {
    const counts = new Map<number, number>();
    for (const buckets of all) for (const [edge, count] of buckets) counts.set(edge, (counts.get(edge) ?? 0) + count);
    return bucketsOf(counts);
}

export const countOf = (buckets: LatencyBuckets): number => buckets.reduce((sum, [, count]) => sum + count, 0);

/**
 * The value in µs that the share `q` (0 to 1) of all is at most: the highest that its bucket can hold, so never better than it was.
 * Undefined where nothing was counted.
 */
export function quantileOf(buckets: LatencyBuckets, q: number): number | undefined {
    const rank = Math.max(1, Math.ceil(countOf(buckets) * q - 1e-9));
    let seen = 0;
    for (const [edge, count] of buckets) {
        seen += count;
        if (seen >= rank) return edge + widthAt(edge) - 1;
    }
    return undefined;
}
