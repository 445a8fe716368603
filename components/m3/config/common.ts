import type { Scenario } from "../../../settings/index.ts";
import { folder, m3Paths } from "../../tls/files.ts";
import { type M3Identity, podCache, topicEnvironment, topics } from "../identity.ts";

/** What the configuration files of M3's services share. Source: M3 1.5.0's own examples, run and timed (facts.md 4). */

/** How a service finds the cluster in etcd. */
export function kvService(identity: M3Identity, service: string, certificates = folder) {
    const { environment: env, zone, etcdEndpoints: endpoints, etcdTls } = identity;
    const tls = etcdTls ? { tls: m3Paths(certificates) } : {};
    return { env, zone, service, cacheDir: podCache, etcdClusters: [{ zone, endpoints, ...tls }] };
}

export function metrics(prefix: string, port: number) {
    return {
        scope: { prefix },
        prometheus: { handlerPath: "/metrics", listenAddress: `0.0.0.0:${port}` },
        sanitization: "prometheus",
        samplingRate: 1,
        extended: "none",
    };
}

export interface ApiOptions {
    /** Of its metrics. */
    prefix: string;
    listen: string;
    metricsPort: number;
    tags: Scenario["coordinator"]["tags"];
    writeConsistency: Scenario["coordinator"]["writeConsistency"];
    readConsistency: Scenario["coordinator"]["readConsistency"];
    writeBatch: Scenario["coordinator"]["writeBatch"];
}

/** Of a process that writes nothing: its queues to the databases wake it for nothing. Reads do not wait there (client/host_queue.go). */
export const noWrites: ApiOptions["writeBatch"] = { wait: "1000ms", size: 128 };

/** Coordinator and query: one M3DB cluster behind an HTTP API. */
export function api(identity: M3Identity, options: ApiOptions) {
    const { wait, size } = options.writeBatch;
    const clientOverrides = { hostQueueFlushInterval: wait, targetHostQueueFlushSize: size };
    return {
        listenAddress: options.listen,
        logging: { level: "info" },
        metrics: metrics(options.prefix, options.metricsPort),
        tagOptions: { ...options.tags },
        clusters: [
            {
                client: {
                    config: { services: [{ service: kvService(identity, "m3db"), clientOverrides }] },
                    writeConsistencyLevel: options.writeConsistency,
                    readConsistencyLevel: options.readConsistency,
                },
            },
        ],
    };
}

export const messagePool = { size: 16384, watermark: { low: 0.2, high: 0.5 } };

/** The producer of the ingest topic; the aggregator has one of its own for metrics that it forwards to itself. */
export function ingestWriter(identity: M3Identity) {
    return {
        topicName: topics.ingest.name,
        topicServiceOverride: { zone: identity.zone, environment: topicEnvironment },
        placement: { isStaged: true },
        placementServiceOverride: { namespaces: { placement: "/placement" } },
        messagePool,
    };
}
