import { gatewayPort } from "../../settings/prometheus/identity.ts";

/** Names and ports that M3's processes, the operator and the set-up agree on. Ports: facts.md 4. */

/** What M3 calls the cluster; the operator uses "<namespace>/<name>" as the environment, so everything else must too. */
export interface M3Identity {
    /** Kubernetes namespace. */
    namespace: string;
    /** Name of the M3DBCluster. */
    cluster: string;
    /** M3's environment: the prefix of all of the cluster's keys in etcd. */
    environment: string;
    zone: "embedded";
    /** Client addresses of etcd's members. */
    etcdEndpoints: string[];
    /** etcd lets nobody in without a certificate: it is in a folder of each process (components/tls/files.ts). */
    etcdTls?: boolean;
}

/** Where M3 keeps what it last read from etcd; of database pods the operator mounts it. */
export const podCache = "/var/lib/m3kv";

/** As in the manual run. */
export const clusterName = "m3-cluster";

export function m3Identity(namespace: string, etcdEndpoints: string[], etcdTls = false): M3Identity {
    const cluster = clusterName;
    return {
        namespace,
        cluster,
        environment: `${namespace}/${cluster}`,
        zone: "embedded",
        etcdEndpoints,
        ...(etcdTls && { etcdTls }),
    };
}

/**
 * The topics are kept in the environment that M3's topic API takes when no header names one: unlike the placement and
 * namespace calls, it does not go by the service's own (query/api/v1/handler/topic/add.go), and the manual run's
 * `curl localhost:7201/api/v1/topic` has no header. etcd is this cluster's alone, so nothing else can be there.
 */
export const topicEnvironment = "default_env";

export const topics = {
    /** Coordinators → aggregator: raw samples. Every consumer instance gets its shards' messages. */
    ingest: { name: "aggregator_ingest", consumer: "m3aggregator", consumption: "REPLICATED" },
    /** Aggregator → coordinators: aggregates. Any one instance takes a message. */
    aggregated: { name: "aggregated_metrics", consumer: "m3coordinator", consumption: "SHARED" },
} as const;

export const ports = {
    /** M3DB's: clients and peers; its HTTP API; its debug port, which has its metrics, too. */
    database: 9000,
    databaseHttp: 9002,
    databaseDebug: 9004,
    /** Coordinator and query. */
    api: 7201,
    metrics: 7203,
    /** m3query itself, inside its pod: on the API's port is what stands before it (agent/query-front.ts). */
    queryBehindFront: 7210,
    /** gRPC between the zones' query processes. */
    rpc: 7202,
    /** Before coordinator and query, where there are identities; its probes have a port of their own. */
    gateway: gatewayPort,
    gatewayHealth: 7211,
    coordinatorM3msg: 7507,
    aggregatorM3msg: 6000,
    aggregatorHttp: 6001,
    aggregatorMetrics: 6002,
} as const;

/** Workload and Service of the admin-only coordinator (AdminCoordinator.ts). */
export const adminName = "m3admin";

/** As an M3DBCluster names it: without "http://", which the operator adds (facts.md 4). */
export const adminEndpoint = ({ namespace }: M3Identity) => `${adminName}.${namespace}:${ports.api}`;

/**
 * Where all admin calls go: the admin-only coordinator where there is one, otherwise those inside the database pods, through
 * the Service that the operator makes.
 */
export function adminUrl(identity: M3Identity, externalCoordinator = false): string {
    if (externalCoordinator) return `http://${adminEndpoint(identity)}`;
    return `http://m3coordinator-${identity.cluster}.${identity.namespace}:${ports.api}`;
}

/** API of coordinators or m3query, by the name of their Service. */
export const apiUrl = ({ namespace }: M3Identity, service: "m3coordinator" | "m3query") =>
    `http://${service}.${namespace}:${ports.api}`;
