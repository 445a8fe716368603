/**
 * For each setting of a stack: two values that make a difference, and the settings that it needs beside it. Paths as in settings, with
 * [0] for the entry of a list; undefined: absent.
 */
type Change = [path: string, from: unknown, to: unknown, beside?: Record<string, unknown>];

const raw = { name: "default", retention: "48h" };
const ten = { name: "ten", retention: "48h", resolution: "10s" };
const minute = { name: "minute", retention: "96h", resolution: "1m" };
const policy = { resolution: "10s", retention: "48h" };

const etcd: Change[] = [
    ["etcd.members", 3, 5],
    ["etcd.storage", "1Gi", "2Gi"],
    ["etcd.memory", "256Mi", "257Mi"],
    ["etcd.cpu", "100m", "101m"],
];

const namespaced = { "m3db.namespaces": [raw, ten] };
const m3db: Change[] = [
    ["m3db.numberOfShards", 64, 128],
    ["m3db.instancesPerGroup", undefined, 1],
    ["m3db.storage", "5Gi", "6Gi"],
    ["m3db.storageClass", undefined, "fast"],
    ["m3db.memory", "3Gi", "3100Mi"],
    ["m3db.memoryRequest", undefined, "1000Mi"],
    ["m3db.cpu", "500m", "501m"],
    ["m3db.externalCoordinator", false, true],
    ["m3db.podIdentity", [], ["NodeName"]],
    ["m3db.tolerations[0].key", "a", "b"],
    ["m3db.tolerations[0].operator", "Exists", undefined, { "m3db.tolerations[0].key": "a" }],
    ["m3db.tolerations[0].value", "a", "b", { "m3db.tolerations[0].key": "a" }],
    ["m3db.tolerations[0].effect", "NoSchedule", "NoExecute", { "m3db.tolerations[0].key": "a" }],
    ["m3db.tolerations[0].tolerationSeconds", 1, 2, { "m3db.tolerations[0]": { key: "a", effect: "NoExecute" } }],
    ["m3db.nodeAffinity[0].key", "a", "b", { "m3db.nodeAffinity[0].values": ["a"] }],
    ["m3db.nodeAffinity[0].values", ["a"], ["b"], { "m3db.nodeAffinity[0].key": "a" }],
    ["m3db.env", {}, { A: "b" }],
    ["m3db.priorityClass", undefined, "high"],
    ["m3db.labels", {}, { a: "b" }],
    ["m3db.annotations", {}, { a: "b" }],
    ["m3db.limits.maxOutstandingWriteRequests", undefined, 1],
    ["m3db.limits.maxOutstandingReadRequests", undefined, 1],
    ["m3db.limits.maxRecentlyQueriedSeriesBlocks.value", 1, 2],
    [
        "m3db.limits.maxRecentlyQueriedSeriesBlocks.lookback",
        "1s",
        "2s",
        { "m3db.limits.maxRecentlyQueriedSeriesBlocks.value": 1 },
    ],
    ["m3db.limits.maxRecentlyQueriedSeriesDiskBytesRead.value", 1, 2],
    [
        "m3db.limits.maxRecentlyQueriedSeriesDiskBytesRead.lookback",
        "1s",
        "2s",
        { "m3db.limits.maxRecentlyQueriedSeriesDiskBytesRead.value": 1 },
    ],
    ["m3db.limits.writeNewSeriesPerSecond", undefined, 1],
    ["m3db.limits.maxEncodersPerBlock", undefined, 1],
    ["m3db.pools", "default", "small"],
    ["m3db.config", {}, { db: { gcPercentage: 80 } }],
    ["m3db.update", "rolling", "manual"],
    ["m3db.namespaces[1].name", "ten", "other", namespaced],
    ["m3db.namespaces[1].retention", "48h", "50h", namespaced],
    ["m3db.namespaces[1].blockSize", "2h", "4h", namespaced],
    ["m3db.namespaces[1].indexBlockSize", undefined, "4h", namespaced],
    ["m3db.namespaces[1].resolution", "10s", "20s", namespaced],
    ["m3db.namespaces[1].match", undefined, ["a:b"], namespaced],
    ["m3db.namespaces[1].exclusive", undefined, true, { ...namespaced, "m3db.namespaces[1].match": ["a:b"] }],
    ["m3db.namespaces[1].samples", "all", "mapped", namespaced],
    ["m3db.namespaces[1].bufferPast", "20m", "30m", namespaced],
    ["m3db.namespaces[1].bufferFuture", "10m", "11m", namespaced],
    ["m3db.namespaces[1].repair", false, true, namespaced],
    ["m3db.namespaces[1].coldWrites", true, false, namespaced],
    ["m3db.namespaces[1].snapshots", true, false, namespaced],
    ["m3db.namespaces[1].commitLog", true, false, { ...namespaced, "m3db.namespaces[1].snapshots": false }],
    ["m3db.removeNamespaces", [], ["gone"]],
    ["m3db.shortenRetention", [], ["default"]],
];

