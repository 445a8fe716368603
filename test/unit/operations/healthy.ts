/**
 * A cluster in which all is well, as answers to the HTTP calls that checks make; a test changes the answers it is about.
 * The answers have the form that etcd 3.4, M3 1.5 and Prometheus 2.42 gave.
 */
import type { HttpRequest, HttpResponse } from "../../../operations/access/http.ts";
import { type EndpointSlice, kubernetesOver, type Node, type Pod } from "../../../operations/access/kubernetes.ts";
import type { CheckContext } from "../../../operations/checks/check.ts";
import type { Environment } from "../../../settings/environment.ts";

export const now = Date.parse("2026-11-23T06:00:00Z");

export const environment: Environment = {
    version: 1,
    stack: "dev",
    site: "lab",
    kubeconfig: "/nowhere/kubeconfig",
    context: null,
    namespace: "m3db",
    nodes: [
        { name: "master", address: "10.0.0.1", roles: ["master"] },
        { name: "worker-1", address: "10.0.0.2", roles: ["m3db"], isolationGroup: "rep0" },
        { name: "worker-2", address: "10.0.0.3", roles: ["m3db"], isolationGroup: "rep1" },
        { name: "worker-3", address: "10.0.0.4", roles: ["m3db"], isolationGroup: "rep2" },
        { name: "worker-4", address: "10.0.0.5", roles: ["coordinator", "aggregator"] },
        { name: "worker-5", address: "10.0.0.6", roles: ["coordinator"] },
    ],
    etcd: {
        statefulSet: "etcd",
        pods: ["etcd-0", "etcd-1", "etcd-2"],
        endpoints: ["http://etcd-0.etcd.m3db:2379", "http://etcd-1.etcd.m3db:2379", "http://etcd-2.etcd.m3db:2379"],
        selector: { app: "etcd" },
    },
    operator: { workload: "m3db-operator", selector: { app: "m3db-operator" } },
    cluster: {
        name: "m3-cluster",
        m3Environment: "m3db/m3-cluster",
        zone: "embedded",
        pods: ["m3-cluster-rep0-0", "m3-cluster-rep1-0", "m3-cluster-rep2-0"],
        replicationFactor: 3,
        numberOfShards: 4,
        isolationGroups: ["rep0", "rep1", "rep2"],
        namespaces: [
            { name: "default", retention: "48h" },
            { name: "metrics-10s_2d", retention: "48h", resolution: "10s" },
        ],
        selector: { "operator.m3db.io/app": "m3db" },
    },
    coordinator: {
        service: "m3coordinator",
        url: "http://m3coordinator.m3db:7201",
        workload: { kind: "Deployment", name: "m3coordinator", replicas: 2, selector: { app: "m3coordinator" } },
        nodePort: 32555,
        metricsNodePort: 32556,
    },
    query: {
        service: "m3query",
        url: "http://m3query.m3db:7201",
        workload: { kind: "Deployment", name: "m3query", replicas: 2, selector: { app: "m3query" } },
        nodePort: 32558,
    },
    aggregator: {
        service: "m3aggregator",
        url: "http://m3aggregator.m3db:6001",
        workload: { kind: "StatefulSet", name: "m3aggregator", replicas: 1, selector: { app: "m3aggregator" } },
        metricsNodePort: 32330,
    },
    topics: [
        { name: "aggregator_ingest", consumer: "m3aggregator", environment: "default_env" },
        { name: "aggregated_metrics", consumer: "m3coordinator", environment: "default_env" },
    ],
    prometheus: {
        namespace: "monitoring",
        deployment: "prometheus-server",
        configMap: "prometheus-server",
        configKey: "prometheus.yml",
        service: "prometheus-server",
        port: 80,
        remoteWriteUrl: "http://m3coordinator.m3db:7201/api/v1/prom/remote/write",
        remoteReadUrl: "http://m3query.m3db:7201/api/v1/prom/remote/read",
        readRecent: true,
    },
};

export function pod(name: string, node: string, labels: Record<string, string> = {}): Pod {
    return {
        metadata: { name, labels },
        spec: { nodeName: node },
        status: {
            phase: "Running",
            conditions: [{ type: "Ready", status: "True" }],
            containerStatuses: [{ name: "main", ready: true, restartCount: 0 }],
        },
    };
}

