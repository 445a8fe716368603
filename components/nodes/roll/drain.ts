import { UserError } from "../../../support/errors.ts";
import { type NodePod, podName } from "./pods.ts";
import type { ClusterSide, Sides } from "./sides.ts";
import { untilNothingIsMissing } from "./waiting.ts";

/** Throws UserError naming pods that nobody would make again: like kubectl drain, no roll takes those away. */
export function refuseOrphans(node: string, pods: NodePod[]): void {
    const orphans = pods.filter(({ fate, leaving }) => fate === "orphan" && !leaving);
    if (orphans.length === 0) return;
    throw new UserError(`${node} carries pods that an eviction would end for good`, {
        what: orphans.map(podName).join(", "),
        why: "no controller makes them again",
        next: `delete them or run them elsewhere, then run this again: ${orphans
            .map(({ namespace, name }) => `kubectl -n ${namespace} delete pod ${name}`)
            .join("; ")}`,
    });
}

/**
 * Evicts the node's pods and waits until they are gone. The API server refuses an eviction that a PodDisruptionBudget does
 * not allow now (429): it is asked again until it does. Says which pods it waits for. Throws UserError after `limit` seconds.
 */
export async function drain(sides: Sides, cluster: ClusterSide, node: string, limit: number): Promise<void> {
    const { say } = sides;
    const title = `${node} could not be drained`;
    const next = `kubectl get pods --all-namespaces -o wide --field-selector spec.nodeName=${node}; kubectl get poddisruptionbudgets --all-namespaces`;
    await untilNothingIsMissing(sides, limit, { title, next }, async () => {
        const pods = await cluster.pods();
        refuseOrphans(node, pods);
        const lines: string[] = [];
        for (const pod of pods.filter(({ fate }) => fate === "evicted")) {
            if (pod.leaving) {
                lines.push(`${podName(pod)} is ending`);
                continue;
            }
            const answer = await cluster.evict(pod);
            if (answer === "gone") continue;
            if (answer === "asked") say(`  evicted ${podName(pod)}`);
            lines.push(answer === "asked" ? `${podName(pod)} is ending` : `${podName(pod)} stays: ${answer.blocked}`);
        }
        return lines;
    });
}
