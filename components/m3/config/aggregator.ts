import type { M3Namespace, Scenario } from "../../../settings/index.ts";
import { durationOf } from "../../../settings/units.ts";
import { windowSeconds } from "../aggregation-window.ts";
import { type M3Identity, ports, topicEnvironment, topics } from "../identity.ts";
import { ingestWriter, kvService, messagePool, metrics } from "./common.ts";
import { overridden } from "./file.ts";

/**
 * Seconds that an aggregator goes on leading without a word from etcd; M3's examples have 10. It asks each third of it, and a
 * member whose leader hangs answers only after 5 s and twice the election's time-out (etcd's server/config/config.go, ReqTimeout), 10 s
 * here (etcd-manifests.ts). With less than both and a little, the aggregation would be without a leader as well.
 */
export const aggregatorLease = 20;

/** `replicas`: one unless told. */
type Aggregator = Pick<Scenario["aggregator"], "bufferPast" | "config"> &
    Partial<Pick<Scenario["aggregator"], "replicas">>;
type Aggregated = Pick<M3Namespace, "resolution">;

/**
 * For how long a follower keeps a window that its leader has not told to have flushed; M3's examples have 5m. Coarse windows are
 * written later than that: it has to have them still when it takes over.
 */
function followerKeeps({ replicas = 1, bufferPast }: Aggregator, namespaces: Aggregated[]): string {
    const usual = 300;
    return durationOf(replicas > 1 ? Math.max(usual, windowSeconds(namespaces, bufferPast)) : usual);
}

const backoff = (maxBackoff: string) => ({ initialBackoff: "100ms", backoffFactor: 2, maxBackoff });
const forever = (maxBackoff: string) => ({ ...backoff(maxBackoff), forever: true, jitter: true });

export function aggregatorConfig(identity: M3Identity, settings: Aggregator, namespaces: Aggregated[] = []) {
    const kvConfig = { environment: identity.environment, zone: identity.zone };
    const config = {
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
        aggregator: aggregation(identity, kvConfig, settings.bufferPast, followerKeeps(settings, namespaces)),
    };
    return overridden(config, settings.config);
}

function aggregation(
    identity: M3Identity,
    kvConfig: { environment: string; zone: string },
    bufferPast: string,
    maxBufferSize: string,
) {
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
        bufferDurationForPastTimedMetric: bufferPast,
        resignTimeout: "1m",
        flushTimesManager: {
            kvConfig,
            flushTimesKeyFmt: "shardset/%d/flush",
            flushTimesPersistRetrier: { ...backoff("2s"), maxRetries: 3 },
        },
        electionManager: {
            election: { leaderTimeout: "10s", resignTimeout: "10s", ttlSeconds: aggregatorLease },
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
            maxBufferSize,
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
