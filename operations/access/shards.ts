import { murmur3 } from "../../support/murmur3.ts";
import type { PlacementInstance } from "./m3.ts";

/** The shard of a series id, of so many (M3: murmur3 of the id with db.hashing.seed, 0 unless set, modulo the shards). */
export const shardOf = (id: string, shards: number): number => murmur3(new TextEncoder().encode(id)) % shards;

/** One id for each shard, made by `idOf` of 0, 1, 2 …: by shard, the number that was given. */
export function numberForEachShard(shards: number, idOf: (n: number) => string): Map<number, number> {
    const found = new Map<number, number>();
    // An id falls on any shard alike; after this many, one that has none is as good as impossible (256 shards: 1 in 10^17).
    const enough = shards * 50;
    for (let n = 0; n < enough && found.size < shards; n += 1) {
        const shard = shardOf(idOf(n), shards);
        if (!found.has(shard)) found.set(shard, n);
    }
    return found;
}

/** An id that no series has, in each shard. */
export function probeIds(shards: number): Map<number, string> {
    const idOf = (n: number) => `m3perf-probe-${n}`;
    return new Map([...numberForEachShard(shards, idOf)].map(([shard, n]) => [shard, idOf(n)]));
}

/** "m3-cluster-rep0-0" of "m3-cluster-rep0-0.m3dbnode-m3-cluster:9000": the pod behind an instance of a database placement. */
export const podOf = ({ endpoint }: PlacementInstance): string => endpoint.split(/[.:]/)[0] ?? "";
