import { messageOf } from "../../support/errors.ts";
import { fetchSeries, findSeries, type Range } from "../access/dbnode.ts";
import { askM3, type Namespaces, type Placement } from "../access/m3.ts";
import { podOf, shardOf } from "../access/shards.ts";
import { askEach, type Check, type CheckContext, count, fail, pass } from "./check.ts";
import { type Copies, type Hole, holesIn } from "./holes-found.ts";

/** Seconds that are looked at; and the newest of them that are left out: a replica may still be about to get what a majority has. */
const range = 1800;
const newest = 60;
/** Series looked at for each dbnode: a node that was away lacks samples of all that it has. */
const perNode = 12;
/** Of this many that a node names. */
const limit = 200;
/**
 * A hole longer than this (s) fails. A shorter one is told and passes: a replica is away for about 20 s when its pod is rolled
 * (docs/m3db.md), and the other replicas have what it lacks.
 */
export const longestHole = 60;

/** Of the series that the nodes know: some for each node, always the same. Ids by the pods that own them. Pure. */
export function sampleOf(ids: string[], ownersOf: (id: string) => string[], perPod = perNode): Map<string, string[]> {
    const taken = new Map<string, number>();
    const sample = new Map<string, string[]>();
    for (const id of [...new Set(ids)].sort()) {
        const owners = ownersOf(id);
        if (owners.every((pod) => (taken.get(pod) ?? 0) >= perPod)) continue;
        for (const pod of owners) taken.set(pod, (taken.get(pod) ?? 0) + 1);
        sample.set(id, owners);
    }
    return sample;
}

/** What Prometheus scrapes has `up` at each scrape; where there is none of it, whatever there is. */
const queries = [{ term: { field: "__name__", term: "up" } }, { all: {} }];

async function idsOf(context: CheckContext, namespace: string, pods: string[], within: Range): Promise<string[]> {
    for (const query of queries) {
        const { answers } = await askEach(pods, (pod) =>
            findSeries(context, pod, { namespace, query, range: within, limit, data: false }),
        );
        const ids = answers.flatMap(({ answer }) => answer.map(({ id }) => id));
        if (ids.length > 0) return ids;
    }
    return [];
}

/**
 * One series from each of its owners. "stale": it holds a marker that is no number, so that the node's JSON cannot say it; Prometheus
 * writes one when a target goes away.
 */
async function copiesOf(
    context: CheckContext,
    namespace: string,
    series: { id: string; owners: string[]; shard: number },
    within: Range,
): Promise<Copies | "stale" | { error: string }> {
    const { id, owners, shard } = series;
    try {
        const copies = await Promise.all(
            owners.map(async (pod) => {
                const points = await fetchSeries(context, pod, { namespace, id, range: within });
                return [pod, new Set(points.map(({ timestamp }) => timestamp))] as const;
            }),
        );
        return { id, shard, copies: new Map(copies) };
    } catch (error) {
        return messageOf(error).includes("unsupported value: NaN") ? "stale" : { error: messageOf(error) };
    }
}

const clock = (ms: number) => new Date(ms).toISOString().slice(11, 19);

/** "m3-cluster-rep1-0: 24 samples from 06:01:10 to 06:02:20 (70 s), shard 3, 17" */
export function holeText({ pod, from, to, samples, shards }: Hole): string {
    const of = shards.sort((a, b) => a - b).slice(0, 12);
    const more = shards.length - of.length;
    return `${pod}: lacks ${count(samples, "sample")} from ${clock(from)} to ${clock(to)} UTC (${Math.round((to - from) / 1000)} s), shard ${of.join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}

export const holes: Check = {
    id: "data.holes",
    system: "data",
    title: "no replica has a hole: each has the samples of the last half hour that the others have",
    source: "each dbnode's own /fetch; facts.md 4: reads merge replicas and hide a hole, and a restart does not heal it",
    means: `A replica lacks more than ${longestHole} s of samples. Reads are right as long as the others are there; it stays until the block's retention ends, unless repair or a replacement fills it.`,
    async run(context) {
        const { cluster, namespace: kubernetesNamespace } = context.environment;
        const [{ placement }, { registry }] = await Promise.all([
            askM3<Placement>(context, "/api/v1/services/m3db/placement"),
            askM3<Namespaces>(context, "/api/v1/services/m3db/namespace"),
        ]);
        const shards = placement.numShards ?? 0;
        const instances = Object.values(placement.instances ?? {});
        const end = Math.floor(context.now() / 1000) - newest;
        const within = { start: end - range, end };
        const ownersOf = (id: string) =>
            instances
                .filter((one) =>
                    one.shards?.some((shard) => shard.id === shardOf(id, shards) && shard.state === "AVAILABLE"),
                )
                .map(podOf);
        const seen: Hole[] = [];
        let looked = 0;
        let stale = 0;
        const repaired: string[] = [];
        const unread: string[] = [];
        for (const { name, resolution } of cluster.namespaces) {
            if (resolution !== undefined) continue;
            if (registry.namespaces?.[name]?.repairEnabled) repaired.push(name);
            const sample = sampleOf(await idsOf(context, name, instances.map(podOf), within), ownersOf);
            const read = await Promise.all(
                [...sample].map(([id, owners]) =>
                    copiesOf(context, name, { id, owners, shard: shardOf(id, shards) }, within),
                ),
            );
            const copies = read.flatMap((one) => (one === "stale" || "error" in one ? [] : one));
            unread.push(...read.flatMap((one) => (one !== "stale" && "error" in one ? one.error : [])));
            stale += read.filter((one) => one === "stale").length;
            looked += copies.length;
            seen.push(...holesIn(copies));
        }
        const known = (hole: Hole) => context.since !== undefined && hole.from >= context.since;
        const long = seen.filter((hole) => hole.to - hole.from > longestHole * 1000 && !known(hole));
        if (long.length > 0) {
            const pods = [...new Set(long.map(({ pod }) => pod))];
            return fail(
                [...long.map(holeText), `seen in ${looked} series`],
                "the replica was away then, or refused writes: the others acknowledged them, reads merge the replicas and hide it, and a restart does not bring them back",
                repaired.length > 0
                    ? `repair is on for ${repaired.join(", ")}: it fills blocks in the background; kubectl -n ${kubernetesNamespace} logs ${pods[0]} | grep -i repair`
                    : `keep the other replicas up; m3perf:m3db.namespaces[].repair: true fills it, or replace the instance of ${pods.join(", ")} in the placement`,
            );
        }
        if (unread.length > 0) {
            return fail(
                [...new Set(unread)],
                "a dbnode does not answer, so its copy cannot be compared",
                `kubectl -n ${kubernetesNamespace} get pods -o wide; m3perf verify --only m3db`,
            );
        }
        const left = stale > 0 ? `; ${stale} with a stale marker left out` : "";
        if (looked === 0)
            return pass(`no series from ${clock(within.start * 1000)} on whose copies could be compared${left}`);
        const small = seen.sort((a, b) => b.to - b.from - (a.to - a.from));
        const same = `${looked} series from ${count(instances.length, "dbnode")}`;
        if (small.length === 0) return pass(`${same}: all copies have the same samples${left}`);
        return pass(
            `${same}; short holes, ${small.length} in all: ${small.slice(0, 3).map(holeText).join("; ")}${left}`,
        );
    },
};
