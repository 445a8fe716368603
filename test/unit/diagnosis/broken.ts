/** Environments with one trouble each, as answers to the checks' calls: what they looked like in the lab, in small. */
import type { HttpRequest, HttpResponse } from "../../../operations/access/http.ts";
import type { Pod } from "../../../operations/access/kubernetes.ts";
import { type Fake, node, now, pod } from "../operations/healthy.ts";

/** A fault, the trouble that is its root, and troubles that come of it. */
export interface Broken {
    title: string;
    root: string;
    about?: string[];
    consequences?: string[];
    cause?: RegExp;
    fix?: RegExp;
    inject(fake: Fake): void;
}

const silence: HttpResponse = { status: 503, body: "no endpoints available" };

/** Nothing of these pods answers. */
export function silent(fake: Fake, ...names: string[]): void {
    for (const key of fake.answers.keys()) {
        if (names.some((name) => key.includes(`/pods/${name}:`))) fake.answers.set(key, silence);
    }
}

export function unknownNode(fake: Fake, name: string): void {
    const index = fake.nodes.findIndex(({ metadata }) => metadata.name === name);
    fake.nodes[index] = {
        metadata: { name },
        status: { conditions: [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" }] },
    };
}

const podNamed = (fake: Fake, name: string): Pod | undefined =>
    Object.values(fake.pods)
        .flat()
        .find(({ metadata }) => metadata.name === name);

function unreadyPod(fake: Fake, name: string, waiting?: { reason: string; message?: string }): void {
    const status = podNamed(fake, name)?.status;
    if (!status) throw new Error(`no pod ${name}`);
    status.conditions = [{ type: "Ready", status: "False" }];
    const state = waiting ? { waiting } : {};
    status.containerStatuses = [{ name: "main", ready: false, restartCount: 0, state }];
}

function ended(fake: Fake, name: string, reason: string, exitCode: number): void {
    const status = podNamed(fake, name)?.status;
    if (!status) throw new Error(`no pod ${name}`);
    const finishedAt = new Date(now - 30_000).toISOString();
    status.containerStatuses = [
        { name: "main", ready: true, restartCount: 2, lastState: { terminated: { reason, exitCode, finishedAt } } },
    ];
}

/** Changes an answer of the coordinators inside the dbnodes; undefined: 404. */
function admin(fake: Fake, path: string, change: (text: string) => string | undefined): void {
    for (const name of fake.context.environment.cluster.pods) {
        const key = fake.podPath(name, 7201, path);
        const old = fake.answers.get(key);
        const answer = (request: HttpRequest) => {
            const text = typeof old === "function" ? old(request).body : (old?.body ?? "");
            const changed = change(text);
            return changed === undefined ? { status: 404, body: "not found" } : { status: 200, body: changed };
        };
        fake.answers.set(key, answer);
    }
}

/** Changes an answer of one dbnode's own API. */
function node9002(
    fake: Fake,
    name: string,
    path: string,
    change: (text: string, request: HttpRequest) => string,
): void {
    const key = fake.podPath(name, 9002, path);
    const old = fake.answers.get(key);
    fake.answers.set(key, (request) => {
        const answer = typeof old === "function" ? old(request) : (old ?? silence);
        return { ...answer, body: change(answer.body, request) };
    });
}

const m3db = "/api/v1/services/m3db";
const prometheus = "/api/v1/namespaces/monitoring/services/prometheus-server:80/proxy";

function prometheusConfig(fake: Fake, change: (yaml: string) => string): void {
    const key = `${prometheus}/api/v1/status/config`;
    const answer = fake.answers.get(key);
    const { data } = JSON.parse(typeof answer === "object" ? answer.body : "{}") as { data: { yaml: string } };
    fake.set(key, { data: { yaml: change(data.yaml) } });
}

function prometheusMetrics(fake: Fake, change: (text: string) => string): void {
    const key = `${prometheus}/metrics`;
    const answer = fake.answers.get(key);
    fake.answers.set(key, { status: 200, body: change(typeof answer === "object" ? answer.body : "") });
}

const silentPorts = ({ ports }: Fake, port: number) => {
    for (const key of [...ports.keys()].filter((one) => one.startsWith(`${port} `))) ports.delete(key);
};

export const broken: Broken[] = [
    {
        title: "a database node that is off",
        root: "node-down",
        about: ["worker-2"],
        consequences: ["etcd-member-down", "dbnode-down"],
        inject(fake) {
            unknownNode(fake, "worker-2");
            silent(fake, "etcd-1", "m3-cluster-rep1-0");
            unreadyPod(fake, "etcd-1");
            unreadyPod(fake, "m3-cluster-rep1-0");
        },
    },
    {
        title: "two database nodes that are off",
        root: "node-down",
        about: ["worker-1", "worker-2"],
        consequences: ["etcd-quorum-lost", "dbnode-majority-lost"],
        inject(fake) {
            for (const i of [0, 1]) {
                unknownNode(fake, `worker-${i + 1}`);
                silent(fake, `etcd-${i}`, `m3-cluster-rep${i}-0`);
            }
        },
    },
    {
        title: "a stopped kubelet on a database node",
        root: "kubelet-down",
        about: ["worker-2"],
        inject(fake) {
            unknownNode(fake, "worker-2");
            unreadyPod(fake, "etcd-1");
            unreadyPod(fake, "m3-cluster-rep1-0");
        },
    },
    {
        title: "a stopped kubelet on a coordinators' node",
        root: "kubelet-down",
        about: ["worker-5"],
        inject(fake) {
            unknownNode(fake, "worker-5");
            unreadyPod(fake, "m3query-b");
        },
    },
    {
        title: "a coordinators' node that is cut off",
        root: "node-down",
        about: ["worker-5"],
        consequences: ["service-not-ready"],
        inject(fake) {
            unknownNode(fake, "worker-5");
            silent(fake, "m3coordinator-b", "m3query-b");
        },
    },
    {
        title: "a node that is short of disk",
        root: "node-pressure",
        about: ["worker-3"],
        inject({ nodes }) {
            nodes[3] = node("worker-3");
            nodes[3].status?.conditions?.push({ type: "DiskPressure", status: "True" });
        },
    },
    {
        title: "a dbnode that was killed for want of memory and comes again",
        root: "dbnode-oom",
        about: ["m3-cluster-rep2-0"],
        consequences: ["dbnode-down"],
        inject(fake) {
            silent(fake, "m3-cluster-rep2-0");
            ended(fake, "m3-cluster-rep2-0", "OOMKilled", 137);
        },
    },
    {
        title: "a coordinator that is killed for want of memory again and again",
        root: "service-oom",
        about: ["m3coordinator-b"],
        consequences: ["service-not-ready"],
        inject(fake) {
            silent(fake, "m3coordinator-b");
            unreadyPod(fake, "m3coordinator-b", { reason: "CrashLoopBackOff", message: "back-off 20s" });
            const { waiting } = podNamed(fake, "m3coordinator-b")?.status?.containerStatuses?.[0]?.state ?? {};
            ended(fake, "m3coordinator-b", "OOMKilled", 137);
            const container = podNamed(fake, "m3coordinator-b")?.status?.containerStatuses?.[0];
            if (container && waiting) container.state = { waiting };
        },
    },
    {
        title: "a container that ends by itself",
        root: "crash-loop",
        about: ["m3query-a"],
        inject: (fake) => ended(fake, "m3query-a", "Error", 1),
    },
    {
        title: "an image that is not there",
        root: "image-unpullable",
        about: ["m3query-b"],
        consequences: ["service-not-ready"],
        inject(fake) {
            silent(fake, "m3query-b");
            unreadyPod(fake, "m3query-b", { reason: "ImagePullBackOff", message: "no such image" });
        },
    },
    {
        title: "a pod without a node",
        root: "pod-unschedulable",
        about: ["m3aggregator-0"],
        consequences: ["aggregator-no-leader"],
        inject(fake) {
            silent(fake, "m3aggregator-0");
            const status = podNamed(fake, "m3aggregator-0")?.status;
            if (status)
                status.conditions = [
                    { type: "Ready", status: "False" },
                    { type: "PodScheduled", status: "False", message: "0/7 nodes are available" },
                ];
        },
    },
    {
        title: "query scaled to 0",
        root: "workload-scaled-down",
        about: ["query"],
        consequences: ["nodeport-silent", "round-trip-fails", "aggregates-missing"],
        fix: /^`kubectl -n m3db scale deployment\/m3query --replicas=2`$/,
        inject(fake) {
            fake.pods["app=m3query"] = [];
            silentPorts(fake, 32558);
        },
    },
    {
        title: "coordinators scaled to 0, and Prometheus behind by minutes",
        root: "workload-scaled-down",
        about: ["coordinator"],
        consequences: ["remote-write-backlog", "round-trip-fails"],
        inject(fake) {
            fake.pods["app=m3coordinator"] = [];
            silentPorts(fake, 32555);
            silentPorts(fake, 32556);
            prometheusMetrics(fake, (text) => text.replace("1.795413598e+09", "1.795413400e+09"));
        },
    },
    {
        title: "two etcd members scaled away",
        root: "etcd-quorum-lost",
        about: ["etcd-0", "etcd-1", "etcd-2"],
        cause: /scaled down/,
        fix: /^`kubectl -n m3db scale statefulset\/etcd --replicas=3`$/,
        inject(fake) {
            fake.pods["app=etcd"]?.splice(1);
            silent(fake, "etcd-1", "etcd-2");
            fake.answers.set(fake.podPath("etcd-0", 2379, "/health"), { status: 503, body: '{"health":"false"}' });
            fake.set(fake.podPath("etcd-0", 2379, "/v3/maintenance/status"), {
                header: { cluster_id: "77", member_id: "1" },
                version: "3.4.23",
                errors: ["etcdserver: no leader"],
            });
            admin(fake, `${m3db}/placement`, () => undefined);
        },
    },
    {
        title: "one etcd member that does not answer",
        root: "etcd-member-down",
        about: ["etcd-2"],
        inject: (fake) => silent(fake, "etcd-2"),
    },
    {
        title: "etcd out of space, with every member calling itself unhealthy",
        root: "etcd-nospace",
        about: ["NOSPACE"],
        inject(fake) {
            for (const name of fake.context.environment.etcd.pods) {
                fake.set(fake.podPath(name, 2379, "/v3/maintenance/alarm"), {
                    alarms: [{ memberID: "2", alarm: "NOSPACE" }],
                });
                const health = { status: 503, body: '{"health":"false"}' };
                fake.answers.set(fake.podPath(name, 2379, "/health"), health);
                const status = fake.podPath(name, 2379, "/v3/maintenance/status");
                const old = fake.answers.get(status);
                const body = JSON.parse(typeof old === "object" ? old.body : "{}");
                fake.set(status, { ...body, errors: ["memberID:2 alarm:NOSPACE "] });
            }
        },
    },
    {
        title: "a corrupt etcd member",
        root: "etcd-corrupt",
        // Removed and added again, a member of m3perf's "new" would start under its old ID, which was removed.
        fix: /`m3perf etcd restore FILE`[\s\S]*the corrupt member alone[\s\S]*docs\/etcd\.md/,
        inject: (fake) =>
            fake.set(fake.podPath("etcd-0", 2379, "/v3/maintenance/alarm"), {
                alarms: [{ memberID: "2", alarm: "CORRUPT" }],
            }),
    },
    {
        title: "two of three dbnodes that do not answer",
        root: "dbnode-majority-lost",
        about: ["m3-cluster-rep1-0", "m3-cluster-rep2-0"],
        inject: (fake) => silent(fake, "m3-cluster-rep1-0", "m3-cluster-rep2-0"),
    },
    {
        title: "two of three dbnodes scaled away",
        root: "dbnode-majority-lost",
        cause: /scaled down/,
        fix: /^`kubectl -n m3db scale statefulset m3-cluster-rep1 m3-cluster-rep2 --replicas=1`$/,
        inject(fake) {
            silent(fake, "m3-cluster-rep1-0", "m3-cluster-rep2-0");
            fake.pods["operator.m3db.io/app=m3db"]?.splice(1);
        },
    },
    {
        title: "a dbnode that bootstraps",
        root: "dbnode-down",
        cause: /bootstrapping/,
        inject: (fake) =>
            fake.set(fake.podPath("m3-cluster-rep2-0", 9002, "/health"), {
                ok: true,
                status: "up",
                bootstrapped: false,
            }),
    },
    {
        title: "an instance that takes its shards over",
        root: "placement-unsettled",
        inject: (fake) =>
            admin(fake, `${m3db}/placement`, (text) => text.replace(/AVAILABLE(?!.*AVAILABLE)/, "INITIALIZING")),
    },
    {
        title: "a hang: pods up, no placement",
        root: "etcd-watch-hang",
        about: ["m3-cluster"],
        consequences: ["placement-unsettled"],
        cause: /the operator tries for 15 s/,
        fix: /m3perf free --namespace m3db --cluster m3-cluster/,
        inject(fake) {
            fake.set("/apis/operator.m3db.io/v1alpha1/namespaces/m3db/m3dbclusters", hanging("m3-cluster"));
            admin(fake, `${m3db}/placement`, () => undefined);
            admin(fake, `${m3db}/namespace`, () => '{"registry":{}}');
        },
    },
    {
        title: "an etcd that was emptied under a running environment",
        root: "etcd-emptied",
        about: ["m3-cluster"],
        consequences: ["placement-unsettled", "topic-missing", "aggregator-placement-missing"],
        cause: /^the placement was made and is gone: etcd was emptied or lost/,
        fix: /`m3perf etcd restore FILE`/,
        inject(fake) {
            const [cluster] = hanging("m3-cluster").items;
            const status = { conditions: [{ type: "PlacementInitialized", status: "True" }] };
            const items = [{ ...cluster, status }];
            fake.set("/apis/operator.m3db.io/v1alpha1/namespaces/m3db/m3dbclusters", { items });
            for (const service of ["m3db", "m3aggregator", "m3coordinator"])
                admin(fake, `/api/v1/services/${service}/placement`, () => undefined);
            admin(fake, `${m3db}/namespace`, () => '{"registry":{}}');
            admin(fake, "/api/v1/topic", () => undefined);
        },
    },
    {
        title: "no unaggregated namespace",
        root: "no-unaggregated-namespace",
        about: ["default"],
        inject: (fake) => admin(fake, `${m3db}/namespace`, (text) => text.replace('"default"', '"other"')),
    },
    {
        title: "an aggregated namespace that was deleted",
        root: "namespace-missing",
        about: ["metrics-10s_2d"],
        inject: (fake) => admin(fake, `${m3db}/namespace`, (text) => text.replace('"metrics-10s_2d"', '"other"')),
    },
    {
        title: "a namespace that nobody made ready",
        root: "namespace-not-ready",
        about: ["default"],
        inject: (fake) => admin(fake, `${m3db}/namespace`, (text) => text.replace("READY", "INITIALIZING")),
    },
    {
        title: "a namespace of another resolution",
        root: "namespace-changed",
        about: ["metrics-10s_2d"],
        inject: (fake) => admin(fake, `${m3db}/namespace`, (text) => text.replace("10000000000", "60000000000")),
    },
    {
        title: "topics that are not there",
        root: "topic-missing",
        about: ["aggregator_ingest", "aggregated_metrics"],
        inject: (fake) => admin(fake, "/api/v1/topic", () => undefined),
    },
    {
        title: "no placement of the aggregators",
        root: "aggregator-placement-missing",
        inject: (fake) => admin(fake, "/api/v1/services/m3aggregator/placement", () => undefined),
    },
    {
        title: "no placement of the coordinators",
        root: "coordinator-placement-missing",
        inject: (fake) => admin(fake, "/api/v1/services/m3coordinator/placement", () => undefined),
    },
    {
        title: "an aggregator that follows nobody",
        root: "aggregator-no-leader",
        about: ["m3aggregator-0"],
        inject: (fake) =>
            fake.set(fake.podPath("m3aggregator-0", 6001, "/status"), {
                status: { flushStatus: { electionState: "follower" } },
            }),
    },
    {
        title: "a coordinator with nothing ready",
        root: "service-not-ready",
        about: ["m3coordinator-b"],
        inject: (fake) => fake.set(fake.podPath("m3coordinator-b", 7201, "/ready"), {}),
    },
    {
        title: "a NodePort that nothing listens on",
        root: "nodeport-silent",
        about: ["query 32558"],
        consequences: ["round-trip-fails", "aggregates-missing"],
        inject: (fake) => silentPorts(fake, 32558),
    },
    {
        title: "a node whose clock is ahead",
        root: "clock-apart",
        about: ["worker-3"],
        inject({ answers }) {
            const date = new Date(now + 30_000).toUTCString();
            answers.set("/api/v1/nodes/worker-3/proxy/healthz", { status: 200, body: "ok", date });
        },
    },
    {
        title: "an etcd database that grows",
        root: "etcd-nearly-full",
        about: ["etcd-1"],
        inject: (fake) =>
            fake.set(fake.podPath("etcd-1", 2379, "/v3/maintenance/status"), {
                header: { cluster_id: "77", member_id: "2", revision: "120" },
                ...{ version: "3.4.23", leader: "2", raftTerm: "2", dbSize: "1900000000", dbSizeInUse: "1800000000" },
            }),
    },
    {
        title: "a replica that does not take writes",
        root: "replica-misses-writes",
        about: ["m3-cluster-rep1-0"],
        inject: (fake) =>
            node9002(fake, "m3-cluster-rep1-0", "/fetch", (text, { body }) =>
                JSON.stringify(body).includes("m3perf_verify") ? '{"datapoints":[]}' : text,
            ),
    },
    {
        title: "a replica that was away for two minutes",
        root: "replica-hole",
        about: ["m3-cluster-rep1-0"],
        inject: (fake) =>
            node9002(fake, "m3-cluster-rep1-0", "/fetch", (text) => {
                const { datapoints } = JSON.parse(text) as { datapoints: { timestamp: number }[] };
                const from = now - 900_000;
                return JSON.stringify({
                    datapoints: datapoints.filter(({ timestamp }) => timestamp < from || timestamp > from + 120_000),
                });
            }),
    },
    {
        title: "a Service of another selector",
        root: "endpoint-stale",
        about: ["m3coordinator"],
        inject(fake) {
            const key = "/apis/discovery.k8s.io/v1/namespaces/m3db/endpointslices";
            const answer = fake.answers.get(key);
            const { items } = JSON.parse(typeof answer === "object" ? answer.body : "{}");
            for (const slice of items)
                if (slice.metadata.labels["kubernetes.io/service-name"] === "m3coordinator") slice.endpoints = [];
            fake.set(key, { items });
        },
    },
    {
        title: "a gateway that lets everybody in",
        root: "gateway-changed",
        about: ["m3gateway-a"],
        inject(fake) {
            const selector = { app: "m3gateway" };
            fake.context.environment.gateway = {
                service: "m3gateway",
                url: "http://m3gateway.m3db:7210",
                workload: { kind: "Deployment", name: "m3gateway", replicas: 1, selector },
                exclusive: true,
                identities: [],
            };
            fake.pods["app=m3gateway"] = [pod("m3gateway-a", "worker-4")];
            for (const path of ["prom/remote/write", "prom/remote/read", "query", "labels"])
                fake.set(fake.podPath("m3gateway-a", 7210, `/api/v1/${path}`), { status: "success" });
        },
    },
    {
        title: "two replicas on one node",
        root: "pods-misplaced",
        about: ["m3coordinator-b"],
        inject({ pods }) {
            pods["app=m3coordinator"]?.splice(1, 1, pod("m3coordinator-b", "worker-4"));
        },
    },
    {
        title: "a database pod of an older specification",
        root: "update-unfinished",
        about: ["m3-cluster-rep0-0"],
        inject(fake) {
            const container = podNamed(fake, "m3-cluster-rep0-0")?.spec.containers?.[0];
            if (container) container.image = "quay.io/m3db/m3dbnode:v1.4.0";
        },
    },
    {
        title: "remote write aimed at m3query",
        root: "remote-write-to-query",
        consequences: ["prometheus-changed"],
        inject(fake) {
            const aim = (text: string) =>
                text.replaceAll("m3coordinator.m3db:7201/api/v1/prom/remote/write", queryWrite);
            prometheusConfig(fake, aim);
            prometheusMetrics(fake, aim);
        },
    },
    {
        title: "remote write taken out by other hands",
        root: "prometheus-changed",
        inject(fake) {
            prometheusConfig(fake, (yaml) => yaml.replace(/remote_write:\n- url: .*\n/, ""));
            prometheusMetrics(fake, () => "# nothing of remote write");
        },
    },
    {
        title: "a Prometheus that does not answer",
        root: "prometheus-not-answering",
        inject(fake) {
            for (const key of fake.answers.keys()) if (key.startsWith(prometheus)) fake.answers.set(key, silence);
        },
    },
    {
        title: "remote write that falls behind",
        root: "remote-write-backlog",
        inject: (fake) => prometheusMetrics(fake, (text) => text.replace("1.795413598e+09", "1.795413400e+09")),
    },
    {
        title: "samples that M3 refuses",
        root: "remote-write-refused",
        inject: (fake) => prometheusMetrics(fake, (text) => text.replace(/(samples_failed_total\{.*\}) 0/, "$1 700")),
    },
    {
        title: "series that do not arrive",
        root: "series-missing",
        inject({ ports }) {
            const query = ports.get("32558 /api/v1/query");
            ports.set("32558 /api/v1/query", (request) =>
                typeof query === "function" && !request.query?.query?.startsWith("max by (job)")
                    ? query(request)
                    : { status: 200, body: '{"status":"success","data":{"resultType":"vector","result":[]}}' },
            );
        },
    },
    {
        title: "an aggregator that flushes nothing",
        root: "aggregates-missing",
        inject({ ports }) {
            const query = ports.get("32558 /api/v1/query");
            ports.set("32558 /api/v1/query", (request) =>
                typeof query === "function" && !request.query?.query?.startsWith("up[")
                    ? query(request)
                    : { status: 200, body: '{"status":"success","data":{"resultType":"matrix","result":[]}}' },
            );
        },
    },
    {
        title: "Prometheus that cannot read from M3",
        root: "remote-read-fails",
        inject: (fake) => fake.set(`${prometheus}/api/v1/query`, { data: { resultType: "vector", result: [] } }),
    },
    {
        title: "writes that are refused",
        root: "round-trip-fails",
        consequences: [],
        inject: ({ ports }) => void ports.set("32555 /api/v1/json/write", { status: 500, body: "too few replicas" }),
    },
];

const queryWrite = "m3query.m3db:7201/api/v1/prom/remote/write";

const hanging = (name: string) => ({
    items: [
        {
            metadata: { name, namespace: "m3db" },
            spec: { isolationGroups: [{ numInstances: 3 }], namespaces: [{ name: "default" }] },
        },
    ],
});
