import type { NodeRole } from "./site.ts";

/** A service of the environment, reachable inside the cluster by `url` and, with a NodePort, at every node. */
export interface EnvironmentService {
    /** Service name in `namespace`. */
    service: string;
    /** http://m3coordinator.m3db:7201 */
    url: string;
    /** Workload behind it. */
    workload: { kind: "Deployment" | "StatefulSet"; name: string; replicas: number; selector: Record<string, string> };
    nodePort?: number;
    metricsNodePort?: number;
}

export interface EnvironmentNamespace {
    name: string;
    /** Go duration: "48h". */
    retention: string;
    /** Go duration; absent: unaggregated. */
    resolution?: string;
    /** Filters of the samples that it gets; absent: every sample. */
    match?: string[];
    /** It gets only what rules of the aggregation send there; absent: what `match` says. */
    samples?: "mapped";
}

/** The stack output `environment`: all that operations know of the program. */
export interface Environment {
    version: 1;
    stack: string;
    site: string;
    /** Path of the kubeconfig as given by the site; a path, never its content. */
    kubeconfig: string | null;
    context: string | null;
    /** Kubernetes namespace of M3 and etcd: "m3db". */
    namespace: string;
    /** `roles`: what a node may carry, which is more than the site file says where M3DB shares its nodes (colocated). */
    nodes: { name: string; address: string; roles: NodeRole[]; isolationGroup?: string }[];
    /** Where reports, logs and backups go. Absent: the site has no repository. */
    repository?: { claim: string; kind: "export" | "existing" | "local" };
    etcd: {
        statefulSet: string;
        pods: string[];
        endpoints: string[];
        selector: Record<string, string>;
        /**
         * It speaks TLS, and lets in whoever has the certificate in the Secret `secret` of `namespace`; health and metrics are in plain
         * text on a port of their own. Absent: plain text, on the one port.
         */
        tls?: { secret: string; metricsPort: number };
    };
    operator: { workload: string; selector: Record<string, string> };
    cluster: {
        /** "m3-cluster" */
        name: string;
        /** Environment in M3's own sense: "<namespace>/<cluster>". */
        m3Environment: string;
        zone: string;
        pods: string[];
        replicationFactor: number;
        numberOfShards: number;
        /** How a series' id is made of its tags, and the tag of a metric's name. Absent (older outputs): quoted, __name__. */
        idScheme?: "quoted" | "prepend_meta";
        metricName?: string;
        isolationGroups: string[];
        namespaces: EnvironmentNamespace[];
        selector: Record<string, string>;
    };
    coordinator: EnvironmentService;
    /** With m3perf:m3db.externalCoordinator: the one that the operator asks. */
    adminCoordinator?: EnvironmentService;
    query: EnvironmentService;
    aggregator: EnvironmentService;
    /** The proxy that tells senders apart. Absent: no identities are set. */
    gateway?: EnvironmentService & {
        /** Whether no NodePort leads to the API of coordinator and query. */
        exclusive: boolean;
        /** `secret`: name of the Secret with the token (key "token"), in `namespace`. */
        identities: {
            name: string;
            labels: Record<string, string>;
            reads: "own" | "all";
            writes: boolean;
            secret: string;
        }[];
    };
    /** The load generator as pods, which sends as long as it is there. Absent: none is set. */
    generator?: {
        workload: EnvironmentService["workload"];
        /** Port of /metrics in each of its pods. */
        metricsPort: number;
        /** Role of the nodes that it runs on. */
        role: NodeRole;
        /** Label `run` of its series, and how many they are. */
        run: string;
        series: number;
    };
    /**
     * m3msg topics and the service that consumes each. `environment` is the M3 environment that holds the topic
     * (header Cluster-Environment-Name): "default_env", what M3's topic API takes when no header is given.
     */
    topics: { name: string; consumer: string; environment: string }[];
    prometheus: EnvironmentPrometheus;
}

export interface EnvironmentPrometheus {
    namespace: string;
    /** Through which it answers. */
    service: string;
    port: number;
    /** Where its configuration is. Absent (older outputs): existing. */
    kind?: "existing" | "operator" | "helm";
    /** Workload, ConfigMap and key of an existing server. */
    deployment?: string;
    statefulSet?: string;
    configMap?: string;
    configKey?: string;
    /** Name of a Prometheus custom resource. */
    resource?: string;
    /** Commands that show its configuration and what it says. */
    inspect?: string[];
    remoteWriteUrl: string;
    remoteReadUrl: string;
    /** Whether Prometheus asks M3 even for times that it still holds itself. Absent (older outputs): true. */
    readRecent?: boolean;
    /** It answers no queries, so it reads nothing. Absent: no. */
    agent?: boolean;
    /** Those that we set; it may have more. Absent (older outputs): none. */
    externalLabels?: Record<string, string>;
    /** Rules that we set keep or drop samples on their way. Absent: there are none. */
    relabels?: boolean;
    /** queue_config as prometheus.yml has it. Absent (older outputs): not known. */
    queue?: Record<string, unknown>;
}
