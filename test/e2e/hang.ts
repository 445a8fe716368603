/**
 * One small M3DB cluster beside the environment's (one replica, an etcd of its own, an external coordinator of its own), made the
 * way that hangs. It runs on the lab's repository.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adminConfig } from "../../components/m3/config/admin.ts";
import { configFile } from "../../components/m3/config/file.ts";
import type { M3Identity } from "../../components/m3/identity.ts";
import { type HttpRequest, jsonOf } from "../../operations/access/http.ts";
import type { Kubernetes } from "../../operations/access/kubernetes.ts";
import type { Namespaces, QueryAnswer } from "../../operations/access/m3.ts";
import { images } from "../../settings/images.ts";
import { waitFor } from "../../support/wait.ts";
import { kubectl } from "./environment.ts";

const api = "/api/v1/services/m3db";

export class Hang {
    readonly identity: M3Identity;
    readonly pod: string;
    readonly #kubernetes: Kubernetes;

    constructor(kubernetes: Kubernetes, namespace: string, cluster: string) {
        this.#kubernetes = kubernetes;
        this.pod = `${cluster}-rep0-0`;
        this.identity = {
            namespace,
            cluster,
            environment: `${namespace}/${cluster}`,
            zone: "embedded",
            etcdEndpoints: [`http://${cluster}-etcd.${namespace}:2379`],
        };
    }

    /** etcd, and the external coordinator with so many replicas; waits for what is to run. */
    async prepare(coordinators: 0 | 1): Promise<void> {
        const { namespace, cluster } = this.identity;
        await apply([
            ...workload(this.identity, `${cluster}-etcd`, 1, etcdContainer, [2379]),
            {
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: meta(this.identity, `${cluster}-admin`),
                data: { "m3.yml": configFile(adminConfig(this.identity)) },
            },
            ...workload(this.identity, `${cluster}-admin`, coordinators, adminContainer(this.identity), [7201]),
        ]);
        await kubectl("-n", namespace, "rollout", "status", `deployment/${cluster}-etcd`, "--timeout=120s");
        if (coordinators > 0) await this.startCoordinator();
    }

    async startCoordinator(): Promise<void> {
        const { namespace, cluster } = this.identity;
        await kubectl("-n", namespace, "scale", `deployment/${cluster}-admin`, "--replicas=1");
        await kubectl("-n", namespace, "rollout", "status", `deployment/${cluster}-admin`, "--timeout=120s");
    }

    /** Gives the M3DBCluster to the operator. */
    async create(): Promise<void> {
        await apply([this.#cluster()]);
    }

    /** What some guides do first, and what makes cause 2. */
    async initPlacement(): Promise<void> {
        const { cluster, zone } = this.identity;
        const hostname = `${this.pod}.m3dbnode-${cluster}`;
        const instance = {
            id: JSON.stringify({ name: this.pod }),
            isolation_group: "rep0",
            zone,
            weight: 100,
            endpoint: `${hostname}:9000`,
            hostname,
            port: 9000,
        };
        const body = { num_shards: 4, replication_factor: 1, instances: [instance] };
        const { status, body: text } = await this.coordinator(`${api}/placement/init`, { method: "POST", body });
        assert.equal(status, 200, text);
    }

    coordinator(path: string, request: HttpRequest = {}) {
        const { namespace, cluster, environment } = this.identity;
        const headers = { "Cluster-Environment-Name": environment };
        return this.#kubernetes.service(namespace, `${cluster}-admin`, 7201, path, { ...request, headers });
    }

    /** The coordinator inside the database pod. */
    database(path: string, request: HttpRequest = {}) {
        return this.#kubernetes.pod(this.identity.namespace, this.pod, 7201, path, request);
    }

    async ready(): Promise<boolean> {
        const [pod] = await this.#kubernetes.pods(this.identity.namespace, {
            "operator.m3db.io/cluster": this.identity.cluster,
            "operator.m3db.io/component": "m3dbnode",
        });
        return pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
    }

    async hasPlacement(): Promise<boolean> {
        return (await this.coordinator(`${api}/placement`)).status === 200;
    }

    /** Namespaces with their staging state. */
    async namespaces(): Promise<Record<string, string>> {
        const { registry } = jsonOf<Namespaces>(await this.coordinator(`${api}/namespace`), "namespaces");
        const entries = Object.entries(registry.namespaces ?? {});
        return Object.fromEntries(entries.map(([name, { stagingState }]) => [name, stagingState?.status ?? "UNKNOWN"]));
    }

    write(value: number, timestamp: number) {
        const body = { tags: { __name__: "hang_probe", site: "lab" }, timestamp: String(timestamp), value };
        return this.database("/api/v1/json/write", { method: "POST", body });
    }

    /** A sample written through the cluster's own coordinator and read back from the database. */
    async writesAndReads(): Promise<void> {
        const time = Math.floor(Date.now() / 1000);
        const value = time % 1000;
        await waitFor({ what: "a write to be acknowledged", timeout: 60, every: 1 }, async () => {
            const { status, body } = await this.write(value, time);
            assert.equal(status, 200, body);
            return true;
        });
        await waitFor({ what: "the sample to be read", timeout: 30, every: 1 }, async () => {
            const query = { query: 'hang_probe{site="lab"}[2m]', time: String(Math.floor(Date.now() / 1000) + 1) };
            const { data } = jsonOf<QueryAnswer>(await this.database("/api/v1/query", { query }), "query");
            const values = data?.result[0]?.values ?? [];
            assert.ok(
                values.some(([at, text]) => at === time && Number(text) === value),
                JSON.stringify(data),
            );
            return true;
        });
    }

    async remove(): Promise<void> {
        const { namespace, cluster } = this.identity;
        await kubectl("-n", namespace, "delete", "m3dbcluster", cluster, "--ignore-not-found", "--timeout=60s");
        await kubectl("-n", namespace, "delete", "deployments,services,configmaps", "-l", `hang=${cluster}`);
        await kubectl("-n", namespace, "wait", "--for=delete", `pod/${this.pod}`, "--timeout=120s");
    }

    #cluster() {
        const { namespace, cluster, etcdEndpoints } = this.identity;
        const memory = { requests: { cpu: "50m", memory: "900Mi" }, limits: { memory: "1200Mi" } };
        return {
            apiVersion: "operator.m3db.io/v1alpha1",
            kind: "M3DBCluster",
            metadata: { name: cluster, namespace },
            spec: {
                image: images.m3dbnode,
                replicationFactor: 1,
                numberOfShards: 4,
                keepEtcdDataOnDelete: true,
                etcdEndpoints,
                externalCoordinator: {
                    selector: { app: `${cluster}-admin` },
                    serviceEndpoint: `${cluster}-admin.${namespace}:7201`,
                },
                isolationGroups: [
                    {
                        name: "rep0",
                        numInstances: 1,
                        // The environment's database pods suffer no other on their nodes (usePodAntiAffinity).
                        nodeAffinityTerms: [{ key: "kubernetes.io/hostname", values: ["repository"] }],
                    },
                ],
                podIdentityConfig: { sources: [] },
                securityContext: { runAsUser: 0, allowPrivilegeEscalation: false },
                containerResources: memory,
                envVars: [
                    { name: "GOMEMLIMIT", value: "800MiB" },
                    { name: "GOGC", value: "50" },
                ],
                namespaces: [{ name: "default", options: namespaceOptions }],
            },
        };
    }
}

