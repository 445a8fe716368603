/** Gives a replica that lacks samples all of them again, from its peers (docs/m3db.md, "A replica that lost its data"). */
import { UserError } from "../../support/errors.ts";
import { waitFor } from "../../support/wait.ts";
import type { ClusterHands } from "../access/cluster-hands.ts";
import { askM3, callM3, type Placement } from "../access/m3.ts";
import type { CheckContext } from "../checks/check.ts";
import { exitCodes } from "../cli/exit.ts";
import { initializing, instanceOf, shardsIn, whyNot } from "./plan.ts";
import { wipeData } from "./wipe.ts";

const path = "/api/v1/services/m3db/placement";
/** Seconds until Kubernetes has ended a pod. */
const gone = 120;

export interface Rebuilt {
    pod: string;
    shards: number;
    /** It went on with a rebuilding that was begun before. */
    resumed: boolean;
    /** From the deletion of its data until all shards were AVAILABLE again. */
    seconds: number;
}

export interface RebuildOptions {
    context: CheckContext;
    cluster: ClusterHands;
    /** Seconds for all of it. */
    limit: number;
    note?(text: string): void;
}

/**
 * The replica's data is deleted, its shards are made INITIALIZING while its pod is away, and M3 streams them from the others when it comes up.
 * Meanwhile writes need both others. Ended half-way, it is brought to its end by the same call. Throws UserError, before anything is
 * changed, where the others have not everything.
 */
export async function rebuildReplica(pod: string, options: RebuildOptions): Promise<Rebuilt> {
    const { context, cluster, limit, note = () => {} } = options;
    const { namespace } = context.environment;
    const started = context.now();
    const placement = await askM3<Placement>(context, path);
    const own = instanceOf(placement, pod);
    const problem = whyNot({ placement, ready: await readyOf(options) }, pod);
    if (problem) throw new UserError(`${pod} is not rebuilt; nothing was changed`, problem, exitCodes.usage);
    const shards = own?.shards?.length ?? 0;
    const resumed = shardsIn(own, "INITIALIZING") > 0;
    if (!resumed) {
        note("deleting its data");
        const before = await wipeData(cluster, namespace, pod);
        await away(options, pod, before);
        const asked = { method: "POST" as const, body: initializing(await askM3<Placement>(context, path), pod) };
        await callM3(context, `${path}/set`, asked, pod);
    }
    await cluster.until(`every shard of ${pod} to be AVAILABLE`, limit, async () => {
        const now = await askM3<Placement>(context, path);
        const available = shardsIn(instanceOf(now, pod), "AVAILABLE");
        const { ready } = (await cluster.pod(namespace, pod)) ?? { ready: false };
        note(`${available} of ${shards} shards AVAILABLE${ready ? "" : "; the pod is not Ready"}`);
        return available === shards && ready;
    });
    return { pod, shards, resumed, seconds: Math.round((context.now() - started) / 1000) };
}

async function readyOf({ context, cluster }: RebuildOptions): Promise<Record<string, boolean>> {
    const { namespace, cluster: m3 } = context.environment;
    const pods = await Promise.all(m3.pods.map(async (pod) => [pod, await cluster.pod(namespace, pod)] as const));
    return Object.fromEntries(pods.map(([pod, found]) => [pod, found?.ready === true]));
}

/** Until the pod that there was has ended: its successor must not be up before M3 is told. */
async function away({ context, cluster }: RebuildOptions, pod: string, before: string | undefined): Promise<void> {
    const { namespace } = context.environment;
    const what = `${pod} to end, so that m3perf rebuild ${pod} can go on`;
    await waitFor({ what, timeout: gone, every: 0.2 }, async () => (await cluster.pod(namespace, pod))?.uid !== before);
}
