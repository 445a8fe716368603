import type { Environment } from "../../../settings/environment.ts";
import { amountOf } from "../../../settings/fit/quantities.ts";
import type { Container, Node, Pod } from "../../access/kubernetes.ts";
import type { Component } from "../sample.ts";
import { getJson, type Source } from "./source.ts";

export interface ListedNode extends Node {
    spec?: { unschedulable?: boolean };
    status?: Node["status"] & { capacity?: Record<string, string>; allocatable?: Record<string, string> };
}

export interface ListedPod extends Pod {
    metadata: Pod["metadata"] & { namespace: string };
    spec: Pod["spec"] & { initContainers?: (Container & { restartPolicy?: string })[] };
}

/** The nodes and the pods of an environment, as the API server has them in memory. */
export interface Objects extends Source {
    nodes: ListedNode[];
    pods: ListedPod[];
}

/**
 * Two or three lists, each of one namespace. `resourceVersion: 0` lets the API server answer from its memory and not from etcd
 * (Kubernetes API concepts, "resourceVersion unset, 0"), which is what a look that comes every few seconds should cost.
 */
export function objectsSource(environment: Environment, everyMs: number): Objects {
    const namespaces = [...new Set([environment.namespace, environment.prometheus.namespace])];
    const fromMemory = { resourceVersion: "0" };
    const source: Objects = {
        id: "objects",
        everyMs,
        nodes: [],
        pods: [],
        async look(look) {
            const [nodes, ...pods] = await Promise.all([
                getJson<{ items: ListedNode[] }>(look, "/api/v1/nodes", fromMemory),
                ...namespaces.map((name) =>
                    getJson<{ items: ListedPod[] }>(look, `/api/v1/namespaces/${name}/pods`, fromMemory),
                ),
            ]);
            source.nodes = nodes.items;
            // A pod of a Job that is done uses nothing.
            source.pods = pods.flatMap(({ items }) => items).filter(({ status }) => status?.phase !== "Succeeded");
            return undefined;
        },
    };
    return source;
}

/** Which part of the environment a pod is. Pure. */
export function componentOf(pod: ListedPod, environment: Environment): Component {
    const { etcd, operator, cluster, coordinator, adminCoordinator, query, aggregator, gateway, prometheus } =
        environment;
    const { namespace, labels = {}, name } = pod.metadata;
    if (namespace === environment.namespace) {
        const selectors: [Component, Record<string, string> | undefined][] = [
            ["dbnode", cluster.selector],
            ["etcd", etcd.selector],
            ["coordinator", coordinator.workload.selector],
            ["coordinator", adminCoordinator?.workload.selector],
            ["query", query.workload.selector],
            ["aggregator", aggregator.workload.selector],
            ["operator", operator.selector],
            ["gateway", gateway?.workload.selector],
        ];
        const found = selectors.find(([, selector]) => selector && selects(selector, labels));
        if (found) return found[0];
    }
    if (namespace === prometheus.namespace) {
        if (prometheusPods(prometheus).test(name)) return "prometheus";
    }
    return "other";
}

/** Names of pods as their makers give them: a Deployment's ReplicaSet, a StatefulSet, Prometheus' operator (also in shards). */
function prometheusPods({ deployment, statefulSet, resource, service }: Environment["prometheus"]): RegExp {
    const [ofDeployment, ordinal] = ["[a-z0-9]{1,10}-[a-z0-9]{5}", "\\d+"];
    if (deployment !== undefined) return new RegExp(`^${deployment}-${ofDeployment}$`);
    if (statefulSet !== undefined) return new RegExp(`^${statefulSet}-${ordinal}$`);
    if (resource !== undefined) return new RegExp(`^prometheus-${resource}(-shard-\\d+)?-${ordinal}$`);
    // Of a chart, which names its workload and its Service alike.
    return new RegExp(`^${service}-(${ofDeployment}|${ordinal})$`);
}

const selects = (selector: Record<string, string>, labels: Record<string, string>) =>
    Object.entries(selector).every(([key, value]) => labels[key] === value);

/** A pod's state in one word, as `kubectl get pods` has it: what keeps it from running before its phase. Pure. */
export function podState({ metadata, status }: ListedPod): string {
    if (metadata.deletionTimestamp) return "Terminating";
    const waiting = status?.containerStatuses?.map(({ state }) => state?.waiting?.reason).find((reason) => reason);
    return waiting ?? status?.reason ?? status?.phase ?? "Unknown";
}

/** Why a container of the pod ended the last time; null when none did. Pure. */
export function lastEnd({ status }: ListedPod): string | null {
    const ends = status?.containerStatuses?.flatMap(({ lastState }) => lastState?.terminated ?? []) ?? [];
    const [last] = ends.sort((a, b) => (b.finishedAt ?? "").localeCompare(a.finishedAt ?? ""));
    if (!last) return null;
    return last.reason && last.reason !== "Error" ? last.reason : `exit code ${last.exitCode}`;
}

/** A node's state in a word or two. Pure. */
export function nodeState(node: ListedNode | undefined): { state: string; ready: boolean } {
    if (!node) return { state: "missing", ready: false };
    const conditions = node.status?.conditions ?? [];
    const ready = conditions.some(({ type, status }) => type === "Ready" && status === "True");
    const pressed = conditions
        .filter(({ type, status }) => type !== "Ready" && status === "True")
        .map(({ type }) => type);
    const words = [ready ? "Ready" : "NotReady", ...pressed, ...(node.spec?.unschedulable ? ["cordoned"] : [])];
    return { state: words.join(" "), ready };
}

export interface Asked {
    cpuRequestCores: number | null;
    cpuLimitCores: number | null;
    memoryRequestBytes: number | null;
    memoryLimitBytes: number | null;
}

/** What a pod's containers and sidecars ask for in sum. A limit counts only where every one has it: else there is none. Pure. */
export function askedBy({ spec }: ListedPod): Asked {
    const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
    const containers = [...(spec.containers ?? []), ...sidecars];
    const sum = (kind: "requests" | "limits", resource: string, all: boolean) => {
        const given = containers.flatMap(({ resources }) => resources?.[kind]?.[resource] ?? []);
        if (given.length === 0 || (all && given.length < containers.length)) return null;
        return Number(given.reduce((total, quantity) => total + amountOf(quantity), 0).toFixed(6));
    };
    return {
        cpuRequestCores: sum("requests", "cpu", false),
        cpuLimitCores: sum("limits", "cpu", true),
        memoryRequestBytes: sum("requests", "memory", false),
        memoryLimitBytes: sum("limits", "memory", true),
    };
}
