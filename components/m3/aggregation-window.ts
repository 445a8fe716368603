import type { M3Namespace } from "../../settings/index.ts";
import { secondsOf } from "../../settings/units.ts";

type Aggregated = Pick<M3Namespace, "resolution">;

/** Seconds beside what M3 takes: flush times have to get through etcd. */
const spare = 30;
/** Seconds that a roll waits at most between two aggregators: windows of an hour would hold it up for two and a half. */
const mostWait = 900;

/**
 * Seconds after a window of the coarsest resolution began by which its value has been written: M3 keeps it one resolution and
 * bufferPast longer than it lasts, and flushes up to half a resolution later (settings/lateness.ts). 0: nothing is aggregated.
 */
export function windowSeconds(namespaces: Aggregated[], bufferPast: string): number {
    const coarsest = Math.max(0, ...namespaces.map(({ resolution }) => secondsOf(resolution ?? "") ?? 0));
    return coarsest === 0 ? 0 : Math.ceil(2.5 * coarsest) + (secondsOf(bufferPast) ?? 0) + spare;
}

/**
 * Seconds that a new aggregator must be Ready before the roll ends the other: what began before its start it has in part only, and it
 * would lead all the same. 0: none, of a single one or without aggregation.
 */
export const secondsBetween = (replicas: number, namespaces: Aggregated[], bufferPast: string): number =>
    replicas > 1 ? Math.min(mostWait, windowSeconds(namespaces, bufferPast)) : 0;
