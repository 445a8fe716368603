import type { AppsV1Api, CoreV1Api, V1Deployment, V1StatefulSet } from "@kubernetes/client-node";
import { setHeaderOptions } from "../../support/kubernetes-client.ts";
import { orUndefined } from "../kubernetes.ts";
import type { Workload } from "./attachment.ts";

/** A Deployment or a StatefulSet, as far as both are alike. */
export type Rolling = V1Deployment | V1StatefulSet;

const jsonPatch = setHeaderOptions("Content-Type", "application/json-patch+json");

export function workloadApi(apps: AppsV1Api, namespace: string, { kind, name }: Workload) {
    const deployment = kind === "Deployment";
    return {
        read: (): Promise<Rolling | undefined> =>
            orUndefined<Rolling>(
                deployment
                    ? apps.readNamespacedDeployment({ namespace, name })
                    : apps.readNamespacedStatefulSet({ namespace, name }),
            ),
        /** 409 when it is no longer the one of `resourceVersion`. */
        async patch(patch: object[], resourceVersion: string | undefined): Promise<void> {
            const body = [{ op: "replace", path: "/metadata/resourceVersion", value: resourceVersion }, ...patch];
            if (deployment) await apps.patchNamespacedDeployment({ namespace, name, body }, jsonPatch);
            else await apps.patchNamespacedStatefulSet({ namespace, name, body }, jsonPatch);
        },
    };
}

/** What a workload still lacks; undefined when all its pods are new and available. */
export function notRolled(workload: Rolling): string | undefined {
    const { status, metadata } = workload;
    const wanted = workload.spec?.replicas ?? 1;
    if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0))
        return "its controller has not seen the change yet";
    if ((status?.updatedReplicas ?? 0) < wanted) return `${status?.updatedReplicas ?? 0} of ${wanted} pods are new`;
    if ((status?.replicas ?? 0) > wanted) return `${(status?.replicas ?? 0) - wanted} old pod(s) are still there`;
    if ((status?.availableReplicas ?? 0) < wanted)
        return `${status?.availableReplicas ?? 0} of ${wanted} pods are available`;
    return undefined;
}

/** Why its pods wait, as the kubelets say it. */
export async function podTrouble(core: CoreV1Api, namespace: string, of: Rolling): Promise<string> {
    const labels = of.spec?.selector.matchLabels ?? {};
    const labelSelector = Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
    const pods = await core.listNamespacedPod({ namespace, labelSelector });
    const troubles = pods.items.flatMap((pod) =>
        (pod.status?.containerStatuses ?? []).flatMap(({ state, lastState }) => {
            const reason = state?.waiting?.message ?? state?.waiting?.reason ?? lastState?.terminated?.message;
            return reason ? [`${pod.metadata?.name}: ${reason.trim()}`] : [];
        }),
    );
    return troubles.length > 0 ? `; ${troubles.join("; ")}` : "";
}
