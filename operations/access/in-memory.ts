import type { Namespaces } from "./m3.ts";

/** Seconds before a block is written to disk in which we do not ask for it any more: a check takes some. */
const margin = 60;

/**
 * From when on (Unix seconds) a dbnode's HTTP API can be asked for samples, at `now` (ms since 1970); 0 where M3 does not say how long its blocks
 * are. For a block that it would have to read from its disk M3 1.5.0 ends the connection: its handlers get no Go context (dbnode/network/server/
 * httpjson), of which the reader asks a value (dbnode/persist/fs/retriever.go, Stream). A block goes to disk when `bufferPast` after its end is
 * over. Merged reads, which go another way, have both. Pure.
 */
export function inMemorySince({ registry }: Namespaces, namespace: string, now: number): number {
    const { blockSizeNanos, bufferPastNanos } = registry.namespaces?.[namespace]?.retentionOptions ?? {};
    const size = Number(blockSizeNanos) / 1e9;
    const past = Number(bufferPastNanos) / 1e9;
    if (!(size > 0) || !(past >= 0)) return 0;
    return Math.floor((now / 1000 - past + margin) / size) * size;
}