const coordinator: Change[] = [
    ["coordinator.replicas", 2, 1],
    ["coordinator.memory", "1Gi", "1025Mi"],
    ["coordinator.cpu", "250m", "251m"],
    ["coordinator.nodePort", 32555, 32655],
    ["coordinator.metricsNodePort", 32556, 32656],
    ["coordinator.writeConsistency", "majority", "all"],
    ["coordinator.readConsistency", "unstrict_majority", "all"],
    ["coordinator.tags.idScheme", "quoted", "prepend_meta"],
    ["coordinator.tags.metricName", "__name__", "name"],
    ["coordinator.tags.bucketName", "le", "bucket"],
    ["coordinator.writeWorkers.size", 4096, 4097],
    ["coordinator.writeWorkers.grow", true, false],
    ["coordinator.writeBatch.wait", "5ms", "10ms"],
    ["coordinator.writeBatch.size", 128, 64],
    ["coordinator.config", {}, { logging: { level: "warn" } }],
];

const zone = { name: "b", addresses: ["m3query.b:7202"] };
const query: Change[] = [
    ["query.mode", "split", "integrated"],
    ["query.replicas", 2, 1],
    ["query.memory", "1Gi", "1025Mi"],
    ["query.cpu", "250m", "251m"],
    ["query.nodePort", 32558, 32658],
    ["query.readConsistency", "unstrict_majority", "all"],
    ["query.maxFetchedSeries", 1000, 1001],
    ["query.maxFetchedDocs", 1000, 1001],
    ["query.maxFetchedRange", "24h", "25h"],
    ["query.instanceMultiple", 2, 3],
    ["query.maxSamples", 1000, 1001],
    ["query.requireExhaustive", true, false],
    ["query.timeout", "30s", "31s"],
    ["query.lookback", "5m", "6m"],
    ["query.remotes[0].name", "b", "c", { "query.remotes": [zone] }],
    ["query.remotes[0].addresses", ["b:7202"], ["c:7202"], { "query.remotes": [zone] }],
    ["query.remotes[0].errorBehavior", "warn", "fail", { "query.remotes": [zone] }],
    ["query.serveRemotes", false, true],
    ["query.remotesNodePort", undefined, 32659, { "query.serveRemotes": true }],
    ["query.config", {}, { logging: { level: "warn" } }],
];