export function node(name: string): Node {
    return {
        metadata: { name },
        status: {
            conditions: [
                { type: "MemoryPressure", status: "False" },
                { type: "Ready", status: "True" },
            ],
        },
    };
}

/** What the M3DBCluster asks of every database pod. */
export const m3dbSpec = {
    image: "quay.io/m3db/m3dbnode:v1.5.0",
    containerResources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "1Gi" } },
    envVars: [{ name: "GOGC", value: "75" }],
};

/** A database pod as the operator makes it: the container has the StatefulSet's name. */
function dbnode(i: number): Pod {
    const set = `m3-cluster-rep${i}`;
    const made = pod(`${set}-0`, `worker-${i + 1}`, {
        "operator.m3db.io/isolation-group": `rep${i}`,
        "operator.m3db.io/stateful-set": set,
    });
    const own = [
        { name: "NAMESPACE", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } } },
        { name: "M3CLUSTER_ENVIRONMENT", value: "m3db/m3-cluster" },
    ];
    const { image, containerResources, envVars } = structuredClone(m3dbSpec);
    made.spec.containers = [{ name: set, image, env: [...own, ...envVars], resources: containerResources }];
    return made;
}

/** As the endpoint controller makes them: a pod of a headless Service has its name for a hostname there. */
function endpointSlices(): EndpointSlice[] {
    const slice = (service: string, pods: [name: string, node: string][], headless: boolean): EndpointSlice => ({
        metadata: { name: `${service}-x`, labels: { "kubernetes.io/service-name": service } },
        endpoints: pods.map(([name, nodeName]) => ({
            addresses: ["10.1.0.1"],
            nodeName,
            conditions: { ready: true },
            targetRef: { kind: "Pod", name },
            ...(headless ? { hostname: name } : {}),
        })),
    });
    const { pods } = environment.cluster;
    return [
        slice(
            "m3dbnode-m3-cluster",
            pods.map((name, i) => [name, `worker-${i + 1}`]),
            true,
        ),
        slice("m3aggregator", [["m3aggregator-0", "worker-4"]], true),
        slice("m3coordinator", [["m3coordinator-a", "worker-4"]], false),
    ];
}

const shards = (state: string) => [0, 1, 2, 3].map((id) => ({ id, state }));
const json = (body: unknown): HttpResponse => ({ status: 200, body: JSON.stringify(body) });

interface Written {
    tags: Record<string, string>;
    timestamp: number;
    value: number;
}

/** `up` of targets that Prometheus has scraped every 10 s for the last half hour and more. */
const scraped = ["a", "b", "c"].map((instance) => ({ __name__: "up", instance }));
/** Their ids. */
export const scrapedIds = scraped.map(idOf);

/** Of a dbnode's metrics page. */
export const openFiles = (open: number, limit: number) => `process_max_fds ${limit}\nprocess_num_fds ${open}\n`;

/** As M3's node API answers (dbnode/network/server/httpjson): from this node's own copy, which has everything. */
function dbnodeApi(answers: Fake["answers"], at: (path: string) => string, written: Written[]): void {
    answers.set(at("/fetchbatchraw"), ({ body }) =>
        json({ elements: (body as { ids: string[] }).ids.map(() => ({ segments: [] })) }),
    );
    answers.set(at("/fetch"), ({ body }) => {
        const { id, rangeStart, rangeEnd } = body as { id: string; rangeStart: number; rangeEnd: number };
        const own = written
            .filter(({ tags, timestamp }) => idOf(tags) === id && timestamp >= rangeStart && timestamp < rangeEnd)
            .map(({ timestamp, value }) => ({ timestamp: timestamp * 1000, value }));
        const times = scrapedIds.includes(id) ? rangeEnd - rangeStart : 0;
        const every10 = Array.from({ length: times / 10 }, (_, i) => ({
            timestamp: (rangeStart + i * 10) * 1000,
            value: 1,
        }));
        return json({ datapoints: [...own, ...every10] });
    });
}

/** M3's id scheme "quoted". */
function idOf(tags: Record<string, string>): string {
    const pairs = Object.entries(tags).map(([name, value]) => `${name}="${value}"`);
    return `{${pairs.join(",")}}`;
}

