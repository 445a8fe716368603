import { type Copies, ownersIn, readCopies, sampleOf } from "../access/copies.ts";
import { shorten } from "../access/http.ts";
import { askM3, type Placement, unaggregatedOf } from "../access/m3.ts";
import { callService } from "../access/nodeport.ts";
import { seriesIdOf } from "../access/series-id.ts";
import { numberForEachShard } from "../access/shards.ts";
import { untilNothing, valueAt } from "./again.ts";
import { type Check, type CheckContext, count, fail, pass } from "./check.ts";

/** Shards looked at for each dbnode; m3db.shards looks at all of them, but writes nothing. */
const perNode = 12;

const metricOf = (slot: number) => ({ __name__: "m3perf_verify_shard", slot: String(slot) });

/** The replicas that lack what was just written, one text for each. Pure. */
export function lacking(series: Copies[], time: number, value: number): string[] {
    const absent = new Map<string, number[]>();
    const other = new Map<string, string>();
    for (const { shard, copies } of series) {
        for (const [pod, points] of copies) {
            const seen = points.find(({ timestamp }) => timestamp === time * 1000);
            if (!seen) absent.set(pod, [...(absent.get(pod) ?? []), shard]);
            else if (seen.value !== value) other.set(pod, `${seen.value} instead of ${value} in shard ${shard}`);
        }
    }
    return [
        ...[...absent].map(([pod, shards]) => {
            const listed = shards.sort((a, b) => a - b).join(", ");
            return `${pod}: lacks the points of ${count(shards.length, "shard")}: ${listed}`;
        }),
        ...[...other].map(([pod, text]) => `${pod}: ${text}`),
    ];
}

/** What was refused; nothing: each point was acknowledged. */
async function writeAll(context: CheckContext, slots: number[], timestamp: number, value: number): Promise<string[]> {
    const { coordinator } = context.environment;
    const answers = await Promise.all(
        slots.map((slot) => {
            const body = { tags: metricOf(slot), timestamp: String(timestamp), value };
            return callService(context, coordinator, "/api/v1/json/write", { method: "POST", body });
        }),
    );
    return answers.filter(({ status }) => status >= 300).map(({ status, body }) => `${status}: ${shorten(body)}`);
}

export const replicas: Check = {
    id: "data.replicas",
    system: "data",
    title: "every replica of a shard has the point that was just written to it",
    source: "each dbnode's own /fetch: M3 acknowledges what a majority has, and reads merge the replicas",
    means: "A replica does not take writes that the others take: it grows a hole, and one more failure costs samples.",
    async run(context) {
        const { environment } = context;
        const { namespace, cluster, coordinator } = environment;
        const placement = await askM3<Placement>(context, "/api/v1/services/m3db/placement");
        const shards = placement.placement.numShards ?? cluster.numberOfShards;
        const slotOf = new Map(
            [...numberForEachShard(shards, (slot) => seriesIdOf(environment, metricOf(slot)) ?? "")].map(([, slot]) => [
                seriesIdOf(environment, metricOf(slot)) ?? "",
                slot,
            ]),
        );
        const ids = sampleOf([...slotOf.keys()], ownersIn(placement), perNode);
        const time = Math.floor(context.now() / 1000);
        const value = valueAt(time);
        const slots = ids.map((id) => slotOf.get(id) ?? 0);
        const refused = await writeAll(context, slots, time, value);
        if (refused.length > 0) {
            return fail(
                [`${refused.length} of ${slots.length} writes refused`, ...new Set(refused)],
                "too few dbnodes take writes of these shards, or a namespace is not READY",
                `kubectl -n ${namespace} logs deployment/${coordinator.workload.name}`,
            );
        }
        const unaggregated = unaggregatedOf(environment);
        const range = { start: time, end: time + 1 };
        let looked = 0;
        const wrong = await untilNothing(context, async () => {
            const { series, errors } = await readCopies(context, placement, { namespace: unaggregated, ids, range });
            looked = series.reduce((sum, { copies }) => sum + copies.size, 0);
            return [...errors, ...lacking(series, time, value)];
        });
        const nodes = Object.keys(placement.placement.instances ?? {}).length;
        if (wrong.length === 0 && looked > 0) {
            return pass(`${looked} copies of ${ids.length} points in ${count(nodes, "dbnode")}: ${value} at ${time}`);
        }
        return fail(
            wrong.length > 0 ? wrong : ["no dbnode owns any of the shards"],
            "the replica is away or overloaded, or does not serve the shard: the write was acknowledged by the others",
            `m3perf verify --only m3db; kubectl -n ${namespace} logs ${wrong[0]?.split(":")[0] ?? cluster.pods[0]}`,
        );
    },
};