const mapping = { filter: "a:b", storagePolicies: [policy] };
const byA = { metricName: "m", groupBy: ["a"], aggregations: ["Sum"] };
const rollup = { filter: "a:b", transforms: [{ rollup: byA }], storagePolicies: [policy] };
const at = {
    mapping: { "m3db.namespaces": [raw, ten, minute], "aggregator.rules.mapping": [mapping] },
    rollup: { "m3db.namespaces": [raw, ten, minute], "aggregator.rules.rollup": [rollup] },
};
const other = (path: string): Change => [
    path.replace(/\[0\]$/, "[0].resolution"),
    "10s",
    "20s",
    {
        "m3db.namespaces": [raw, ten, { ...ten, name: "twenty", resolution: "20s" }],
        [path.split(".").slice(0, 3).join(".").replace("[0]", "")]: [path.includes("mapping") ? mapping : rollup],
    },
];
const longer = (path: string): Change => [
    path.replace(/\[0\]$/, "[0].retention"),
    "48h",
    "96h",
    {
        "m3db.namespaces": [raw, ten, { ...ten, name: "longer", retention: "96h" }],
        [path.split(".").slice(0, 3).join(".").replace("[0]", "")]: [path.includes("mapping") ? mapping : rollup],
    },
];
const aggregator: Change[] = [
    ["aggregator.replicas", 1, 2],
    ["aggregator.shards", 64, 32],
    ["aggregator.memory", "1Gi", "1025Mi"],
    ["aggregator.cpu", "250m", "251m"],
    ["aggregator.metricsNodePort", 32557, 32657],
    ["aggregator.bufferPast", "10s", "11s"],
    ["aggregator.config", {}, { logging: { level: "warn" } }],
    ["aggregator.rules.mapping[0].name", "a", "b", at.mapping],
    ["aggregator.rules.mapping[0].filter", "a:b", "a:c", at.mapping],
    ["aggregator.rules.mapping[0].aggregations", ["Last"], ["Max"], at.mapping],
    other("aggregator.rules.mapping[0].storagePolicies[0]"),
    longer("aggregator.rules.mapping[0].storagePolicies[0]"),
    [
        "aggregator.rules.mapping[1].drop",
        true,
        undefined,
        { ...at.mapping, "aggregator.rules.mapping[1]": { filter: "c:d", tags: [{ name: "t", value: "v" }] } },
    ],
    [
        "aggregator.rules.mapping[0].tags[0].name",
        "a",
        "b",
        { ...at.mapping, "aggregator.rules.mapping[0].tags": [{ name: "a", value: "v" }] },
    ],
    [
        "aggregator.rules.mapping[0].tags[0].value",
        "a",
        "b",
        { ...at.mapping, "aggregator.rules.mapping[0].tags": [{ name: "a", value: "v" }] },
    ],
    ["aggregator.rules.rollup[0].name", "a", "b", at.rollup],
    ["aggregator.rules.rollup[0].filter", "a:b", "a:c", at.rollup],
    ["aggregator.rules.rollup[0].transforms[0].rollup.metricName", "m", "n", at.rollup],
    ["aggregator.rules.rollup[0].transforms[0].rollup.groupBy", ["a"], ["b"], at.rollup],
    [
        "aggregator.rules.rollup[0].transforms[0].rollup.excludeBy",
        ["a"],
        ["b"],
        { ...at.rollup, "aggregator.rules.rollup[0].transforms[0].rollup.groupBy": undefined },
    ],
    ["aggregator.rules.rollup[0].transforms[0].rollup.aggregations", ["Sum"], ["Max"], at.rollup],
    ["aggregator.rules.rollup[0].transforms[1].aggregate.type", "Last", "Max", at.rollup],
    ["aggregator.rules.rollup[0].transforms[1].transform.type", "Increase", "Add", at.rollup],
    other("aggregator.rules.rollup[0].storagePolicies[0]"),
    longer("aggregator.rules.rollup[0].storagePolicies[0]"),
    [
        "aggregator.rules.rollup[0].tags[0].name",
        "a",
        "b",
        { ...at.rollup, "aggregator.rules.rollup[0].tags": [{ name: "a", value: "v" }] },
    ],
    [
        "aggregator.rules.rollup[0].tags[0].value",
        "a",
        "b",
        { ...at.rollup, "aggregator.rules.rollup[0].tags": [{ name: "a", value: "v" }] },
    ],
];

