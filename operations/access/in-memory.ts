import type { CheckContext } from "../checks/check.ts";
import { ownersIn, readCopies, sampleOf } from "./copies.ts";
import type { Range } from "./dbnode.ts";
import type { Namespaces, Placement } from "./m3.ts";

/** Seconds before a block is written to disk from which on we take it for written: a check takes some. */
const margin = 60;

/**
 * From when on (Unix seconds) a dbnode surely has samples in memory, at `now` (ms since 1970); 0 where M3 does not say how long its blocks are.
 * A block goes to disk when `bufferPast` after its end is over. Pure.
 */
export function inMemorySince({ registry }: Namespaces, namespace: string, now: number): number {
    const { blockSizeNanos, bufferPastNanos } = registry.namespaces?.[namespace]?.retentionOptions ?? {};
    const size = Number(blockSizeNanos) / 1e9;
    const past = Number(bufferPastNanos) / 1e9;
    if (!(size > 0) || !(past >= 0)) return 0;
    return Math.floor((now / 1000 - past + margin) / size) * size;
}

/**
 * Whether replicas can be asked for samples of a range that may be on their disks: one or two of the series are asked for. M3 1.5.0's HTTP API
 * takes a context for each request out of a queue of 32,768 (db.pooling.contextPool). One that was never used has no Go context, of which the
 * reader of a block on disk asks a value (dbnode/persist/fs/retriever.go, Stream), and the connection ends; one that was used before has one
 * (x/context, Reset). So a node answers once it has answered so many requests since its start. Merged reads go another way.
 */
export async function diskAnswers(
    context: CheckContext,
    placement: Placement,
    { namespace, ids, range }: { namespace: string; ids: string[]; range: Range },
): Promise<boolean> {
    const asked = { namespace, ids: sampleOf(ids, ownersIn(placement), 2), range };
    return !(await readCopies(context, placement, asked)).ended;
}
