import type { ContainerStatus, Pod } from "../access/kubernetes.ts";

const containersOf = ({ status }: Pod) => [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
];
const waitingOf = (pod: Pod): ContainerStatus | undefined =>
    containersOf(pod).find(({ state }) => state?.waiting?.reason && state.waiting.reason !== "PodInitializing") ??
    containersOf(pod).find(({ state }) => state?.waiting);
const unscheduledOf = ({ status }: Pod) =>
    status?.conditions?.find((condition) => condition.type === "PodScheduled" && condition.status !== "True");

/** Why a pod is not Ready, in Kubernetes' own words; undefined when it is. */
export function unready(pod: Pod): string | undefined {
    const ready = pod.status?.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status === "True") return undefined;
    const { state, lastState } = waitingOf(pod) ?? {};
    if (state?.waiting) {
        const last = lastState?.terminated;
        const end = last ? `last end: ${last.reason ?? "Error"} (exit code ${last.exitCode})` : undefined;
        return [state.waiting.reason, state.waiting.message, end].filter(Boolean).join(": ");
    }
    const unscheduled = unscheduledOf(pod);
    if (unscheduled) return `not scheduled: ${unscheduled.message ?? unscheduled.reason}`;
    return `${pod.status?.phase ?? "Unknown"}, not Ready${ready?.message ? `: ${ready.message}` : ""}`;
}

/** Reasons for which a container waits (pkg/kubelet/images/types.go, kuberuntime), and what brings each about. */
const causes: Record<string, string> = {
    ErrImagePull: "the image cannot be pulled: its name or tag is wrong, or the node does not reach its registry",
    ImagePullBackOff: "the image cannot be pulled: its name or tag is wrong, or the node does not reach its registry",
    InvalidImageName: "the image's name is wrong",
    ErrImageNeverPull: "the image is not on the node, and its policy is never to pull it",
    CreateContainerConfigError: "a ConfigMap or Secret that the container names is not there",
    CreateContainerError: "the container runtime refuses the container",
    RunContainerError: "the container runtime cannot start the container",
};

/** The cause and the next step for a pod that waits for something known. Undefined: nothing better than the evidence is known. */
export function causeOf(pod: Pod, namespace: string): { cause: string; next: string } | undefined {
    const { name } = pod.metadata;
    const describe = `kubectl -n ${namespace} describe pod ${name}`;
    const container = waitingOf(pod);
    const reason = container?.state?.waiting?.reason ?? "";
    if (reason === "CrashLoopBackOff" && container) {
        const memory = container.lastState?.terminated?.reason === "OOMKilled";
        return {
            cause: memory
                ? "the container needs more memory than its limit, and is killed again and again"
                : "the process ends by itself again and again: its last log lines tell why",
            next: `kubectl -n ${namespace} logs --previous ${name} -c ${container.name}`,
        };
    }
    const cause = causes[reason];
    if (cause) return { cause, next: describe };
    const unscheduled = unscheduledOf(pod);
    if (!unscheduled) return undefined;
    const why = unscheduled.message ?? "";
    const lacking = /Insufficient (cpu|memory)/.exec(why)?.[1];
    return {
        cause: lacking
            ? `no node that it may run on has enough ${lacking} left`
            : /volume|PersistentVolume/i.test(why)
              ? "its volume cannot be had on any node that it may run on"
              : "no node may take it: labels, taints or a cordon keep it off, or its node is down",
        next: `${describe}; kubectl get nodes`,
    };
}
