import type { LoadTexts } from "../../../agent/load/options.ts";
import { earliestDataMs, type ReadPlan, readPlanFor } from "../../../agent/load/reads-plan.ts";
import type { LoadPlan } from "../../../agent/load/types.ts";
import type { Sender, WriteDoor } from "../../load/door.ts";
import { loadPlan } from "../../load/plan.ts";
import type { LoadShape, ReadShape } from "../plan.ts";

/** The first samples are on their way for this long (ms), whatever is asked. */
const settling = 60_000;

/** What the generator is asked for; what a scenario does not say is as `m3perf load` has it. Throws UserError. */
export function planOf(
    shape: LoadShape,
    {
        run,
        door: { urls, senders, ca },
    }: { run: string; door: Pick<WriteDoor, "urls" | "ca"> & { senders: Pick<Sender, "labels">[] } },
): LoadPlan {
    const { series, interval, churn, tenants, replicas, labels, labelBytes } = shape;
    const texts: LoadTexts = {
        run,
        "remote-url": urls.join(","),
        series: String(series),
        interval,
        ...(churn === undefined ? {} : { churn: String(churn) }),
        ...(tenants === undefined ? {} : { tenants: String(tenants) }),
        ...(replicas === undefined ? {} : { replicas: String(replicas) }),
        ...(labels === undefined ? {} : { labels: String(labels) }),
        ...(labelBytes === undefined ? {} : { "label-bytes": String(labelBytes) }),
    };
    return loadPlan(texts, senders, ca);
}

/** The queries beside a load: an answer without data is an error once every query of the mix has some. */
export function readPlan({ perSecond }: ReadShape, load: LoadPlan, urls: string[]): ReadPlan {
    const plan = readPlanFor(load, urls, { queriesPerSecond: perSecond });
    return { ...plan, dataAfterMs: Math.max(settling, earliestDataMs(plan)) };
}
