import type { ClusterPlan } from "../../../components/m3/cluster-manifests.ts";
import { m3Identity } from "../../../components/m3/identity.ts";
import { m3dbSchema } from "../../../settings/schema/m3db.ts";

/** A plan of three groups as index.ts makes it: the defaults of m3perf:m3db with changes. */
export function clusterPlan(settings: object = {}, more: Partial<ClusterPlan> = {}): ClusterPlan {
    const {
        memory: _,
        storageClass: __,
        update: ___,
        removeNamespaces: ____,
        shortenRetention: _____,
        ...m3db
    } = m3dbSchema.parse(settings);
    return {
        ...m3db,
        identity: m3Identity("m3db", ["http://etcd-0.etcd.m3db:2379", "http://etcd-1.etcd.m3db:2379"]),
        stack: "m3perf/test",
        image: "quay.io/m3db/m3dbnode:v1.5.0",
        isolationGroups: ["rep0", "rep1", "rep2"].map((name, index) => ({ name, nodes: [`worker-${index + 1}`] })),
        memoryMi: 1600,
        storageClass: "local-path",
        tags: { idScheme: "quoted", metricName: "__name__", bucketName: "le" },
        ...more,
    };
}

/** Every setting of m3perf:m3db that ends up in the M3DBCluster or in m3.yml, with another value than its default. */
export const everySetting = {
    numberOfShards: 32,
    instancesPerGroup: 2,
    storage: "7Gi",
    cpu: "750m",
    podIdentity: ["NodeName"],
    tolerations: [{ key: "spot", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 }],
    nodeAffinity: [{ key: "disk", values: ["ssd", "nvme"] }],
    env: { GOGC: "50", JAEGER_AGENT_HOST: "jaeger" },
    priorityClass: "important",
    labels: { team: "metrics" },
    annotations: { "prometheus.io/scrape": "true" },
    limits: {
        maxOutstandingWriteRequests: 1000,
        maxOutstandingReadRequests: 500,
        maxRecentlyQueriedSeriesBlocks: { value: 100_000 },
        maxRecentlyQueriedSeriesDiskBytesRead: { value: 1_000_000, lookback: "30s" },
        writeNewSeriesPerSecond: 5000,
        maxEncodersPerBlock: 20,
    },
    pools: "small",
    config: { db: { gcPercentage: 60, repair: null } },
    namespaces: [
        {
            name: "default",
            retention: "72h",
            blockSize: "4h",
            indexBlockSize: "8h",
            bufferPast: "1h",
            bufferFuture: "2m",
        },
        {
            name: "mapped",
            retention: "48h",
            resolution: "1m",
            samples: "mapped",
            repair: true,
            coldWrites: false,
            snapshots: false,
            commitLog: false,
        },
    ],
};
