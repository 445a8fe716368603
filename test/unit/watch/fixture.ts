import type { NodeFigures, PodFigures, ProcessFigures, Sample } from "../../../operations/watch/sample.ts";

export const at = Date.parse("2026-11-27T17:30:05Z");
const Mi = 2 ** 20;
const Gi = 2 ** 30;

export function node(name: string, change: Partial<NodeFigures> = {}): NodeFigures {
    return {
        name,
        roles: ["m3db"],
        state: "Ready",
        ready: true,
        at: at - 4000,
        cpuCores: 0.25,
        cpuCapacityCores: 4,
        memoryBytes: 3 * Gi,
        memoryCapacityBytes: 8 * Gi,
        diskBytes: 40 * Gi,
        diskCapacityBytes: 250 * Gi,
        ...change,
    };
}

export function pod(name: string, change: Partial<PodFigures> = {}): PodFigures {
    return {
        namespace: "m3db",
        name,
        component: "dbnode",
        node: "worker-1",
        state: "Running",
        ready: true,
        restarts: 0,
        lastEnd: null,
        at: at - 9000,
        cpuCores: 0.5,
        cpuRequestCores: 0.5,
        cpuLimitCores: null,
        memoryBytes: 1.5 * Gi,
        memoryRequestBytes: 2 * Gi,
        memoryLimitBytes: 2 * Gi,
        diskBytes: null,
        diskCapacityBytes: null,
        ...change,
    };
}

export function told(name: string, change: Partial<ProcessFigures> = {}): ProcessFigures {
    return {
        pod: name,
        component: "dbnode",
        at: at - 12_000,
        samples: 540,
        writes: 9,
        reads: 0.5,
        errors: 0,
        writeP50Ms: 1.5,
        writeP99Ms: 12,
        ...change,
    };
}

/** A small environment in which one pod was killed and one node is away. */
export function sample(change: Partial<Sample> = {}): Sample {
    return {
        v: 1,
        time: new Date(at).toISOString(),
        at,
        stack: "dev",
        site: "lab",
        intervalSeconds: 5,
        usage: "metrics-server",
        nodeUsage: "lab cgroups",
        sources: [
            { id: "objects", at, failures: 0, error: null, since: null },
            { id: "usage", at, failures: 0, error: null, since: null },
        ],
        nodes: [
            node("worker-1"),
            node("worker-2", { state: "NotReady", ready: false, cpuCores: null, memoryBytes: null, at: null }),
        ],
        pods: [
            pod("m3coordinator-a", {
                component: "coordinator",
                node: "worker-4",
                memoryBytes: 636 * Mi,
                memoryLimitBytes: 816 * Mi,
            }),
            pod("m3-cluster-rep0-0", { restarts: 2, lastEnd: "OOMKilled", memoryBytes: 1.9 * Gi }),
            pod("m3-cluster-rep1-0", { node: "worker-2", ready: false, at: at - 95_000 }),
            pod("etcd-0", {
                component: "etcd",
                memoryBytes: 32 * Mi,
                memoryRequestBytes: null,
                memoryLimitBytes: null,
            }),
        ],
        processes: [
            told("m3coordinator-a", { component: "coordinator", at: at - 2000, samples: 541.2, writes: 0.29 }),
            told("m3-cluster-rep0-0", { errors: 0.25 }),
            told("m3-cluster-rep1-0", {
                at: null,
                samples: null,
                writes: null,
                reads: null,
                errors: null,
                writeP50Ms: null,
                writeP99Ms: null,
            }),
        ],
        etcd: [
            {
                pod: "etcd-0",
                at: at - 3000,
                leader: true,
                hasLeader: true,
                databaseBytes: 262_144,
                walFsyncP99Ms: 3.2,
                proposalsPending: 0,
                failedProposals: 0,
            },
        ],
        prometheus: {
            at: at - 3000,
            lagSeconds: 45,
            pending: 624,
            shards: 1,
            shardsMax: 50,
            sent: 541.2,
            failed: 0,
            dropped: 0,
            retried: 1.5,
        },
        ...change,
    };
}
