import { mergeLatencies, quantileOf } from "../../../agent/load/histogram.ts";
import type { LoadInterval } from "../../../agent/load/types.ts";

/** Milliseconds that the share `q` of the answers of these intervals took at most. Null without answers. Pure. */
export function latencyMs(intervals: readonly LoadInterval[], q: number): number | null {
    const micros = quantileOf(mergeLatencies(intervals.map(({ latency }) => latency)), q);
    return micros === undefined ? null : micros / 1000;
}