const relabel = { sourceLabels: ["a"], targetLabel: "b" };
const relabelled = { "prometheus.remoteWrite.writeRelabelConfigs": [relabel] };
const credentials = (kind: "remoteWrite" | "remoteRead"): Change[] => {
    const path = `prometheus.${kind}.credentials`;
    const basic = { [path]: { kind: "basic", secretName: "s" } };
    const bearer = { [path]: { kind: "bearer", secretName: "s" } };
    return [
        [`${path}.kind`, "basic", "bearer", basic],
        [`${path}.secretName`, "s", "t", basic],
        [`${path}.usernameKey`, "username", "user", basic],
        [`${path}.passwordKey`, "password", "pass", basic],
        [`${path}.tokenKey`, "token", "key", bearer],
        [`${path}.caKey`, undefined, "ca.crt", bearer],
    ];
};
const people = [
    { name: "eu", labels: { cluster: "eu" } },
    { name: "us", labels: { cluster: "us" } },
];
const prometheus: Change[] = [
    ["prometheus.remoteWrite.url", undefined, "http://elsewhere:7201/api/v1/prom/remote/write"],
    ["prometheus.remoteWrite.queue.capacity", 10_000, 10_001],
    ["prometheus.remoteWrite.queue.maxShards", 50, 51],
    ["prometheus.remoteWrite.queue.minShards", 1, 2],
    ["prometheus.remoteWrite.queue.maxSamplesPerSend", 2000, 2001],
    ["prometheus.remoteWrite.queue.batchSendDeadline", "1s", "6s"],
    ["prometheus.remoteWrite.queue.minBackoff", "30ms", "31ms"],
    ["prometheus.remoteWrite.queue.maxBackoff", "5s", "6s"],
    ["prometheus.remoteWrite.queue.sampleAgeLimit", undefined, "1h"],
    ["prometheus.remoteWrite.headers", {}, { "M3-Metrics-Type": "unaggregated" }],
    ["prometheus.remoteWrite.writeRelabelConfigs[0].sourceLabels", ["a"], ["c"], relabelled],
    ["prometheus.remoteWrite.writeRelabelConfigs[0].separator", ";", ",", relabelled],
    ["prometheus.remoteWrite.writeRelabelConfigs[0].regex", "a", "b", relabelled],
    [
        "prometheus.remoteWrite.writeRelabelConfigs[0].modulus",
        1,
        2,
        { ...relabelled, "prometheus.remoteWrite.writeRelabelConfigs[0].action": "hashmod" },
    ],
    ["prometheus.remoteWrite.writeRelabelConfigs[0].targetLabel", "b", "c", relabelled],
    ["prometheus.remoteWrite.writeRelabelConfigs[0].replacement", "$1", "x", relabelled],
    [
        "prometheus.remoteWrite.writeRelabelConfigs[0].action",
        "keep",
        "drop",
        { "prometheus.remoteWrite.writeRelabelConfigs": [{ sourceLabels: ["a"], regex: "b" }] },
    ],
    ...credentials("remoteWrite"),
    ["prometheus.remoteRead.url", undefined, "http://elsewhere:7201/api/v1/prom/remote/read"],
    ["prometheus.remoteRead.readRecent", true, false],
    ["prometheus.remoteRead.requiredMatchers", {}, { a: "b" }],
    ...credentials("remoteRead"),
    ["prometheus.externalLabels", {}, { a: "b" }],
    ["prometheus.identity", undefined, "eu", { identities: people }],
    ["prometheus.localStorage", "keep", "minimal"],
];

const observe: Change[] = [
    ["observe.dashboards.enabled", true, false],
    ["observe.dashboards.namespace", undefined, "grafana"],
    ["observe.dashboards.folder", "M3", "Storage"],
    ["observe.dashboards.labels", { grafana_dashboard: "1" }, { dashboards: "yes" }],
    ["observe.rules.enabled", true, false],
    ["observe.rules.alertLabels", {}, { team: "a" }],
    ["observe.labels.namespace", "namespace", "kubernetes_namespace"],
    ["observe.labels.pod", "pod", "kubernetes_pod_name"],
    ["observe.labels.container", "container", "container_name"],
    ["observe.labels.node", "node", "nodename"],
    ["observe.labels.m3Namespace", "exported_namespace", "namespace"],
    ["observe.thresholds.remoteWriteLag", "2m", "3m"],
    ["observe.thresholds.lastSample", "5m", "6m"],
    ["observe.thresholds.ingestLatency", "30s", "40s"],
    ["observe.thresholds.writeErrorPercent", 1, 2],
    ["observe.thresholds.memoryPercent", 92, 93],
    ["observe.thresholds.nodeMemoryPercent", 90, 91],
    ["observe.thresholds.diskPercent", 85, 86],
    ["observe.thresholds.etcdSizePercent", 80, 81],
    ["observe.thresholds.restarts", 1, 2],
];

const identities: Change[] = [
    ["identities[0].name", "eu", "eu-1", { identities: people }],
    ["identities[0].labels", { cluster: "eu" }, { cluster: "eu-1" }, { identities: people }],
    ["identities[0].reads", "own", "all", { identities: people }],
    ["identities[0].writes", true, false, { identities: people }],
    ["identities[0].secretIn", [], ["monitoring"], { identities: people }],
    ["gateway.replicas", 1, 2, { identities: people }],
    ["gateway.memory", "64Mi", "65Mi", { identities: people }],
    ["gateway.cpu", "100m", "101m", { identities: people }],
    ["gateway.nodePort", undefined, 32600, { identities: people }],
    ["gateway.exclusive", true, false, { identities: people }],
    ["gateway.allowFrom", [], ["10.0.0.0/8"], { identities: people }],
    ["tls.etcd", false, true],
    ["tls.gateway", false, true, { identities: people }],
    ["networkPolicies.enabled", false, true],
    ["networkPolicies.allowFrom", [], ["10.0.0.0/8"], { "networkPolicies.enabled": true }],
];

