import { stringify } from "yaml";
import { type M3Identity, ports, topicEnvironment, topics } from "./identity.ts";

/** Configuration files of the M3 services, as data. Source: M3 1.5.0's own examples, run and timed (facts.md 4). */

/** m3.yml */
export const configFile = (config: object): string => stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });

const cacheDir = "/var/lib/m3kv";

/** How a service finds the cluster in etcd. */
function kvService(identity: M3Identity, service: string) {
    const { environment: env, zone, etcdEndpoints: endpoints } = identity;
    return { env, zone, service, cacheDir, etcdClusters: [{ zone, endpoints }] };
}

function metrics(prefix: string, port: number) {
    return {
        scope: { prefix },
        prometheus: { handlerPath: "/metrics", listenAddress: `0.0.0.0:${port}` },
        sanitization: "prometheus",
        samplingRate: 1,
        extended: "none",
    };
}

/** What coordinator and query have in common: one M3DB cluster behind an HTTP API. */
function api(identity: M3Identity, prefix: string) {
    return {
        listenAddress: `0.0.0.0:${ports.api}`,
        logging: { level: "info" },
        metrics: metrics(prefix, ports.metrics),
        tagOptions: { idScheme: "quoted" },
        clusters: [
            {
                client: {
                    config: { service: kvService(identity, "m3db") },
                    writeConsistencyLevel: "majority",
                    // Answers with what is left when a majority cannot be reached; with one replica down nothing changes.
                    readConsistencyLevel: "unstrict_majority",
                },
            },
        ],
    };
}

/**
 * The admin-only coordinator: no downsampling, no ingest, so that it needs neither topic nor placement to start; no namespaces
 * of its own, or `/namespace/ready` would answer "ready" without looking (query/api/v1/handler/namespace/ready.go).
 */
export const adminConfig = (identity: M3Identity) => api(identity, "coordinator");

const messagePool = { size: 16384, watermark: { low: 0.2, high: 0.5 } };

/** The producer of the ingest topic; the aggregator has one of its own for metrics that it forwards to itself. */
function ingestWriter(identity: M3Identity) {
    return {
        topicName: topics.ingest.name,
        topicServiceOverride: { zone: identity.zone, environment: topicEnvironment },
        placement: { isStaged: true },
        placementServiceOverride: { namespaces: { placement: "/placement" } },
        messagePool,
    };
}

