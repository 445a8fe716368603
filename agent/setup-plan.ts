/** What the set-up is to bring about; made by components/m3/Setup.ts, read from the environment variable M3PERF_SETUP. */
export interface SetupPlan {
    /** A coordinator that serves the admin API: "http://m3coordinator-m3-cluster.m3db:7201". */
    url: string;
    /** M3's environment, "<namespace>/<cluster>". */
    environment: string;
    zone: string;
    /** M3DB instances that the placement must have. */
    instances: number;
    /** Namespaces that must be READY. */
    namespaces: string[];
    /** The set-up makes them so itself: with an external coordinator the operator does not (facts.md 4). */
    makeReady?: boolean;
    aggregator: { shards: number; instances: Instance[] };
    coordinator: Instance;
    topics: TopicPlan[];
    /** Limits in seconds. */
    limits: { api: number; placement: number; namespaces: number };
}

export interface Instance {
    id: string;
    /** host:port of its m3msg server. */
    endpoint: string;
}

export interface TopicPlan {
    name: string;
    shards: number;
    /** M3 environment that holds the topic. */
    environment: string;
    consumer: string;
    consumption: "REPLICATED" | "SHARED";
}