const images: Change[] = ["m3dbnode", "m3coordinator", "m3query", "m3aggregator", "m3dbOperator", "etcd", "node"].map(
    (name) => [`images.${name}`, undefined, `example.org/${name.toLowerCase()}:v1`],
);

const planned = { load: { series: 1_000_000_000, scrapeInterval: "15s" } };
const asked = { ...planned, "load.queries": { perSecond: 10, series: 1_000_000, range: "24h" } };
const load: Change[] = [
    ["load.series", 1_000_000_000, 2_000_000_000, planned],
    ["load.scrapeInterval", "15s", "30s", planned],
    ["load.churnPercentPerHour", 0, 50, planned],
    ["load.prometheusServers", 1, 500, planned],
    ["load.queries.perSecond", 10, 20, asked],
    ["load.queries.series", 1_000_000, 2_000_000, asked],
    ["load.queries.range", "24h", "48h", asked],
];

const sent = { generator: { series: 10_000, role: "coordinator" } };
const shares = (counter: number, gauge: number, histogram: number) => ({ counter, gauge, histogram });
const generator: Change[] = [
    ["generator.kinds", shares(50, 30, 20), shares(40, 40, 20), sent],
    ["generator.workers", 1, 2, sent],
    ["generator.series", 10_000, 20_000, sent],
    ["generator.interval", "15s", "30s", sent],
    ["generator.labels", 4, 5, sent],
    ["generator.labelBytes", 12, 13, sent],
    ["generator.churn", 0, 5, sent],
    ["generator.tenants", 1, 2, sent],
    ["generator.replicas", 1, 2, sent],
    ["generator.batch", undefined, 1000, sent],
    ["generator.concurrency", 10, 20, sent],
    ["generator.timeout", "10s", "20s", sent],
    ["generator.run", "in-cluster", "other", sent],
    ["generator.role", "coordinator", "aggregator", sent],
    ["generator.memory", "256Mi", "257Mi", sent],
    ["generator.cpu", "500m", "501m", sent],
];

const kernel = { "kernel.version": "latest" };
const key = { url: "https://example.org/key", fingerprint: "0".repeat(40) };
const hosts: Change[] = [
    ["hosts.tuning", false, true],
    ["kernel.version", "latest", "6.12.1"],
    ["kernel.nodes", ["worker-1"], ["worker-2"], kernel],
    ["kernel.update", true, false, kernel],
    ["kernel.updateExcept", ["a"], ["b"], kernel],
    ["kernel.elrepo.keys[0].url", "https://a.example", "https://b.example", { ...kernel, "kernel.elrepo.keys": [key] }],
    ["kernel.elrepo.keys[0].fingerprint", "0".repeat(40), "1".repeat(40), { ...kernel, "kernel.elrepo.keys": [key] }],
    ["kernel.elrepo.release.el8.url", "https://a.example/a.rpm", "https://b.example/a.rpm", kernel],
    ["kernel.elrepo.release.el8.version", "1-1", "1-2", kernel],
    ["kernel.elrepo.release.el9.url", "https://a.example/a.rpm", "https://b.example/a.rpm", kernel],
    ["kernel.elrepo.release.el9.version", "1-1", "1-2", kernel],
    ["kernel.elrepo.kernelRepository", "a", "b", kernel],
    ["kernel.repositories", {}, { baseos: "http://a.example" }, kernel],
    ["kernel.proxy", undefined, "http://a.example:3128", kernel],
    ["kernel.safeBoot", true, false, kernel],
    ["roll.id", "a", "b"],
    ["roll.nodes", ["worker-1"], ["worker-2"], { "roll.id": "a" }],
];

export const changes: Change[] = [
    ...[...etcd, ...m3db, ...coordinator, ...query, ...aggregator, ...prometheus, ...observe, ...identities, ...images],
    ["images.nginx", undefined, "example.org/nginx:v1", { identities: people }],
    ...[...load, ...generator, ...hosts],
    ["isolation", "dedicated", "colocated"],
    ["namespace", "m3db", "metrics"],
];
