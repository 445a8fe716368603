/**
 * Plays scheduler and kubelets through the API: binds pods to a node object and reports on them, as the pod's annotation
 * `m3perf.test/behaviour` says: ready (default), image-pull, crash, unschedulable, succeed, fail, silent. No process runs.
 */
import type { ApiServer } from "./apiserver.ts";

export const behaviour = "m3perf.test/behaviour";

interface Pod {
    metadata: {
        name: string;
        namespace: string;
        annotations?: Record<string, string>;
        deletionTimestamp?: string;
        resourceVersion: string;
    };
    spec: { affinity?: Affinity; nodeName?: string; containers: { name: string; image: string }[] };
    status: { phase?: string; conditions?: { type: string; status: string }[] };
}

interface Affinity {
    nodeAffinity?: {
        requiredDuringSchedulingIgnoredDuringExecution?: {
            nodeSelectorTerms?: { matchFields?: { key: string; values: string[] }[] }[];
        };
    };
}

export interface Kubelets {
    stop(): Promise<void>;
}

export async function createNode(api: ApiServer, name: string, labels: Record<string, string> = {}): Promise<void> {
    await api.call("POST", "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name, labels } });
    const now = new Date().toISOString();
    const status = {
        capacity: { cpu: "8", memory: "16Gi", pods: "110" },
        allocatable: { cpu: "8", memory: "16Gi", pods: "110" },
        conditions: [{ type: "Ready", status: "True", reason: "Test", message: "", lastHeartbeatTime: now }],
    };
    await api.call("PATCH", `/api/v1/nodes/${name}/status`, { status }, "application/merge-patch+json");
    // The admission controller taints new nodes until they are ready; nobody removes that here.
    await api.call("PATCH", `/api/v1/nodes/${name}`, { spec: { taints: [] } }, "application/merge-patch+json");
}

/** Works until it is stopped; one round each 100 ms. */
export function startKubelets(api: ApiServer, node: string): Kubelets {
    let stopped = false;
    const done = new Map<string, string>();
    const round = async () => {
        const { body } = await api.call<{ items?: Pod[] }>("GET", "/api/v1/pods");
        await Promise.all((body.items ?? []).map((pod) => act(api, node, pod, done)));
    };
    const loop = (async () => {
        while (!stopped) {
            await round().catch(() => {}); // the server may be paused
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    })();
    return {
        stop() {
            stopped = true;
            return loop;
        },
    };
}

async function act(api: ApiServer, node: string, pod: Pod, done: Map<string, string>): Promise<void> {
    const { name, namespace, annotations, deletionTimestamp } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const wanted = annotations?.[behaviour] ?? "ready";
    if (deletionTimestamp) {
        await api.call("DELETE", path, { kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 0 });
        return;
    }
    if (pod.status.phase === "Succeeded" || pod.status.phase === "Failed" || wanted === "silent") return;
    const key = `${namespace}/${name}`;
    if (wanted === "unschedulable") {
        if (done.get(key) === wanted) return;
        done.set(key, wanted);
        const condition = {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
        };
        await api.call("PATCH", `${path}/status`, { status: { conditions: [condition] } }, strategic);
        return;
    }
    if (!pod.spec.nodeName) {
        await api.call("POST", `${path}/binding`, {
            apiVersion: "v1",
            kind: "Binding",
            metadata: { name, namespace },
            target: { apiVersion: "v1", kind: "Node", name: pinnedNode(pod) ?? node },
        });
    }
    const ready = pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
    if (done.get(key) === wanted && (wanted !== "ready" || ready)) return;
    done.set(key, wanted);
    await api.call("PATCH", `${path}/status`, { status: statusOf(wanted, pod) }, strategic);
}

/** A DaemonSet's pods say which node they are for. */
function pinnedNode({ spec }: Pod): string | undefined {
    const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    return required?.nodeSelectorTerms?.[0]?.matchFields?.find(({ key }) => key === "metadata.name")?.values[0];
}

const strategic = "application/strategic-merge-patch+json";

function statusOf(wanted: string, pod: Pod): object {
    const now = new Date().toISOString();
    const condition = (type: string, status: boolean, reason = "") => ({
        type,
        status: status ? "True" : "False",
        reason,
        message: status ? "" : "containers with unready status: [c]",
        lastTransitionTime: now,
    });
    const state = (state: object, more: object = {}) =>
        pod.spec.containers.map(({ name, image }) => ({
            name,
            image,
            imageID: "",
            ready: false,
            restartCount: 0,
            state,
            ...more,
        }));
    const unready = {
        phase: "Pending",
        conditions: [condition("PodScheduled", true), condition("Ready", false, "ContainersNotReady")],
    };
    switch (wanted) {
        case "image-pull":
            return {
                ...unready,
                containerStatuses: state({
                    waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "no/such"' },
                }),
            };
        case "crash":
            return {
                ...unready,
                phase: "Running",
                containerStatuses: state(
                    { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container" } },
                    {
                        restartCount: 3,
                        lastState: {
                            terminated: {
                                reason: "OOMKilled",
                                exitCode: 137,
                                containerID: "",
                                finishedAt: now,
                                startedAt: now,
                            },
                        },
                    },
                ),
            };
        case "succeed":
            return {
                phase: "Succeeded",
                conditions: [condition("Ready", false, "PodCompleted")],
                containerStatuses: state({
                    terminated: { reason: "Completed", exitCode: 0, startedAt: now, finishedAt: now },
                }),
            };
        case "fail":
            return {
                phase: "Failed",
                conditions: [condition("Ready", false, "PodFailed")],
                containerStatuses: state({
                    terminated: {
                        reason: "Error",
                        exitCode: 3,
                        message: "no such file",
                        startedAt: now,
                        finishedAt: now,
                    },
                }),
            };
        default:
            return {
                phase: "Running",
                podIP: "10.0.0.1",
                podIPs: [{ ip: "10.0.0.1" }],
                conditions: [
                    condition("PodScheduled", true),
                    condition("ContainersReady", true),
                    condition("Ready", true),
                ],
                containerStatuses: state({ running: { startedAt: now } }, { ready: true, started: true }),
            };
    }
}
