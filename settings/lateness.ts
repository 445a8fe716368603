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

/** The scenario with a bufferPast that is long enough wherever `given` (`m3perf:m3db` as it was written) has none. */
export function withBufferPast(scenario: Scenario, given: unknown): Scenario {
    const { m3db, aggregator } = scenario;
    const written = (given as { namespaces?: { bufferPast?: unknown }[] } | undefined)?.namespaces;
    const namespaces = m3db.namespaces.map((namespace, index) =>
        written?.[index]?.bufferPast === undefined
            ? { ...namespace, bufferPast: usualBufferPast(namespace, aggregator) }
            : namespace,
    );
    return { ...scenario, m3db: { ...m3db, namespaces } };
}

/** A warning for each namespace whose values come too late for it. One that exists keeps its bufferPast, so it is no error. */
export const tooLate = ({ m3db, aggregator }: Pick<Scenario, "m3db" | "aggregator">): string[] =>
    m3db.namespaces.flatMap((namespace) => {
        const { name, resolution, blockSize, bufferPast, coldWrites } = namespace;
        const seconds = (duration: string | undefined) => secondsOf(duration ?? "0s") ?? 0;
        const late = latenessOf(namespace, aggregator);
        // A resolution longer than a block has a rule of its own (blocks.ts).
        if (seconds(bufferPast) > late || seconds(resolution) > seconds(blockSize)) return [];
        const comes = coldWrites
            ? "they are taken as cold writes, and queries do not find ended series in blocks on disk"
            : "M3DB refuses them, since coldWrites is false";
        const next = `${usualBufferPast(namespace, aggregator)} would do, of a namespace with another name: one that exists keeps its own`;
        return [
            `m3perf:m3db.namespaces, ${name}: values of a resolution of ${resolution} come up to ${durationOf(Math.ceil(late))} after their time, and bufferPast is ${bufferPast}: ${comes}; ${next}`,
        ];
    });
