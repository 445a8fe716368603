import { ownersIn, readCopies, sampleOf } from "../access/copies.ts";
import { diskAnswers, inMemorySince } from "../access/in-memory.ts";
import { askM3, type Namespaces, type Placement, unaggregatedOf } from "../access/m3.ts";
import { seriesIdOf } from "../access/series-id.ts";
import { clockOf } from "../cli/output.ts";
import { type Check, type CheckContext, count, fail, pass } from "./check.ts";
import { queryM3 } from "./data.ts";
import { type Hole, holesIn } from "./holes-found.ts";

/** Seconds that are looked at, as far as M3 can be asked for them (access/in-memory.ts); and the newest of them that are left out: a replica may still be about to get what a majority has. */
const range = 1800;
const newest = 60;
/** Series looked at for each dbnode: a node that was away lacks samples of all that it has. */
const perNode = 12;
/**
 * A hole longer than this (s) fails. A shorter one is told and passes: a replica is away for about 20 s when its pod is rolled
 * (docs/m3db.md), and the other replicas have what it lacks.
 */
const longestHole = 60;

/** What Prometheus scrapes has `up` at each scrape; where there is none of it, whatever there is. */
const queries = ["up", '{__name__=~".+"}'];
/** Some series are enough, however many there are. */
const headers = { "M3-Limit-Max-Series": "1000", "M3-Limit-Require-Exhaustive": "false" };

/** Ids of series that had a sample in the minutes before a time, as m3query knows them. */
async function idsAt(context: CheckContext, time: number): Promise<string[]> {
    for (const query of queries) {
        const { data } = await queryM3(context, query, time, headers);
        const ids = (data?.result ?? []).flatMap(({ metric }) => seriesIdOf(context.environment, metric) ?? []);
        if (ids.length > 0) return ids;
    }
    return [];
}

/** "m3-cluster-rep1-0: 24 samples from 06:01:10 to 06:02:20 (70 s), shard 3, 17" */
function holeText({ pod, from, to, samples, shards }: Hole): string {
    const of = shards.sort((a, b) => a - b).slice(0, 12);
    const more = shards.length - of.length;
    return `${pod}: lacks ${count(samples, "sample")} from ${clockOf(from)} to ${clockOf(to)} UTC (${Math.round((to - from) / 1000)} s), shard ${of.join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}

export const holes: Check = {
    id: "data.holes",
    system: "data",
    title: "no replica has a hole: each has the samples of the last half hour that the others have",
    source: "each dbnode's own /fetch, which a young M3 1.5.0 answers for what is in memory alone; facts.md 4: reads merge replicas and hide a hole, and a restart does not heal it",
    means: `A replica lacks more than ${longestHole} s of samples. Reads are right as long as the others are there; it stays until the block's retention ends, unless it is rebuilt, or repair fills it.`,
    async run(context) {
        const { namespace: kubernetesNamespace } = context.environment;
        const end = Math.floor(context.now() / 1000) - newest;
        const [placement, namespaces, known] = await Promise.all([
            askM3<Placement>(context, "/api/v1/services/m3db/placement"),
            askM3<Namespaces>(context, "/api/v1/services/m3db/namespace"),
            idsAt(context, end),
        ]);
        const name = unaggregatedOf(context.environment);
        const ids = sampleOf(known, ownersIn(placement), perNode);
        const reading = (start: number, to = end) => ({ namespace: name, ids, range: { start, end: to } });
        const since = inMemorySince(namespaces, name, context.now());
        let start = end - range;
        if (since > start && !(await diskAnswers(context, placement, reading(start, Math.min(since, end)))))
            start = since;
        if (start >= end) return pass("M3 gives a replica's own samples while they are in memory, and none are yet");
        let read = await readCopies(context, placement, reading(start));
        if (read.ended && start < since && since < end) {
            start = since;
            read = await readCopies(context, placement, reading(start));
        }
        const { stale, errors } = read;
        // m3query may know series of other zones, too: these are in no copy here.
        const series = read.series.filter(({ copies }) => [...copies.values()].some((points) => points.length > 0));
        const seen = holesIn(series);
        const nodes = Object.keys(placement.placement.instances ?? {}).length;
        const ours = (hole: Hole) => context.since !== undefined && hole.from >= context.since;
        const long = seen.filter((hole) => hole.to - hole.from > longestHole * 1000 && !ours(hole));
        if (long.length > 0) {
            const pods = [...new Set(long.map(({ pod }) => pod))];
            return fail(
                [...long.map(holeText), `seen in ${series.length} series`],
                "the replica was away then, or refused writes: the others acknowledged them, reads merge the replicas and hide it, and a restart does not bring them back",
                namespaces.registry.namespaces?.[name]?.repairEnabled
                    ? `repair is on for ${name}: it fills blocks in the background; kubectl -n ${kubernetesNamespace} logs ${pods[0]} | grep -i repair`
                    : `keep the other replicas up; ${pods.map((pod) => `m3perf rebuild ${pod}`).join(", then ")}`,
            );
        }
        if (errors.length > 0) {
            return fail(
                errors,
                "a dbnode does not answer, so its copy cannot be compared",
                `kubectl -n ${kubernetesNamespace} get pods -o wide; m3perf verify --only m3db`,
            );
        }
        const left = stale > 0 ? `; ${stale} with a stale marker left out` : "";
        if (series.length === 0)
            return pass(`no series from ${clockOf(start * 1000)} on whose copies could be compared${left}`);
        const small = seen.sort((a, b) => b.to - b.from - (a.to - a.from));
        const same = `${series.length} series from ${count(nodes, "dbnode")}`;
        if (small.length === 0) return pass(`${same}: all copies have the same samples${left}`);
        return pass(
            `${same}; short holes, ${small.length} in all: ${small.slice(0, 3).map(holeText).join("; ")}${left}`,
        );
    },
};
