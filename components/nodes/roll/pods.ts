import type { V1Pod } from "@kubernetes/client-node";

/** A pod on the node, as a drain sees it. */
export interface NodePod {
    namespace: string;
    name: string;
    uid: string;
    /**
     * evicted: leaves the node. stays: the kubelet's own (mirror) and DaemonSets', which come back by themselves. over: its
     * containers have ended. orphan: nobody would make it again.
     */
    fate: "evicted" | "stays" | "over" | "orphan";
    ready: boolean;
    /** Has been told to end. */
    leaving: boolean;
    /** "namespace/Kind/name" of the ReplicaSet or StatefulSet that makes it again. */
    controller?: string;
}

export const podName = ({ namespace, name }: Pick<NodePod, "namespace" | "name">) => `${namespace}/${name}`;

/** As kubectl drain sorts them (k8s.io/kubectl/pkg/drain/filters.go), but for emptyDir volumes: those are made to be lost. */
export function nodePod({ metadata, status }: V1Pod): NodePod {
    const { namespace = "", name = "", uid = "", annotations, deletionTimestamp, ownerReferences } = metadata ?? {};
    const owner = ownerReferences?.find(({ controller }) => controller);
    const mirror = annotations?.["kubernetes.io/config.mirror"] !== undefined;
    const over = status?.phase === "Succeeded" || status?.phase === "Failed";
    const known = owner?.kind === "ReplicaSet" || owner?.kind === "StatefulSet";
    return {
        namespace,
        name,
        uid,
        fate: mirror || owner?.kind === "DaemonSet" ? "stays" : over ? "over" : owner ? "evicted" : "orphan",
        ready: status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false,
        leaving: deletionTimestamp !== undefined && deletionTimestamp !== null,
        ...(owner && known ? { controller: `${namespace}/${owner.kind}/${owner.name}` } : {}),
    };
}
