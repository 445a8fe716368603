import { jsonOf, shorten } from "../access/http.ts";
import type { QueryAnswer } from "../access/m3.ts";
import { callService } from "../access/nodeport.ts";
import { untilNothing } from "./again.ts";
import { type Check, type CheckContext, fail, pass } from "./check.ts";

/** The manual run's test data: three checkouts on Third Avenue. */
export const thirdAvenue = { "1": 3347.26, "2": 3347.44, "3": 3347.55 } as const;

/** Writes one point by M3's JSON interface, through the coordinators' NodePort. Throws unless it is acknowledged. */
export async function writePoint(
    context: CheckContext,
    point: { tags: Record<string, string>; timestamp: number; value: number },
): Promise<void> {
    const body = { ...point, timestamp: String(point.timestamp) };
    const { coordinator } = context.environment;
    const answer = await callService(context, coordinator, "/api/v1/json/write", { method: "POST", body });
    // M3 acknowledges with an empty body.
    if (answer.status >= 300) throw new Error(`/api/v1/json/write answered ${answer.status}: ${shorten(answer.body)}`);
}

/** Asks m3query by its NodePort. Throws with M3's own words when it refuses. */
export async function queryM3(
    context: CheckContext,
    query: string,
    time: number,
    headers: Record<string, string> = {},
): Promise<QueryAnswer> {
    const answer = await callService(context, context.environment.query, "/api/v1/query", {
        query: { query, time: String(time) },
        headers,
    });
    return jsonOf<QueryAnswer>(answer, `query ${query}`);
}

/** What differs between the points written at `time` and an answer of raw samples. Pure. */
export function differences(answer: QueryAnswer, time: number): string[] {
    const series = answer.data?.result ?? [];
    return Object.entries(thirdAvenue).flatMap(([checkout, value]) => {
        const samples = series.find(({ metric }) => metric.checkout === checkout)?.values ?? [];
        const sample = samples.find(([at]) => at === time);
        if (!sample) {
            const seen = samples.map(([at, text]) => `${text} at ${at}`).join(", ");
            return [`checkout ${checkout}: nothing at ${time}${seen ? `, only ${seen}` : ""}`];
        }
        return Number(sample[1]) === value ? [] : [`checkout ${checkout}: ${sample[1]} instead of ${value}`];
    });
}

export const writeAndRead: Check = {
    id: "data.third_avenue",
    system: "data",
    title: "three points written through the coordinators are read back exactly through m3query",
    source: "manual run: third_avenue; facts.md 4: m3query would drop writes, its front refuses them",
    means: "The way of every sample is broken: writes, reads or both.",
    async run(context) {
        const time = Math.floor(context.now() / 1000);
        const { namespace, coordinator, query } = context.environment;
        try {
            await Promise.all(
                Object.entries(thirdAvenue).map(([checkout, value]) =>
                    writePoint(context, {
                        tags: { __name__: "third_avenue", city: "new_york", checkout },
                        timestamp: time,
                        value,
                    }),
                ),
            );
        } catch (error) {
            return fail(
                error instanceof Error ? error.message : String(error),
                "the coordinators are down, or too few dbnodes take the write",
                `kubectl -n ${namespace} logs deployment/${coordinator.workload.name}`,
            );
        }
        // A range selector gives the stored samples with their own times, nothing interpolated; M3 leaves out the sample at the
        // very end of the range.
        const selector = 'third_avenue{city="new_york"}[30s]';
        const wrong = await untilNothing(context, async () =>
            differences(await queryM3(context, selector, time + 1), time),
        );
        if (wrong.length === 0) return pass(`${Object.values(thirdAvenue).join(", ")} at ${time}`);
        return fail(
            wrong,
            "m3query is down or reads another cluster or namespace than the coordinators write to",
            `kubectl -n ${namespace} logs deployment/${query.workload.name}`,
        );
    },
};
