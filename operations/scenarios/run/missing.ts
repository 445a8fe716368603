import { messageOf } from "../../../support/errors.ts";
import { readCopies } from "../../access/copies.ts";
import { askM3, type Placement, unaggregatedOf } from "../../access/m3.ts";
import { seriesIdOf } from "../../access/series-id.ts";
import type { CheckContext } from "../../checks/check.ts";
import type { MissingSeries } from "../types.ts";

/** A series of Prometheus with the samples (ms since 1970) that M3 did not give back. */
export interface Lacking {
    metric: Record<string, string>;
    times: number[];
}

/** No more are looked into: what one series lacks, the others mostly lack for the same reason. */
const most = 10;

/**
 * Where what M3 lacks is: each replica of these series is asked by the series' id, past the index and the merge that a query goes
 * through. `external`: labels that Prometheus adds on the way. Never throws: what cannot be asked is said so.
 */
export async function lookInto(
    context: CheckContext,
    lacking: Lacking[],
    external: Record<string, string>,
): Promise<MissingSeries[]> {
    const some = lacking.slice(0, most);
    if (some.length === 0) return [];
    let placement: Placement;
    try {
        placement = await askM3<Placement>(context, "/api/v1/services/m3db/placement");
    } catch (error) {
        return some.map((one) => described(one, {}, messageOf(error)));
    }
    return Promise.all(some.map((one) => ofReplicas(context, placement, one, external)));
}

async function ofReplicas(
    context: CheckContext,
    placement: Placement,
    one: Lacking,
    external: Record<string, string>,
): Promise<MissingSeries> {
    const { environment } = context;
    const id = seriesIdOf(environment, { ...one.metric, ...external });
    if (id === undefined) return described(one, {}, "label values that M3 escapes in ids");
    // Whole seconds, the last sample's among them. The marker that Prometheus writes when a target is gone comes later: JSON cannot say it.
    const second = (at: number) => Math.floor(at / 1000);
    const range = { start: second(Math.min(...one.times)), end: second(Math.max(...one.times)) + 1 };
    const wanted = { namespace: unaggregatedOf(environment), ids: [id], range };
    const { series, errors } = await readCopies(context, placement, wanted);
    const copies = [...(series[0]?.copies ?? [])].map(([pod, points]): [string, number] => {
        const there = new Set(points.map(({ timestamp }) => timestamp));
        return [pod, one.times.filter((at) => there.has(at)).length];
    });
    return described(one, Object.fromEntries(copies), errors.join("; "));
}

function described({ metric, times }: Lacking, copies: Record<string, number>, error: string): MissingSeries {
    const { job = "", instance = "" } = metric;
    return {
        series: `job ${job}, ${instance}`,
        samples: times.length,
        from: Math.min(...times),
        to: Math.max(...times),
        copies,
        ...(error === "" ? {} : { error }),
    };
}
