/** Samples that two of three replicas have and the third has not. */
import assert from "node:assert/strict";
import type { Placement } from "../../../operations/access/m3.ts";
import { podOf, shardOf } from "../../../operations/access/shards.ts";
import type { Fault, Hand } from "./fault.ts";
import { admin } from "./m3.ts";

const every = 10;
const samples = 15;
/** Sorts before what Prometheus scrapes, so that the check, which looks at the first series of many, looks at this one. */
const tags = [
    { name: "__name__", value: "up" },
    { name: "a_fault", value: "hole" },
];
const id = `{${tags.map(({ name, value }) => `${name}="${value}"`).join(",")}}`;

/** The newest time of what was written; a heal writes the same. */
const written = new WeakMap<Hand, number>();

/**
 * As it is after writes that one replica did not take while a majority did. Written to each replica by its own interface, so that
 * no node has to be away for minutes, and so that it can be filled again: M3 itself would need repair for that.
 */
export const replicaHole: Fault = {
    name: "a replica with a hole of more than two minutes",
    trouble: "replica-hole",
    failing: ["data.holes"],
    says: /^m3-cluster-rep\d-\d: lacks \d+ samples/m,
    async inject(hand) {
        const end = Math.floor(Date.now() / 1000) - 90;
        written.set(hand, end);
        const replicas = await owners(hand);
        const all = times(end);
        // The first and the last through a coordinator, which all replicas take: so the series is in their indexes, too.
        for (const timestamp of [all[0] ?? 0, end]) await writePoint(hand, timestamp);
        await Promise.all(replicas.slice(1).map((pod) => write(hand, pod, all)));
    },
    async heal(hand) {
        const end = written.get(hand);
        if (end !== undefined) await Promise.all((await owners(hand)).map((pod) => write(hand, pod, times(end))));
        written.delete(hand);
    },
};

/** Pods that own the series' shard. */
async function owners(hand: Hand): Promise<string[]> {
    const { body } = await admin(hand, "/api/v1/services/m3db/placement");
    const { placement } = JSON.parse(body) as Placement;
    const shard = shardOf(id, placement.numShards ?? 0);
    return Object.values(placement.instances ?? {})
        .filter(({ shards = [] }) => shards.some((one) => one.id === shard))
        .map(podOf);
}

const times = (end: number) => Array.from({ length: samples }, (_, i) => end - (samples - 1 - i) * every);

async function writePoint(hand: Hand, timestamp: number): Promise<void> {
    const body = {
        tags: Object.fromEntries(tags.map(({ name, value }) => [name, value])),
        timestamp: `${timestamp}`,
        value: 1,
    };
    const answer = await admin(hand, "/api/v1/json/write", { method: "POST", body });
    assert.equal(answer.status, 200, answer.body);
}

async function write({ environment, kubernetes }: Hand, pod: string, at: number[]): Promise<void> {
    const nameSpace = environment.cluster.namespaces.find(({ resolution }) => resolution === undefined)?.name ?? "";
    for (const timestamp of at) {
        const body = { nameSpace, id, tags, datapoint: { timestamp, value: 1, timestampTimeType: "UNIX_SECONDS" } };
        const answer = await kubernetes.pod(environment.namespace, pod, 9002, "/writetagged", { method: "POST", body });
        assert.equal(answer.status, 200, `${pod} /writetagged: ${answer.body}`);
    }
}
