import { quantileOf } from "../../agent/load/histogram.ts";
import type { LatencyBuckets } from "../../agent/load/types.ts";

/** Milliseconds that a share `q` of the requests took at most; null where there were none. Pure. */
export function quantileMs(buckets: LatencyBuckets, q: number): number | null {
    const micros = quantileOf(buckets, q);
    return micros === undefined ? null : micros / 1000;
}