export interface Fake {
    context: CheckContext;
    pods: Record<string, Pod[]>;
    nodes: Node[];
    /** Answers by path as the API server sees it, without the query; a function gets the request. */
    answers: Map<string, HttpResponse | ((request: HttpRequest) => HttpResponse)>;
    /** Answers by "port path" of NodePorts, the same at every node. */
    ports: Map<string, HttpResponse | ((request: HttpRequest) => HttpResponse)>;
    /** Changes one answer of JSON. */
    set(path: string, body: unknown, status?: number): void;
    podPath(name: string, port: number, path: string): string;
}

export function healthy(): Fake {
    const podPath = (name: string, port: number, path: string) =>
        `/api/v1/namespaces/m3db/pods/${name}:${port}/proxy${path}`;
    const prometheus = (path: string) => `/api/v1/namespaces/monitoring/services/prometheus-server:80/proxy${path}`;
    const answers: Fake["answers"] = new Map();
    const ports: Fake["ports"] = new Map();
    const pods: Fake["pods"] = {
        "app=etcd": [pod("etcd-0", "worker-1"), pod("etcd-1", "worker-2"), pod("etcd-2", "worker-3")],
        "app=m3db-operator": [pod("m3db-operator-x", "worker-4")],
        "operator.m3db.io/app=m3db": [0, 1, 2].map(dbnode),
        "app=m3coordinator": [pod("m3coordinator-a", "worker-4"), pod("m3coordinator-b", "worker-5")],
        "app=m3query": [pod("m3query-a", "worker-4"), pod("m3query-b", "worker-5")],
        "app=m3aggregator": [pod("m3aggregator-0", "worker-4")],
    };
    pods["operator.m3db.io/cluster=m3-cluster,operator.m3db.io/component=m3dbnode"] = [0, 1, 2].map(dbnode);
    const nodes = environment.nodes.map(({ name }) => node(name));
    const date = new Date(now).toUTCString();
    for (const { name } of environment.nodes) {
        answers.set(`/api/v1/nodes/${name}/proxy/healthz`, { status: 200, body: "ok", date });
    }
    answers.set("/apis/discovery.k8s.io/v1/namespaces/m3db/endpointslices", json({ items: endpointSlices() }));

    const members = environment.etcd.pods.map((name, i) => ({ ID: String(i + 1), name, clientURLs: [], peerURLs: [] }));
    environment.etcd.pods.forEach((name, i) => {
        const header = { cluster_id: "77", member_id: String(i + 1), revision: "120", raft_term: "2" };
        answers.set(podPath(name, 2379, "/v3/cluster/member/list"), json({ header, members }));
        answers.set(podPath(name, 2379, "/health"), { status: 200, body: '{"health":"true"}' });
        answers.set(
            podPath(name, 2379, "/v3/maintenance/status"),
            json({ header, version: "3.4.23", leader: "2", raftTerm: "2", dbSize: "1048576", dbSizeInUse: "524288" }),
        );
        answers.set(podPath(name, 2379, "/v3/maintenance/alarm"), json({ header }));
    });

    const instances = Object.fromEntries(
        environment.cluster.pods.map((name, i) => [
            name,
            {
                id: name,
                isolationGroup: `rep${i}`,
                endpoint: `${name}.m3dbnode-m3-cluster:9000`,
                shards: shards("AVAILABLE"),
            },
        ]),
    );
    answers.set(
        "/apis/operator.m3db.io/v1alpha1/namespaces/m3db/m3dbclusters/m3-cluster",
        json({ metadata: { name: "m3-cluster" }, spec: m3dbSpec }),
    );
    answers.set(
        "/apis/operator.m3db.io/v1alpha1/namespaces/m3db/m3dbclusters",
        json({
            items: [
                {
                    metadata: { name: "m3-cluster", namespace: "m3db" },
                    spec: {
                        ...m3dbSpec,
                        isolationGroups: environment.cluster.isolationGroups.map((name) => ({ name, numInstances: 1 })),
                        namespaces: environment.cluster.namespaces.map(({ name }) => ({ name })),
                    },
                },
            ],
        }),
    );
    const kept = {
        ...{ retentionPeriodNanos: "172800000000000", blockSizeNanos: "7200000000000" },
        bufferPastNanos: "1200000000000",
    };
    const indexed = { blockSizeNanos: "7200000000000" };
    const topic = ({ headers }: HttpRequest) => {
        const found = environment.topics.find(({ name }) => name === headers?.["Topic-Name"]);
        if (found?.environment !== headers?.["Cluster-Environment-Name"]) return { status: 404, body: "{}" };
        if (!found) return { status: 404, body: "{}" };
        const serviceId = { name: found.consumer, environment: "m3db/m3-cluster", zone: "embedded" };
        return json({ topic: { name: found.name, numberOfShards: 4, consumerServices: [{ serviceId }] }, version: 2 });
    };
    for (const name of environment.cluster.pods) {
        answers.set(podPath(name, 9002, "/health"), json({ ok: true, status: "up", bootstrapped: true }));
        answers.set(podPath(name, 9002, "/bootstrapped"), json({}));
        answers.set(podPath(name, 9004, "/metrics"), { status: 200, body: openFiles(900, 1_048_576) });
        const admin = (path: string) => podPath(name, 7201, path);
        answers.set(
            admin("/api/v1/services/m3db/placement"),
            json({ placement: { instances, replicaFactor: 3, numShards: 4, isSharded: true } }),
        );
        answers.set(
            admin("/api/v1/services/m3aggregator/placement"),
            json({
                placement: {
                    instances: {
                        a: {
                            id: "m3aggregator-0",
                            endpoint: "m3aggregator-0.m3aggregator:6000",
                            shards: shards("INITIALIZING"),
                        },
                    },
                    replicaFactor: 1,
                    numShards: 4,
                },
            }),
        );
        answers.set(
            admin("/api/v1/services/m3coordinator/placement"),
            json({
                placement: { instances: { m3coordinator: { id: "m3coordinator", endpoint: "m3coordinator:7507" } } },
            }),
        );
        answers.set(
            admin("/api/v1/services/m3db/namespace"),
            json({
                registry: {
                    namespaces: {
                        default: {
                            retentionOptions: kept,
                            indexOptions: indexed,
                            stagingState: { status: "READY" },
                            aggregationOptions: { aggregations: [{ aggregated: false, attributes: null }] },
                        },
                        "metrics-10s_2d": {
                            retentionOptions: kept,
                            indexOptions: indexed,
                            stagingState: { status: "READY" },
                            aggregationOptions: {
                                aggregations: [{ aggregated: true, attributes: { resolutionNanos: "10000000000" } }],
                            },
                        },
                    },
                },
            }),
        );
        answers.set(admin("/api/v1/topic"), topic);
    }

    const all = environment.cluster.namespaces.map(({ name }) => ({ id: name }));
    for (const name of ["m3coordinator-a", "m3coordinator-b", "m3query-a", "m3query-b"]) {
        answers.set(podPath(name, 7201, "/ready"), json({ readyReads: all, readyWrites: all }));
    }
    answers.set(podPath("m3aggregator-0", 6001, "/health"), json({ state: "OK" }));
    answers.set(
        podPath("m3aggregator-0", 6001, "/status"),
        json({ status: { flushStatus: { electionState: "leader", canLead: true } } }),
    );

    // M3's data: what is written through the coordinators is what the query service has.
    const written: Written[] = [];
    ports.set("32555 /health", json({ uptime: "1m" }));
    ports.set("32558 /health", json({ uptime: "1m" }));
    ports.set("32556 /metrics", { status: 200, body: "# TYPE a counter\na 1\n" });
    ports.set("32330 /metrics", { status: 200, body: "# TYPE a counter\na 1\n" });
    const write = ({ body }: HttpRequest) => {
        const { tags, timestamp, value } = body as { tags: Record<string, string>; timestamp: string; value: number };
        written.push({ tags, timestamp: Number(timestamp), value });
        return { status: 200, body: "" };
    };
    ports.set("32555 /api/v1/json/write", write);
    for (const name of ["m3coordinator-a", "m3coordinator-b"]) {
        answers.set(podPath(name, 7201, "/api/v1/json/write"), write);
    }
    for (const name of ["m3query-a", "m3query-b"]) {
        answers.set(podPath(name, 7201, "/api/v1/query"), ({ query }) => {
            const metric = query?.query?.split("[")[0];
            const found = written.filter(({ tags }) => tags.__name__ === metric);
            const result = found.map(({ tags, timestamp, value }) => ({
                metric: tags,
                values: [[timestamp, String(value)]],
            }));
            return json({ status: "success", data: { resultType: "matrix", result } });
        });
    }
    for (const name of environment.cluster.pods) dbnodeApi(answers, (path) => podPath(name, 9002, path), written);
    ports.set("32558 /api/v1/query", ({ query, headers }) => {
        if (query?.query?.startsWith("up[")) {
            const there = headers?.["M3-Storage-Policy"] === "10s:48h" && headers["M3-Metrics-Type"] === "aggregated";
            const result = there ? [{ metric: { job: "m3db" }, values: [[now / 1000 - 12, "1"]] }] : [];
            return json({ status: "success", data: { resultType: "matrix", result } });
        }
        if (query?.query === "up") {
            const result = scraped.map((metric) => ({ metric, value: [Number(query.time), "1"] }));
            return json({ status: "success", data: { resultType: "vector", result } });
        }
        if (query?.query?.startsWith("third_avenue")) {
            const found = written.filter(({ tags }) => tags.__name__ === "third_avenue");
            const result = found.map(({ tags, timestamp, value }) => ({
                metric: tags,
                values: [[timestamp, String(value)]],
            }));
            return json({ status: "success", data: { resultType: "matrix", result } });
        }
        const result = ["prometheus", "m3db"].map((job) => ({
            metric: { job },
            value: [now / 1000, String(now / 1000 - 5)],
        }));
        return json({ status: "success", data: { resultType: "vector", result } });
    });

    const { remoteWriteUrl, remoteReadUrl } = environment.prometheus;
    const config = `global:\n  external_labels:\n    cluster: lab\nremote_write:\n- url: ${remoteWriteUrl}\nremote_read:\n- url: ${remoteReadUrl}\n  read_recent: true\n`;
    answers.set(prometheus("/api/v1/status/config"), json({ status: "success", data: { yaml: config } }));
    answers.set(prometheus("/api/v1/status/flags"), json({ status: "success", data: { agent: "false" } }));
    answers.set(
        prometheus("/api/v1/targets"),
        json({
            data: {
                activeTargets: ["prometheus", "m3db", "m3db"].map((job) => ({
                    labels: { job },
                    health: "up",
                    scrapeInterval: "10s",
                })),
            },
        }),
    );
    const labels = `{remote_name="m3",url="${remoteWriteUrl}"}`;
    answers.set(prometheus("/metrics"), {
        status: 200,
        body: [
            "# HELP prometheus_remote_storage_samples_total …",
            `prometheus_remote_storage_samples_total${labels} 1200`,
            `prometheus_remote_storage_samples_failed_total${labels} 0`,
            `prometheus_remote_storage_samples_pending${labels} 3`,
            "prometheus_remote_storage_highest_timestamp_in_seconds 1.7954136e+09",
            `prometheus_remote_storage_queue_highest_sent_timestamp_seconds${labels} 1.795413598e+09`,
        ].join("\n"),
    });
    answers.set(prometheus("/api/v1/query"), ({ query }) => {
        const run = /run="(\w+)"/.exec(query?.query ?? "")?.[1];
        // As Prometheus does: only series that carry its external labels.
        const marker = written.find(({ tags }) => tags.run === run && tags.cluster === "lab");
        const result = marker ? [{ metric: {}, value: [marker.timestamp, String(marker.value)] }] : [];
        return json({ status: "success", data: { resultType: "vector", result } });
    });

    const answerFrom = (
        from: Fake["answers"],
        key: string,
        request: HttpRequest,
        absent: HttpResponse,
    ): HttpResponse => {
        const answer = from.get(key) ?? absent;
        return typeof answer === "function" ? answer(request) : answer;
    };
    const kubernetes = kubernetesOver(async (path, request) => {
        if (path === "/api/v1/nodes") return json({ items: nodes });
        if (path.endsWith("/pods")) return json({ items: pods[request.query?.labelSelector ?? ""] ?? [] });
        return answerFrom(answers, path, request, { status: 503, body: "no endpoints available" });
    });
    return {
        pods,
        nodes,
        answers,
        ports,
        podPath,
        set: (path, body, status = 200) => answers.set(path, { status, body: JSON.stringify(body) }),
        context: {
            environment: structuredClone(environment),
            kubernetes,
            now: () => now,
            pause: async () => {},
            async nodePort(_address, port, path, request = {}) {
                if (![...ports.keys()].some((key) => key.startsWith(`${port} `))) throw new Error("connection refused");
                return answerFrom(ports, `${port} ${path}`, request, { status: 404, body: "not found" });
            },
        },
    };
}