const namespaceOptions = {
    bootstrapEnabled: true,
    flushEnabled: true,
    writesToCommitLog: true,
    cleanupEnabled: true,
    snapshotEnabled: true,
    retentionOptions: {
        retentionPeriod: "6h",
        blockSize: "2h",
        bufferFuture: "10m",
        bufferPast: "20m",
        blockDataExpiry: true,
        blockDataExpiryAfterNotAccessPeriod: "5m",
    },
    indexOptions: { enabled: true, blockSize: "2h" },
    aggregationOptions: { aggregations: [{ attributes: {} }] },
};

const meta = ({ namespace, cluster }: M3Identity, name: string) => ({ name, namespace, labels: { hang: cluster } });

function workload(identity: M3Identity, name: string, replicas: number, pod: object, ports: number[]): object[] {
    const labels = { app: name };
    return [
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: meta(identity, name),
            spec: {
                replicas,
                selector: { matchLabels: labels },
                template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, ...pod } },
            },
        },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: meta(identity, name),
            spec: { selector: labels, ports: ports.map((port) => ({ name: `p${port}`, port })) },
        },
    ];
}

const etcdContainer = {
    containers: [
        {
            name: "etcd",
            image: images.etcd,
            command: ["etcd"],
            args: [
                "--data-dir=/tmp/etcd",
                "--listen-client-urls=http://0.0.0.0:2379",
                "--advertise-client-urls=http://127.0.0.1:2379",
            ],
            readinessProbe: { httpGet: { path: "/health", port: 2379 }, periodSeconds: 1 },
            resources: { requests: { cpu: "20m", memory: "96Mi" }, limits: { memory: "96Mi" } },
            volumeMounts: [{ name: "data", mountPath: "/tmp/etcd" }],
        },
    ],
    volumes: [{ name: "data", emptyDir: {} }],
};

function adminContainer({ cluster, environment }: M3Identity) {
    const httpHeaders = [{ name: "Cluster-Environment-Name", value: environment }];
    return {
        containers: [
            {
                name: "admin",
                image: images.m3coordinator,
                command: ["m3coordinator", "-f", "/etc/m3/m3.yml"],
                env: [{ name: "GOMEMLIMIT", value: "400MiB" }],
                readinessProbe: { httpGet: { path: `${api}/namespace`, port: 7201, httpHeaders }, periodSeconds: 1 },
                resources: { requests: { cpu: "20m", memory: "256Mi" }, limits: { memory: "512Mi" } },
                volumeMounts: [
                    { name: "config", mountPath: "/etc/m3" },
                    { name: "kv-cache", mountPath: "/var/lib/m3kv" },
                ],
            },
        ],
        volumes: [
            { name: "config", configMap: { name: `${cluster}-admin` } },
            { name: "kv-cache", emptyDir: {} },
        ],
    };
}

async function apply(items: object[]): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "m3perf-hang-"));
    try {
        const file = join(folder, "objects.json");
        await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
        await kubectl("apply", "--server-side", "-f", file);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}