export function coordinatorConfig(identity: M3Identity) {
    return {
        ...api(identity, "coordinator"),
        downsample: {
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
}

export interface QueryLimits {
    maxFetchedSeries: number;
    requireExhaustive: boolean;
}

/**
 * Writes are off: m3query answers 200 to them and drops them (facts.md 4), so no writer may reach it. The prefix makes its
 * series the ones that the manual run asks for ("query_fetch_success").
 */
export function queryConfig(identity: M3Identity, limits: QueryLimits) {
    return {
        ...api(identity, "query"),
        filter: { write: "allow_none" },
        limits: { perQuery: { ...limits } },
    };
}

const backoff = (maxBackoff: string) => ({ initialBackoff: "100ms", backoffFactor: 2, maxBackoff });
const forever = (maxBackoff: string) => ({ ...backoff(maxBackoff), forever: true, jitter: true });

export function aggregatorConfig(identity: M3Identity) {
    const kvConfig = { environment: identity.environment, zone: identity.zone };
    return {
        logging: { level: "info" },
        metrics: {
            ...metrics("m3aggregator", ports.aggregatorMetrics),
            prometheus: {
                onError: "none",
                handlerPath: "/metrics",
                listenAddress: `0.0.0.0:${ports.aggregatorMetrics}`,
                timerType: "histogram",
            },
        },
        m3msg: {
            server: { listenAddress: `0.0.0.0:${ports.aggregatorM3msg}`, retry: { maxBackoff: "10s", jitter: true } },
            consumer: { messagePool },
        },
        http: { listenAddress: `0.0.0.0:${ports.aggregatorHttp}`, readTimeout: "60s", writeTimeout: "60s" },
        kvClient: { etcd: kvService(identity, "m3aggregator") },
        runtimeOptions: {
            kvConfig,
            writeValuesPerMetricLimitPerSecondKey: "write-values-per-metric-limit-per-second",
            writeValuesPerMetricLimitPerSecond: 0,
            writeNewMetricLimitClusterPerSecondKey: "write-new-metric-limit-cluster-per-second",
            writeNewMetricLimitClusterPerSecond: 0,
            writeNewMetricNoLimitWarmupDuration: 0,
        },
        aggregator: aggregation(identity, kvConfig),
    };
}

function aggregation(identity: M3Identity, kvConfig: { environment: string; zone: string }) {
    return {
        // The instance's name in the placement: the pod's own.
        hostID: { resolver: "environment", envVarName: "M3AGGREGATOR_HOST_ID" },
        instanceID: { type: "host_id" },
        verboseErrors: true,
        metricPrefix: "",
        counterPrefix: "",
        timerPrefix: "",
        gaugePrefix: "",
        aggregationTypes: {
            counterTransformFnType: "empty",
            timerTransformFnType: "suffix",
            gaugeTransformFnType: "empty",
            aggregationTypesPool: { size: 1024 },
            quantilesPool: {
                buckets: [
                    { count: 256, capacity: 4 },
                    { count: 128, capacity: 8 },
                ],
            },
        },
        stream: {
            eps: 0.001,
            capacity: 32,
            streamPool: { size: 4096 },
            samplePool: { size: 4096 },
            floatsPool: {
                buckets: [
                    { count: 4096, capacity: 16 },
                    { count: 2048, capacity: 32 },
                    { count: 1024, capacity: 64 },
                ],
            },
        },
        client: { type: "m3msg", m3msg: { producer: { writer: ingestWriter(identity) } } },
        placementManager: {
            kvConfig: { namespace: "/placement", ...kvConfig },
            placementWatcher: { key: "m3aggregator", initWatchTimeout: "10s" },
        },
        hashType: "murmur32",
        bufferDurationBeforeShardCutover: "10m",
        bufferDurationAfterShardCutoff: "10m",
        bufferDurationForFutureTimedMetric: "10m",
        bufferDurationForPastTimedMetric: "10s",
        resignTimeout: "1m",
        flushTimesManager: {
            kvConfig,
            flushTimesKeyFmt: "shardset/%d/flush",
            flushTimesPersistRetrier: { ...backoff("2s"), maxRetries: 3 },
        },
        electionManager: {
            election: { leaderTimeout: "10s", resignTimeout: "10s", ttlSeconds: 10 },
            serviceID: { name: "m3aggregator", ...kvConfig },
            electionKeyFmt: "shardset/%d/lock",
            campaignRetrier: forever("2s"),
            changeRetrier: forever("5s"),
            resignRetrier: forever("5s"),
            campaignStateCheckInterval: "1s",
            shardCutoffCheckOffset: "30s",
        },
        flushManager: {
            checkEvery: "1s",
            jitterEnabled: true,
            maxJitters: [
                { flushInterval: "5s", maxJitterPercent: 1 },
                { flushInterval: "10s", maxJitterPercent: 0.5 },
                { flushInterval: "1m", maxJitterPercent: 0.5 },
            ],
            numWorkersPerCPU: 0.5,
            maxBufferSize: "5m",
            forcedFlushWindowSize: "10s",
        },
        flush: {
            handlers: [
                {
                    dynamicBackend: {
                        name: "m3msg",
                        hashType: "murmur32",
                        producer: {
                            writer: {
                                topicName: topics.aggregated.name,
                                topicServiceOverride: { zone: identity.zone, environment: topicEnvironment },
                                messagePool,
                            },
                        },
                    },
                },
            ],
        },
        passthrough: { enabled: true },
        forwarding: { maxConstDelay: "1m" },
        entryTTL: "1h",
        entryCheckInterval: "10m",
        maxTimerBatchSizePerWrite: 140,
        maxNumCachedSourceSets: 2,
        discardNaNAggregatedValues: true,
        entryPool: { size: 4096 },
        counterElemPool: { size: 4096 },
        timerElemPool: { size: 4096 },
        gaugeElemPool: { size: 4096 },
    };
}
