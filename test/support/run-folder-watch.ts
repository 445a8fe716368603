import type { Component, NodeFigures, PodFigures, Sample } from "../../operations/watch/sample.ts";
import { environment } from "../unit/operations/healthy.ts";

const Mi = 2 ** 20;
const Gi = 2 ** 30;

interface Times {
    from: number;
    seconds: number;
    fault: number;
    heal: number;
    random: () => number;
}

interface PodPlan {
    name: string;
    component: Component;
    node: string;
    memoryMi: number;
    limitMi: number | null;
    cores: number;
}

const pods: PodPlan[] = [
    {
        name: "m3coordinator-6d8f-a",
        component: "coordinator",
        node: "worker-4",
        memoryMi: 420,
        limitMi: 816,
        cores: 0.18,
    },
    {
        name: "m3coordinator-6d8f-b",
        component: "coordinator",
        node: "worker-5",
        memoryMi: 400,
        limitMi: 816,
        cores: 0.16,
    },
    { name: "m3query-77c9-a", component: "query", node: "worker-4", memoryMi: 300, limitMi: 768, cores: 0.05 },
    { name: "m3query-77c9-b", component: "query", node: "worker-5", memoryMi: 310, limitMi: 768, cores: 0.05 },
    ...[0, 1, 2].map(
        (index): PodPlan => ({
            name: `m3-cluster-rep${index}-0`,
            component: "dbnode",
            node: `worker-${index + 1}`,
            memoryMi: 780,
            limitMi: 1200,
            cores: 0.3,
        }),
    ),
    { name: "m3aggregator-0", component: "aggregator", node: "worker-4", memoryMi: 90, limitMi: 320, cores: 0.06 },
    ...[0, 1, 2].map(
        (index): PodPlan => ({
            name: `etcd-${index}`,
            component: "etcd",
            node: `worker-${index + 1}`,
            memoryMi: 40,
            limitMi: 128,
            cores: 0.02,
        }),
    ),
    { name: "m3db-operator-0", component: "operator", node: "master", memoryMi: 60, limitMi: null, cores: 0.01 },
    {
        name: "prometheus-server-0",
        component: "prometheus",
        node: "worker-5",
        memoryMi: 180,
        limitMi: 512,
        cores: 0.08,
    },
];

/** What `m3perf watch` would have kept, a look every five seconds. */
export function watchOf({ from, seconds, fault, heal, random }: Times): Sample[] {
    return Array.from({ length: Math.floor(seconds / 5) }, (_, index): Sample => {
        const second = (index + 1) * 5;
        const at = from + second * 1000;
        const away = second >= fault + 15 && second < heal + 5;
        const near = (value: number, share = 0.06) => value * (1 - share + 2 * share * random());
        const figures = pods.map(
            (pod): PodFigures => podFigures(pod, { at, second, heal, gone: away && pod.node === "worker-2", near }),
        );
        return {
            v: 1,
            time: new Date(at).toISOString(),
            at,
            stack: "node-failure",
            site: "lab",
            intervalSeconds: 5,
            usage: "metrics-server",
            nodeUsage: "lab cgroups",
            sources: [],
            nodes: environment.nodes.map(({ name, roles }): NodeFigures => {
                const gone = second >= fault + 44 && second < heal + 8 && name === "worker-2";
                const mine = figures.filter(({ node }) => node === name);
                return {
                    name,
                    roles,
                    state: gone ? "NotReady" : "Ready",
                    ready: !gone,
                    at,
                    cpuCores: mine.reduce((sum, { cpuCores }) => sum + (cpuCores ?? 0), 0.05),
                    cpuCapacityCores: 0.75,
                    memoryBytes: mine.reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 160 * Mi),
                    memoryCapacityBytes: 2 * Gi,
                    diskBytes: 4 * Gi,
                    diskCapacityBytes: 20 * Gi,
                };
            }),
            pods: figures,
            processes: (["coordinator", "dbnode", "aggregator"] as const).map((component) => ({
                pod: pods.find((pod) => pod.component === component)?.name ?? "",
                component,
                at,
                samples: near(component === "dbnode" ? 7600 : 2540),
                writes: near(25),
                reads: near(4),
                errors: second >= fault && second < fault + 10 ? 2 : 0,
                writeP50Ms: near(4),
                writeP99Ms: near(40),
            })),
            etcd: [],
            prometheus: {
                at,
                lagSeconds: second >= fault && second < fault + 15 ? near(9) : near(1, 0.9),
                pending: near(120),
                shards: 1,
                shardsMax: 50,
                sent: near(540),
                failed: 0,
                dropped: 0,
                retried: 0,
            },
        };
    });
}

interface Moment {
    at: number;
    second: number;
    heal: number;
    gone: boolean;
    near: (value: number) => number;
}

function podFigures(
    { name, component, node, memoryMi, limitMi, cores }: PodPlan,
    { at, second, heal, gone, near }: Moment,
): PodFigures {
    const grown = component === "dbnode" ? memoryMi + Math.min(second, 600) * 0.55 : memoryMi;
    const restarted = name === "m3-cluster-rep1-0" && second >= heal + 10;
    return {
        namespace: component === "prometheus" ? "monitoring" : "m3db",
        name,
        component,
        node,
        state: gone ? "Unknown" : "Running",
        ready: !gone,
        restarts: restarted ? 1 : 0,
        lastEnd: restarted ? "Error 137" : null,
        at: gone ? at - 600_000 : at,
        cpuCores: near(second < 20 ? cores / 3 : cores),
        cpuRequestCores: cores,
        cpuLimitCores: null,
        memoryBytes: near(restarted ? grown * 0.6 : grown) * Mi,
        memoryRequestBytes: limitMi === null ? null : limitMi * Mi,
        memoryLimitBytes: limitMi === null ? null : limitMi * Mi,
        diskBytes: null,
        diskCapacityBytes: null,
    };
}
