import type { M3Namespace, Scenario } from "./scenario.ts";
import { namespaceSchema } from "./schema/m3db-namespace.ts";
import { durationOf, secondsOf } from "./units.ts";

type Late = Pick<M3Namespace, "resolution" | "bufferPast">;
type Aggregator = Pick<Scenario["aggregator"], "bufferPast">;

const unlessTold = namespaceSchema.parse({ name: "any", retention: "1h" }).bufferPast;
/** Seconds beside what the aggregator takes: for the way to M3DB, and for one that hangs. */
const spare = 600;

/**
 * Seconds after its own time at which a namespace's value may still be on its way: M3 1.5.0 gives it the time of its window's end, keeps
 * the window one resolution and the aggregator's bufferPast longer (bufferForPastTimedMetricFn), and flushes up to half a resolution
 * later (components/m3/config/aggregator.ts, maxJitters). A rollup takes no longer. 0 where there is no aggregation.
 */
export const latenessOf = ({ resolution }: Pick<Late, "resolution">, aggregator: Aggregator): number =>
    resolution === undefined ? 0 : 1.5 * (secondsOf(resolution) ?? 0) + (secondsOf(aggregator.bufferPast) ?? 0);

/** A namespace's bufferPast where none is given: the schema's, or longer where that is too short for its values. */
export function usualBufferPast(namespace: Pick<Late, "resolution">, aggregator: Aggregator): string {
    const late = latenessOf(namespace, aggregator);
    if (late < (secondsOf(unlessTold) ?? 0)) return unlessTold;
    return durationOf(Math.ceil((late + spare) / 60) * 60);
}

/** The scenario with bufferPasts that nobody gave long enough for what the aggregator sends. */
export function withBufferPast(scenario: Scenario): Scenario {
    const { m3db, aggregator } = scenario;
    const namespaces = m3db.namespaces.map((namespace) =>
        namespace.bufferPast === unlessTold
            ? { ...namespace, bufferPast: usualBufferPast(namespace, aggregator) }
            : namespace,
    );
    return { ...scenario, m3db: { ...m3db, namespaces } };
}
