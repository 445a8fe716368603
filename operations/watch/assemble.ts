import type { Environment } from "../../settings/environment.ts";
import { amountOf } from "../../settings/fit/quantities.ts";
import type { Sources } from "./collector.ts";
import {
    components,
    type EtcdFigures,
    type NodeFigures,
    type PodFigures,
    type ProcessFigures,
    type Sample,
    type SourceState,
    sampleVersion,
} from "./sample.ts";
import type { LabNodeUse } from "./sources/lab.ts";
import { askedBy, componentOf, type ListedPod, lastEnd, nodeState, podState } from "./sources/objects.ts";
import { podKey } from "./sources/usage.ts";

/** What all sources know, put together. */
export function sampleOf(
    { environment, intervalMs }: { environment: Environment; intervalMs: number },
    sources: Sources,
    states: SourceState[],
    now: number,
): Sample {
    const { usage, prometheus } = sources;
    const labNodes = labNodesOf(sources, states);
    return {
        v: sampleVersion,
        time: new Date(now).toISOString(),
        at: now,
        stack: environment.stack,
        site: environment.site,
        intervalSeconds: intervalMs / 1000,
        usage: usage.from,
        nodeUsage: labNodes === undefined ? usage.from : labNodes.size > 0 ? "lab cgroups" : null,
        sources: states,
        nodes: nodesOf(environment, sources, labNodes),
        pods: podsOf(environment, sources),
        processes: processesOf(environment, sources),
        etcd: etcdOf(environment, sources),
        prometheus: prometheus.told,
    };
}

/**
 * A lab's nodes by their own cgroups, empty before the first word of them: their kubelets' figures would be the whole machine's. Undefined
 * where there is no lab, and where the lab does not tell.
 */
function labNodesOf({ lab }: Sources, states: SourceState[]): Map<string, LabNodeUse> | undefined {
    const failing = states.some(({ id, error }) => id === lab?.id && error !== null);
    return lab && (lab.nodes.size > 0 || !failing) ? lab.nodes : undefined;
}

/** The environment's nodes, and others that carry a pod of it. */
function nodesOf(
    environment: Environment,
    { objects, usage, disk }: Sources,
    labNodes: Map<string, LabNodeUse> | undefined,
): NodeFigures[] {
    const carrying = new Set(objects.pods.flatMap(({ spec }) => spec.nodeName ?? []));
    const others = [...carrying].filter((name) => !environment.nodes.some((node) => node.name === name)).sort();
    const all = [...environment.nodes, ...others.map((name) => ({ name, roles: [] }))];
    // Before the first answer of the API server no node is known: that is not "missing".
    const known = objects.nodes.length > 0;
    return all.map(({ name, roles }) => {
        const listed = objects.nodes.find(({ metadata }) => metadata.name === name);
        const own = labNodes?.get(name);
        const used = labNodes ? own : usage.nodes.get(name);
        const { capacity } = listed?.status ?? {};
        const fs = disk.nodes.get(name);
        return {
            name,
            roles: [...roles],
            ...(known ? nodeState(listed) : { state: "unknown", ready: false }),
            at: used?.at ?? null,
            cpuCores: used?.cpuCores ?? null,
            cpuCapacityCores: capacity?.cpu ? amountOf(capacity.cpu) : null,
            memoryBytes: used?.memoryBytes ?? null,
            memoryCapacityBytes: own?.memoryCapacityBytes ?? (capacity?.memory ? amountOf(capacity.memory) : null),
            diskBytes: fs?.bytes ?? null,
            diskCapacityBytes: fs?.capacityBytes ?? null,
        };
    });
}

function podsOf(environment: Environment, { objects, usage, disk }: Sources): PodFigures[] {
    const pods = objects.pods.map((pod): PodFigures => {
        const used = usage.pods.get(podKey(pod.metadata));
        const volumes = disk.pods.get(podKey(pod.metadata));
        const statuses = pod.status?.containerStatuses ?? [];
        return {
            namespace: pod.metadata.namespace,
            name: pod.metadata.name,
            component: componentOf(pod, environment),
            node: pod.spec.nodeName ?? null,
            state: podState(pod),
            ready: pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false,
            restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
            lastEnd: lastEnd(pod),
            at: used?.at ?? null,
            cpuCores: used?.cpuCores ?? null,
            memoryBytes: used?.memoryBytes ?? null,
            ...askedBy(pod),
            diskBytes: volumes?.bytes ?? null,
            diskCapacityBytes: volumes?.capacityBytes ?? null,
        };
    });
    // Of a foreign namespace (the site's Prometheus) only what is a part of the environment.
    const ours = pods.filter(
        ({ namespace, component }) => namespace === environment.namespace || component !== "other",
    );
    const order = ({ component }: PodFigures) => components.indexOf(component);
    return ours.sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name));
}

function processesOf(environment: Environment, { objects, processes }: Sources): ProcessFigures[] {
    const nothing = { samples: null, writes: null, reads: null, errors: null, writeP50Ms: null, writeP99Ms: null };
    return processes.flatMap(({ component, told }) =>
        podsNamed(objects.pods, environment, component).map((pod) => {
            const { at = null, figures = nothing } = told.get(pod) ?? {};
            return { pod, component, at, ...figures };
        }),
    );
}

function etcdOf(environment: Environment, { objects, etcd }: Sources): EtcdFigures[] {
    return podsNamed(objects.pods, environment, "etcd").map((pod) => {
        const { at = null, figures } = etcd.told.get(pod) ?? {};
        return {
            pod,
            at,
            leader: figures?.leader ?? null,
            hasLeader: figures?.hasLeader ?? null,
            databaseBytes: figures?.databaseBytes ?? null,
            walFsyncP99Ms: figures?.walFsyncP99Ms ?? null,
            proposalsPending: figures?.proposalsPending ?? null,
            failedProposals: figures?.failedProposals ?? null,
        };
    });
}

const podsNamed = (pods: ListedPod[], environment: Environment, component: string) =>
    pods
        .filter((pod) => componentOf(pod, environment) === component)
        .map(({ metadata }) => metadata.name)
        .sort();
