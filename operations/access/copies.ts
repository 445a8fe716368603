import { messageOf } from "../../support/errors.ts";
import type { CheckContext } from "../checks/check.ts";
import { EndedByM3, fetchSeries, type NodeDatapoint, type Range } from "./dbnode.ts";
import type { Placement } from "./m3.ts";
import { podOf, shardOf } from "./shards.ts";

/** One series as each of its replicas holds it, by the replica's pod. */
export interface Copies {
    id: string;
    shard: number;
    copies: Map<string, NodeDatapoint[]>;
}

/** Pods of the nodes that own a series' shard, once it is AVAILABLE there. INITIALIZING: of those that are still to get it. */
export function ownersIn(
    { placement }: Placement,
    wanted: "AVAILABLE" | "INITIALIZING" = "AVAILABLE",
): (id: string) => string[] {
    const instances = Object.values(placement.instances ?? {});
    const has = (shard: number) => (one: (typeof instances)[number]) =>
        one.shards?.some(({ id, state }) => id === shard && state === wanted);
    return (id) => instances.filter(has(shardOf(id, placement.numShards ?? 1))).map(podOf);
}

/** Of so many ids, the first ones that give each owner at least `perPod`, or all that it has. Always the same of the same. Pure. */
export function sampleOf(ids: string[], ownersOf: (id: string) => string[], perPod: number): string[] {
    const taken = new Map<string, number>();
    return [...new Set(ids)].sort().filter((id) => {
        const owners = ownersOf(id);
        if (owners.every((pod) => (taken.get(pod) ?? 0) >= perPod)) return false;
        for (const pod of owners) taken.set(pod, (taken.get(pod) ?? 0) + 1);
        return true;
    });
}

/**
 * Reads series from each of their owners. Apart from them: how many hold what JSON cannot say, who did not answer, and whether one has ended
 * the connection as for samples on its disk.
 */
export async function readCopies(
    context: CheckContext,
    placement: Placement,
    { namespace, ids, range }: { namespace: string; ids: string[]; range: Range },
): Promise<{ series: Copies[]; stale: number; errors: string[]; ended: boolean }> {
    const ownersOf = ownersIn(placement);
    const errors = new Set<string>();
    let stale = 0;
    let ended = false;
    const read = await Promise.all(
        ids.map(async (id): Promise<Copies[]> => {
            const shard = shardOf(id, placement.placement.numShards ?? 1);
            const owners = ownersOf(id);
            const answers = await Promise.allSettled(
                owners.map((pod) => fetchSeries(context, pod, { namespace, id, shard, range })),
            );
            const copies = new Map<string, NodeDatapoint[]>();
            let complete = true;
            answers.forEach((answer, index) => {
                if (answer.status === "rejected") {
                    errors.add(`${owners[index]}: ${messageOf(answer.reason)}`);
                    ended ||= answer.reason instanceof EndedByM3;
                } else if (answer.value === "stale") complete = false;
                else if (answer.value !== "elsewhere") copies.set(owners[index] ?? "", answer.value);
            });
            if (!complete) stale += 1;
            return complete ? [{ id, shard, copies }] : [];
        }),
    );
    return { series: read.flat(), stale, errors: [...errors], ended };
}
