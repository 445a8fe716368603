import type { NodeRole } from "../../settings/site.ts";

/**
 * One look at an environment: what the screen shows and what a log keeps, one line of JSON each. Bytes, cores, seconds,
 * milliseconds since 1970; null is "not known". A change that an older reader would misread raises the version.
 */
export const sampleVersion = 1;

/**
 * A process's metrics page is some hundred kilobytes of text that it makes anew each time: not at every look. Coordinators, aggregators and
 * Prometheus are busy; databases, m3query and etcd are calm. Where the interval is longer, it holds.
 */
export const pageMs = { busy: 10_000, calm: 30_000 } as const;

export interface Sample {
    v: typeof sampleVersion;
    /** ISO 8601, for people and other tools; `at` is the same. */
    time: string;
    at: number;
    stack: string;
    site: string;
    intervalSeconds: number;
    /** Where CPU and memory of pods come from. */
    usage: "metrics-server" | "kubelet" | null;
    /** Where those of nodes come from; a lab node's kubelet tells the whole machine's (facts.md 3.7). */
    nodeUsage: "lab cgroups" | "metrics-server" | "kubelet" | null;
    sources: SourceState[];
    nodes: NodeFigures[];
    pods: PodFigures[];
    processes: ProcessFigures[];
    etcd: EtcdFigures[];
    prometheus: PrometheusFigures | null;
}

/** How one source of figures fares. */
export interface SourceState {
    id: string;
    /** When it last answered whole. */
    at: number | null;
    /** Looks that failed since the start. */
    failures: number;
    /** Its present fault; null when the last look went well. */
    error: string | null;
    /** When the present fault began. */
    since: number | null;
}

export interface NodeFigures {
    name: string;
    roles: NodeRole[];
    /** "Ready", "NotReady", "cordoned", "missing" … */
    state: string;
    ready: boolean;
    /** When the figures that follow were taken. */
    at: number | null;
    cpuCores: number | null;
    cpuCapacityCores: number | null;
    memoryBytes: number | null;
    memoryCapacityBytes: number | null;
    diskBytes: number | null;
    diskCapacityBytes: number | null;
}

export interface PodFigures {
    namespace: string;
    name: string;
    component: Component;
    node: string | null;
    /** As `kubectl get pods` has it: "Running", "Pending", "CrashLoopBackOff" … */
    state: string;
    ready: boolean;
    restarts: number;
    /** Why a container of it ended last: "OOMKilled", "Error 137"; null when none did. */
    lastEnd: string | null;
    at: number | null;
    cpuCores: number | null;
    cpuRequestCores: number | null;
    cpuLimitCores: number | null;
    memoryBytes: number | null;
    memoryRequestBytes: number | null;
    memoryLimitBytes: number | null;
    /** On its volume claims. */
    diskBytes: number | null;
    diskCapacityBytes: number | null;
}

/** In the order of the screen. */
export const components = [
    "coordinator",
    "query",
    "dbnode",
    "aggregator",
    "etcd",
    "operator",
    "gateway",
    "prometheus",
    "other",
] as const;

export type Component = (typeof components)[number];

/** What one of M3's processes says of its own work, a second. */
export interface ProcessFigures {
    pod: string;
    component: Component;
    at: number | null;
    /** Samples that it took: a coordinator from its clients, a dbnode into its series, an aggregator to aggregate. */
    samples: number | null;
    /** Requests that brought them. */
    writes: number | null;
    /** Fetches and queries. */
    reads: number | null;
    errors: number | null;
    /** Time that a write took there, over the last interval. */
    writeP50Ms: number | null;
    writeP99Ms: number | null;
}

export interface EtcdFigures {
    pod: string;
    at: number | null;
    leader: boolean | null;
    hasLeader: boolean | null;
    databaseBytes: number | null;
    walFsyncP99Ms: number | null;
    proposalsPending: number | null;
    failedProposals: number | null;
}

/** Remote write, by Prometheus' own metrics. */
export interface PrometheusFigures {
    at: number | null;
    /** Age of the newest sample taken in that is not sent yet (0: nothing waits). */
    lagSeconds: number | null;
    pending: number | null;
    shards: number | null;
    shardsMax: number | null;
    sent: number | null;
    failed: number | null;
    dropped: number | null;
    retried: number | null;
}
