/**
 * One M3DB cluster of real processes (etcd, m3dbnode with the coordinator in it, the external m3coordinator), the operator that the
 * lab has, and Kubernetes in memory between them. Only the nodes are missing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { adminConfig } from "../../../components/m3/config/admin.ts";
import { silent } from "../../../lab/operator/log.ts";
import { m3Admin } from "../../../lab/operator/m3admin.ts";
import { reconcileCluster } from "../../../lab/operator/reconcile/cluster.ts";
import { type HttpRequest, type HttpResponse, send } from "../../../operations/access/http.ts";
import { type Kubernetes, kubernetesOver } from "../../../operations/access/kubernetes.ts";
import { waitFor } from "../../../support/wait.ts";
import { freePort } from "../../support/apiserver.ts";
import { bound } from "../../support/bound.ts";
import { m3Command } from "../../support/m3-command.ts";
import { makeCluster, makeWorld, readySets, type World } from "../../unit/operator/fixtures.ts";

const environment = "m3db/m3-cluster";
const pod = "m3-cluster-rep0-0";
export const headers = { "Cluster-Environment-Name": environment };

export class RealCluster {
    readonly kubernetes: Kubernetes = kubernetesOver((path, request) => this.#answer(path, request));
    readonly #dir = mkdtempSync(join(tmpdir(), "m3perf-real-m3-"));
    readonly #children = new Map<string, ChildProcess>();
    readonly #ports: Record<string, number> = {};
    readonly #world: World;

    private constructor(ports: Record<string, number>) {
        this.#ports = ports;
        this.#world = makeWorld(
            makeCluster({
                replicationFactor: 1,
                numberOfShards: 4,
                isolationGroups: [{ name: "rep0", numInstances: 1 }],
                namespaces: makeCluster().spec.namespaces?.slice(0, 1) ?? [],
                nodeEndpointFormat: `127.0.0.1:${ports.node}`,
                externalCoordinator: { serviceEndpoint: "admin.m3db:7201" },
            }),
        );
        this.#world.context.m3 = (cluster) =>
            m3Admin(cluster, { url: () => `http://127.0.0.1:${ports.admin}`, log: silent, retryAfter: [0.1, 0.2] });
    }

    static async start(): Promise<RealCluster> {
        const names = ["client", "peer", "admin", "adminMetrics", "inside", "insideMetrics", "node", "cluster"];
        const more = ["http", "httpCluster", "debug", "nodeMetrics"];
        const ports = await Promise.all([...names, ...more].map(async (name) => [name, await freePort()] as const));
        const made = new RealCluster(Object.fromEntries(ports));
        await made.#startEtcd();
        return made;
    }

    async #startEtcd(): Promise<void> {
        const { client, peer } = this.#ports;
        this.#launch("etcd", [
            `--data-dir=${join(this.#dir, "etcd")}`,
            `--listen-client-urls=http://127.0.0.1:${client}`,
            `--advertise-client-urls=http://127.0.0.1:${client}`,
            `--listen-peer-urls=http://127.0.0.1:${peer}`,
            `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
            `--initial-cluster=default=http://127.0.0.1:${peer}`,
            "--unsafe-no-fsync",
        ]);
        await waitFor(
            { what: "etcd", timeout: 60 },
            async () => (await this.#call("client", "/health")).status === 200,
        );
    }

    /** The admin-only coordinator with the program's own configuration, until its readiness probe succeeds. */
    async startAdmin(): Promise<void> {
        const { admin, adminMetrics, client } = this.#ports;
        const identity = {
            namespace: "m3db",
            cluster: "m3-cluster",
            environment,
            zone: "embedded" as const,
            etcdEndpoints: [`http://127.0.0.1:${client}`],
        };
        const text = stringify(adminConfig(identity), { aliasDuplicateObjects: false })
            .replace("0.0.0.0:7201", `127.0.0.1:${admin}`)
            .replace("0.0.0.0:7203", `127.0.0.1:${adminMetrics}`)
            .replace("/var/lib/m3kv", join(this.#dir, "admin-kv"));
        this.#launch("m3coordinator", ["-f", this.#file("admin.yml", text)]);
        await waitFor({ what: "the external coordinator", timeout: 180 }, async () => {
            return (await this.#call("admin", "/api/v1/services/m3db/namespace", { headers })).status === 200;
        });
    }

    /** m3dbnode as the operator configures it, until the coordinator in it answers. */
    async startNode(): Promise<void> {
        const p = this.#ports;
        const at = (name: string) => `127.0.0.1:${p[name]}`;
        const metrics = (name: string) => ({
            scope: { prefix: "m3" },
            prometheus: { handlerPath: "/metrics", listenAddress: at(name) },
            sanitization: "prometheus",
            samplingRate: 1,
            extended: "none",
        });
        const service = { env: environment, zone: "embedded", service: "m3db", cacheDir: join(this.#dir, "node-kv") };
        const config = {
            coordinator: { listenAddress: at("inside"), metrics: metrics("insideMetrics") },
            db: {
                metrics: metrics("nodeMetrics"),
                listenAddress: at("node"),
                clusterListenAddress: at("cluster"),
                httpNodeListenAddress: at("http"),
                httpClusterListenAddress: at("httpCluster"),
                debugListenAddress: at("debug"),
                hostID: { resolver: "config", value: JSON.stringify({ name: pod }) },
                client: { writeConsistencyLevel: "majority", readConsistencyLevel: "unstrict_majority" },
                filesystem: { filePathPrefix: join(this.#dir, "data") },
                discovery: {
                    config: {
                        service: {
                            ...service,
                            etcdClusters: [{ zone: "embedded", endpoints: [`http://${at("client")}`] }],
                        },
                    },
                },
            },
        };
        this.#launch("m3dbnode", ["-f", this.#file("node.yml", stringify(config, { aliasDuplicateObjects: false }))]);
        await waitFor({ what: "the coordinator in m3dbnode", timeout: 180 }, async () => {
            const { status } = await this.#call("inside", "/api/v1/services/m3db/namespace", { headers });
            return status === 200 && (await this.#call("http", "/health")).status === 200;
        });
    }

    /** One event for the operator; false when its sync failed, which it does not try again (WorkQueue). */
    async event(): Promise<boolean> {
        try {
            await reconcileCluster(this.#world.context, await this.#world.cluster());
            await this.#showPods();
            return true;
        } catch {
            return false;
        }
    }

    /** All that happens by itself: events until nothing is new, each pod's readiness as its probe has it. */
    async settle(): Promise<boolean> {
        let went = true;
        for (let round = 0; round < 4 && went; round += 1) went = await this.event();
        return went;
    }

    async #showPods(): Promise<void> {
        await readySets(this.#world);
        const set = await this.#world.kube.get("statefulSets", "m3db", "m3-cluster-rep0");
        if (!set?.status) return;
        set.status.readyReplicas = (await this.podReady()) ? 1 : 0;
        this.#world.kube.put("statefulSets", set);
    }

    /** The operator's readiness probe (lab/operator/objects/statefulset.ts). */
    async podReady(): Promise<boolean> {
        // No answer counts as not ready, as for the kubelet.
        const probe = this.#call("http", "/bootstrappedinplacementornoplacement");
        return await probe.then(({ status }) => status === 200).catch(() => false);
    }

    inside(path: string, request: HttpRequest = {}): Promise<HttpResponse> {
        return this.#call("inside", path, request);
    }

    admin(path: string, request: HttpRequest = {}): Promise<HttpResponse> {
        return this.#call("admin", path, request);
    }

    endpoint(): string {
        return `127.0.0.1:${this.#ports.node}`;
    }

    /** The end of a process's log, for a failure's message. */
    log(name: string): string {
        if (!this.#children.has(name)) return `${name} was not started`;
        return readFileSync(join(this.#dir, `${name}.log`), "utf8").slice(-3000);
    }

    async stop(): Promise<void> {
        for (const child of [...this.#children.values()].reverse()) {
            if (child.exitCode !== null || child.signalCode !== null) continue;
            const ended = once(child, "close");
            child.kill("SIGKILL");
            await ended;
        }
        rmSync(this.#dir, { recursive: true, force: true, maxRetries: 3 });
    }

    #call(port: string, path: string, request: HttpRequest = {}): Promise<HttpResponse> {
        return send(new URL(`http://127.0.0.1:${this.#ports[port]}${path}`), request);
    }

    #file(name: string, text: string): string {
        const path = join(this.#dir, name);
        writeFileSync(path, text);
        return path;
    }

    #launch(name: string, args: string[]): void {
        const script = 'exec "$0" "$@" > "$LOG" 2>&1';
        const env = { ...process.env, LOG: join(this.#dir, `${name}.log`), GOMEMLIMIT: "600MiB", GOGC: "50" };
        const child = spawn(...bound("sh", ["-c", script, ...m3Command(name, this.#dir), ...args]), {
            stdio: "ignore",
            cwd: this.#dir,
            env,
        });
        this.#children.set(name, child);
    }

    /** The API server, as far as operations ask it; its proxies lead to the processes. */
    async #answer(path: string, request: HttpRequest): Promise<HttpResponse> {
        const json = (body: unknown): HttpResponse => ({ status: 200, body: JSON.stringify(body) });
        const [, kind, target, inside = ""] = /\/(pods|services)\/([^/]+)\/proxy(.*)$/.exec(path) ?? [];
        if (kind === "pods" && target === `${pod}:7201`) return await this.#call("inside", inside, request);
        if (kind === "services" && target === "admin:7201") return await this.#call("admin", inside, request);
        if (path.endsWith("/pods")) {
            const conditions = [{ type: "Ready", status: (await this.podReady()) ? "True" : "False" }];
            return json({ items: [{ metadata: { name: pod }, spec: {}, status: { conditions } }] });
        }
        if (!path.endsWith("/m3dbclusters/m3-cluster")) return { status: 404, body: path };
        if (request.method === "PATCH") {
            await this.#world.kube.patch("clusters", "m3db", "m3-cluster", request.body as object);
            await this.event();
        }
        return json(await this.#world.cluster());
    }
}
