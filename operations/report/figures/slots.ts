import type { LoadInterval } from "../../../agent/load/types.ts";
import { type Totals, totalsOf } from "../../load/totals.ts";

/** The middle of an interval: what it is counted for. */
const middleOf = ({ at, seconds }: LoadInterval) => at - seconds * 500;

export const within = (intervals: readonly LoadInterval[], from: number, to: number) =>
    intervals.filter((one) => middleOf(one) >= from && middleOf(one) < to);

/** A stretch of the run of even width, with what it brought; null where nothing is known of it. */
export interface Slot {
    at: number;
    totals: Totals | null;
}

/** So many requests are in a slot on average, or its rate and its percentiles are those of chance … */
const fewestRequests = 8;
/** … unless there would be fewer slots than these. */
const fewestSlots = 30;

/** The run cut into at most `most` slots, none shorter than the longest interval. Pure. */
export function slotsOf(intervals: readonly LoadInterval[], from: number, to: number, most: number): Slot[] {
    if (intervals.length === 0) return [];
    const longest = intervals.reduce((length, { seconds }) => Math.max(length, seconds), 0);
    const { seconds, requests } = intervals.reduce(
        (sum, one) => ({ seconds: sum.seconds + one.seconds, requests: sum.requests + one.requests }),
        { seconds: 0, requests: 0 },
    );
    const lasted = (to - from) / 1000;
    const enough = requests > 0 ? Math.min((fewestRequests * seconds) / requests, lasted / fewestSlots) : 0;
    const step = 1000 * Math.max(1, Math.round(longest), Math.ceil(lasted / most), Math.ceil(enough));
    const parts = Map.groupBy(intervals, (one) => Math.floor((middleOf(one) - from) / step));
    const last = Math.max(...parts.keys());
    return Array.from({ length: Math.max(0, last + 1) }, (_, index) => {
        const part = parts.get(index);
        return { at: from + (index + 0.5) * step, totals: part ? totalsOf(part) : null };
    });
}
