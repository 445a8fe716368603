import { missingAfter } from "./m3-state.ts";
import { podName } from "./pods.ts";
import type { TurnRecord } from "./record.ts";
import type { Boot, ClusterSide, Sides } from "./sides.ts";
import type { TurnInput } from "./turn-input.ts";
import { askPatiently, untilNothingIsMissing } from "./waiting.ts";

/**
 * The node comes back into its cluster: its kubelet of the new boot is Ready; then it takes pods again, which those that were
 * evicted need (M3DB's and etcd's have their volumes there); then all that it carried is back. Throws UserError after the limit.
 */
export async function rejoin(sides: Sides, cluster: ClusterSide, input: TurnInput, record: TurnRecord, boot: Boot) {
    const { node, limits } = input;
    const deadline = performance.now() + limits.rejoin * 1000;
    const left = () => Math.max(1, Math.round((deadline - performance.now()) / 1000));
    const next = `kubectl describe node ${node}; then run this again: it goes on from here`;
    const kubeletMissing = kubeletOf(cluster, node, boot);
    const late = { title: `${node} is back, but its kubelet is not`, next };
    await untilNothingIsMissing(sides, left(), late, kubeletMissing);
    sides.say("  kubelet Ready");
    if (record.cordoned) {
        await askPatiently(sides, () => cluster.uncordon());
        sides.say("  uncordoned");
    } else {
        sides.say("  somebody else had cordoned it: it stays so");
    }
    const seePods = `kubectl get pods --all-namespaces -o wide; then run this again: it goes on from here`;
    const title = `${node} is back, but not all that it carried`;
    await untilNothingIsMissing(sides, left(), { title, next: seePods }, async () => {
        const [back, m3] = await Promise.all([podsMissing(cluster, record), m3Missing(cluster, input, record)]);
        return [...back, ...m3];
    });
    await askPatiently(sides, () => cluster.forget());
}

/**
 * What is missing of the kubelet of this boot, look by look. A node is called Ready for a while after its kubelet's end: the boot id
 * tells which boot the kubelet reports from, and a lease that changes after that that it goes on. No clock is compared: the host's
 * may be wrong until it is set.
 */
function kubeletOf(cluster: ClusterSide, node: string, boot: Boot): () => Promise<string[]> {
    let first: { renewed: number | undefined } | undefined;
    return async () => {
        const seen = await cluster.node();
        if (!seen) return [`the cluster has no node ${node}`];
        if (seen.boot !== boot.id) return ["the kubelet of this boot has not reported yet"];
        const renewed = seen.renewed?.getTime();
        first ??= { renewed };
        if (renewed === undefined || renewed === first.renewed)
            return ["the kubelet has not renewed its lease since its first report"];
        return seen.ready ? [] : ["the node is not Ready"];
    };
}

async function podsMissing(cluster: ClusterSide, { controllers, unready, cordoned }: TurnRecord): Promise<string[]> {
    const own = (await cluster.pods())
        .filter((pod) => (pod.fate === "stays" || pod.fate === "evicted") && !pod.leaving && !pod.ready)
        .filter((pod) => !unready.includes(podName(pod)))
        .map((pod) => `${podName(pod)} is not ready`);
    if (!cordoned) return own; // what it carried may find no place as long as it stays cordoned
    const made = await Promise.all(
        Object.entries(controllers).map(async ([name, before]) => {
            const now = await cluster.controller(name);
            const wanted = Math.min(before, now?.wanted ?? 0);
            return now && now.ready < wanted ? [`${name}: ${now.ready} of ${wanted} pods are ready`] : [];
        }),
    );
    return [...own, ...made.flat()];
}

async function m3Missing(cluster: ClusterSide, input: TurnInput, { carried }: TurnRecord): Promise<string[]> {
    const state = await cluster.m3();
    const replicationFactor = input.cluster?.replicationFactor ?? 0;
    return state ? missingAfter(state, { node: input.node, replicationFactor, carried }) : [];
}
