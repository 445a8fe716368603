import { annotations, labels } from "../names.ts";
import type { Pod } from "../types.ts";
import { type Context, identityOf } from "./context.ts";

/** Writes a pod's identity to it, once: the db node inside waits for that file. An identity is never changed later. */
export async function reconcilePod(context: Context, pod: Pod): Promise<void> {
    const { name, namespace = "", labels: podLabels = {} } = pod.metadata;
    const owner = podLabels[labels.cluster];
    if (owner === undefined || podLabels[labels.app] !== "m3db" || pod.metadata.deletionTimestamp) return;
    const cluster = await context.kube.get("clusters", namespace, owner);
    if (!cluster) throw new Error(`m3dbcluster ${namespace}/${owner} of pod ${name} not found`);
    const identity = await identityOf(context, cluster, pod);
    const current = pod.metadata.annotations?.[annotations.podIdentity];
    if (current !== undefined) {
        if (current !== identity)
            context.log.warn("pod ID mismatch", { pod: name, currentID: current, newID: identity });
        return;
    }
    await context.kube.patch("pods", namespace, name, {
        metadata: { annotations: { [annotations.podIdentity]: identity } },
    });
    context.log.info("updated pod ID", { pod: name, namespace, id: identity });
    context.events.normal(pod, "SuccessfulSync", `updated pod ${name} with ID annotation`);
}
