import { randomInt } from "node:crypto";
import { findSeries, type NodeSeries } from "../access/dbnode.ts";
import { shorten } from "../access/http.ts";
import { askM3, type Placement } from "../access/m3.ts";
import { callService } from "../access/nodeport.ts";
import { numberForEachShard, podOf, shardOf } from "../access/shards.ts";
import { untilNothing } from "./again.ts";
import { askEach, type Check, type CheckContext, count, fail, pass } from "./check.ts";

const metric = "m3perf_verify_shard";
/** More series say nothing new of a node, and take longer. */
const mostShards = 64;
/** Writes at once. */
const width = 12;

const tagsOf = (slot: number) => ({ __name__: metric, m3perf_verify: "shard", slot: String(slot) });
/** Of M3's id scheme "quoted": tags by name (query/models/tags_id_schemes.go). Under another one the slots fall on shards as they will. */
const quotedId = (slot: number) =>
    `{${Object.entries(tagsOf(slot))
        .map(([name, value]) => `${name}="${value}"`)
        .join(",")}}`;

/** Slots whose series are of different shards, evenly over all shards where these are many. Always the same ones. Pure. */
export function slotsFor(shards: number): number[] {
    const slots = [...numberForEachShard(shards, quotedId)].sort(([a], [b]) => a - b).map(([, slot]) => slot);
    const step = Math.max(1, slots.length / mostShards);
    return Array.from({ length: Math.min(slots.length, mostShards) }, (_, i) => slots[Math.floor(i * step)] ?? 0);
}

/**
 * What is missing, of the points that nodes hold (node by node: series ids): one text for each node. A series that has all its
 * replicas is well, wherever they are; of another, the nodes that own its shard and do not hold it are named. Pure.
 */
export function lacking(
    held: Map<string, Set<string>>,
    owners: (shard: number) => string[],
    { written, replicationFactor, shards }: { written: number; replicationFactor: number; shards: number },
): string[] {
    const ids = [...new Set([...held.values()].flatMap((own) => [...own]))];
    const absent = new Map<string, number[]>();
    for (const id of ids) {
        if ([...held.values()].filter((own) => own.has(id)).length >= replicationFactor) continue;
        const shard = shardOf(id, shards);
        for (const pod of owners(shard).filter((one) => held.get(one)?.has(id) === false)) {
            absent.set(pod, [...(absent.get(pod) ?? []), shard]);
        }
    }
    const lines = [...absent].map(([pod, of]) => {
        const listed = of.sort((a, b) => a - b).slice(0, 8);
        const more = of.length - listed.length;
        return `${pod}: lacks the points of ${count(of.length, "shard")}: ${listed.join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
    });
    return ids.length < written
        ? [...lines, `${written - ids.length} of ${written} acknowledged points are in no replica`]
        : lines;
}

async function writeAll(context: CheckContext, slots: number[], time: number, value: number): Promise<string[]> {
    const errors: string[] = [];
    const todo = [...slots];
    const worker = async () => {
        for (let slot = todo.shift(); slot !== undefined; slot = todo.shift()) {
            const body = { tags: tagsOf(slot), timestamp: String(time), value };
            const { coordinator } = context.environment;
            const answer = await callService(context, coordinator, "/api/v1/json/write", { method: "POST", body });
            if (answer.status >= 300) errors.push(`${answer.status}: ${shorten(answer.body)}`);
        }
    };
    await Promise.all(Array.from({ length: Math.min(width, slots.length) }, worker));
    return errors;
}

export const replicas: Check = {
    id: "data.replicas",
    system: "data",
    title: "every replica of every shard has the point that was just written to it",
    source: "each dbnode's own /query: M3 acknowledges what a majority has, and reads merge the replicas",
    means: "A replica does not take writes that the others take: it grows a hole, and one more failure costs samples.",
    async run(context) {
        const { namespace, cluster, coordinator } = context.environment;
        const { placement } = await askM3<Placement>(context, "/api/v1/services/m3db/placement");
        const shards = placement.numShards ?? cluster.numberOfShards;
        const instances = Object.values(placement.instances ?? {});
        const time = Math.floor(context.now() / 1000);
        const value = randomInt(1, 2 ** 31);
        const slots = slotsFor(shards);
        const refused = await writeAll(context, slots, time, value);
        if (refused.length > 0) {
            return fail(
                [`${refused.length} of ${slots.length} writes refused`, ...new Set(refused)],
                "too few dbnodes take writes of these shards, or a namespace is not READY",
                `kubectl -n ${namespace} logs deployment/${coordinator.workload.name}`,
            );
        }
        const unaggregated = cluster.namespaces.find(({ resolution }) => resolution === undefined)?.name ?? "default";
        const owners = (shard: number) =>
            instances.filter((one) => one.shards?.some(({ id }) => id === shard)).map(podOf);
        const read = async (pod: string) => {
            const found = await findSeries(context, pod, {
                namespace: unaggregated,
                query: { term: { field: "m3perf_verify", term: "shard" } },
                range: { start: time, end: time + 1 },
                limit: 10 * mostShards,
                data: true,
            });
            return new Set(found.filter((series) => has(series, time, value)).map(({ id }) => id));
        };
        const wrong = await untilNothing(context, async () => {
            const { answers, errors } = await askEach(instances.map(podOf), read);
            const held = new Map(answers.map(({ name, answer }) => [name, answer]));
            const expected = { written: slots.length, replicationFactor: cluster.replicationFactor, shards };
            return [...errors, ...lacking(held, owners, expected)];
        });
        if (wrong.length === 0) {
            return pass(
                `${slots.length} of ${count(shards, "shard")} × ${cluster.replicationFactor} in ${count(instances.length, "dbnode")}: ${value} at ${time}`,
            );
        }
        return fail(
            wrong,
            "the replica is away or overloaded, or does not serve the shard: the write was acknowledged by the others",
            `m3perf verify --only m3db; kubectl -n ${namespace} logs ${wrong[0]?.split(":")[0]}`,
        );
    },
};

const has = ({ datapoints = [] }: NodeSeries, time: number, value: number) =>
    datapoints.some((point) => point.timestamp === time * 1000 && point.value === value);
