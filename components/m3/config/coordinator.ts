import type { M3Namespace, Scenario } from "../../../settings/index.ts";
import { type M3Identity, ports } from "../identity.ts";
import { api, ingestWriter } from "./common.ts";
import { overridden } from "./file.ts";
import { answering } from "./query.ts";
import { downsampleRules } from "./rules.ts";

export interface CoordinatorSettings {
    coordinator: Scenario["coordinator"];
    query: Scenario["query"];
    rules: Scenario["aggregator"]["rules"];
    namespaces: M3Namespace[];
}

export function coordinatorConfig(identity: M3Identity, settings: CoordinatorSettings) {
    const { coordinator, query, rules, namespaces } = settings;
    const { size, grow } = coordinator.writeWorkers;
    const config = {
        ...api(identity, {
            prefix: "coordinator",
            listen: `0.0.0.0:${ports.api}`,
            metricsPort: ports.metrics,
            tags: coordinator.tags,
            writeConsistency: coordinator.writeConsistency,
            readConsistency: coordinator.readConsistency,
            writeBatch: coordinator.writeBatch,
        }),
        ...(query.mode === "integrated" ? answering(query) : {}),
        // The probability is M3's own default; without it a pool that has grown never shrinks.
        writeWorkerPoolPolicy: { size, grow, killProbability: 0.001 },
        downsample: {
            ...downsampleRules(namespaces, rules),
            remoteAggregator: {
                client: {
                    type: "m3msg",
                    m3msg: {
                        producer: { writer: { ...ingestWriter(identity), connection: { numConnections: 4 } } },
                    },
                },
            },
        },
        ingest: {
            ingester: {
                workerPoolSize: 10000,
                opPool: { size: 10000 },
                retry: { maxRetries: 3, jitter: true },
                logSampleRate: 0.01,
            },
            m3msg: {
                server: {
                    listenAddress: `0.0.0.0:${ports.coordinatorM3msg}`,
                    retry: { maxBackoff: "10s", jitter: true },
                },
            },
        },
    };
    return overridden(config, coordinator.config);
}
