import { type PodLike, requestsOf, type Size, sizeOf } from "./quantities.ts";

/** A node as the cluster tells it, as far as pods are concerned. */
export interface NodeFacts {
    name: string;
    /** Undefined: Ready. */
    notReady?: string;
    cordoned: boolean;
    /** "amd64"; "" when the kubelet has not told. */
    architecture: string;
    allocatable: Size;
    taints: { key: string; value?: string; effect: string }[];
    /** What others have on it: everything that is not one of M3's pods of this environment. */
    others: OtherPod[];
}

export interface OtherPod extends Size {
    /** "kube-system/kube-proxy-x7k2p" */
    pod: string;
    /** One on each node, by a DaemonSet or the kubelet itself. */
    everywhere: boolean;
}

export interface NodeLike {
    metadata?: { name?: string; annotations?: Record<string, string> };
    spec?: { unschedulable?: boolean; taints?: { key: string; value?: string; effect: string }[] };
    status?: {
        allocatable?: Record<string, string>;
        conditions?: { type: string; status: string; reason?: string; message?: string }[];
        nodeInfo?: { architecture?: string };
    };
}

/** Which pods are this environment's own: those of its namespace with any of these labels. */
export interface OwnPods {
    namespace: string;
    labels: Record<string, string>[];
}

/** The nodes with what others ask of them; pods that have ended or have no node count nowhere. */
export function nodeFacts(nodes: NodeLike[], pods: PodLike[], own: OwnPods): NodeFacts[] {
    const others = new Map<string, OtherPod[]>();
    for (const pod of pods) {
        const node = pod.spec?.nodeName;
        if (!node || ["Succeeded", "Failed"].includes(pod.status?.phase ?? "") || isOwn(pod, own)) continue;
        others.set(node, [...(others.get(node) ?? []), otherPod(pod)]);
    }
    return nodes.map((node) => factsOf(node, others.get(node.metadata?.name ?? "") ?? []));
}

function factsOf({ metadata, spec, status }: NodeLike, others: OtherPod[]): NodeFacts {
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    const why = ready ? [ready.reason, ready.message].filter(Boolean).join(": ") : "its kubelet has reported nothing";
    return {
        name: metadata?.name ?? "",
        ...(ready?.status === "True" ? {} : { notReady: why || "no reason given" }),
        cordoned: spec?.unschedulable === true,
        architecture: status?.nodeInfo?.architecture ?? "",
        allocatable: sizeOf(status?.allocatable),
        taints: spec?.taints ?? [],
        others,
    };
}

function isOwn({ metadata }: PodLike, own: OwnPods): boolean {
    if (metadata?.namespace !== own.namespace) return false;
    return own.labels.some((wanted) =>
        Object.entries(wanted).every(([key, value]) => metadata.labels?.[key] === value),
    );
}

function otherPod(pod: PodLike): OtherPod {
    const owner = pod.metadata?.ownerReferences?.[0]?.kind;
    return {
        pod: `${pod.metadata?.namespace}/${pod.metadata?.name}`,
        everywhere: owner === "DaemonSet" || owner === "Node",
        ...requestsOf(pod),
    };
}
