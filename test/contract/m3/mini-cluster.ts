/** The smallest M3 that stores and aggregates: one database node, aggregator, coordinator, m3query and its front, by our own settings. */
import type { Server } from "node:http";
import { join } from "node:path";
import { type M3, m3At } from "../../../agent/m3.ts";
import { queryFront } from "../../../agent/query-front.ts";
import { awaitShards, makePlacementsAndTopics } from "../../../agent/setup-steps.ts";
import { aggregatorConfig } from "../../../components/m3/config/aggregator.ts";
import { kvService } from "../../../components/m3/config/common.ts";
import { coordinatorConfig } from "../../../components/m3/config/coordinator.ts";
import { overridden } from "../../../components/m3/config/file.ts";
import { queryConfig } from "../../../components/m3/config/query.ts";
import { type M3Identity, m3Identity } from "../../../components/m3/identity.ts";
import { type M3dbSettings, m3dbConfig } from "../../../components/m3/m3db/config.ts";
import { m3dbNamespace } from "../../../components/m3/m3db/namespaces.ts";
import { setupPlan } from "../../../components/m3/setup-manifests.ts";
import { namespaceRequest } from "../../../lab/operator/namespaces.ts";
import type { NamespaceSpec } from "../../../lab/operator/types.ts";
import { scenarioSchema } from "../../../settings/scenario.ts";
import { waitFor } from "../../../support/wait.ts";
import { freePort } from "../../support/apiserver.ts";
import { answers, freePorts, onFreePorts } from "./ports.ts";
import { type Elsewhere, Processes, type Running } from "./processes.ts";

interface DatabaseOptions {
    /** Of its process. */
    env?: NodeJS.ProcessEnv;
    /** Of the others' processes. */
    serviceEnv?: Partial<Record<"m3aggregator" | "m3coordinator" | "m3query", NodeJS.ProcessEnv>>;
    shards?: number;
    /** Each with all shards, as a replica of its own; one unless told. */
    databases?: number;
    /** One unless told. */
    coordinators?: number;
    /** With all that a pod's m3.yml has, and not M3's defaults. */
    asDeployed?: boolean;
    /** One program runs on another machine. */
    elsewhere?: { program: Program; words: Elsewhere };
}

export type Program = "etcd" | "m3dbnode" | "m3aggregator" | "m3coordinator";

interface Ports {
    listens: number[];
    /** But for etcd's. */
    reaches?: number[];
}

export class MiniCluster {
    /** Ports on 127.0.0.1. */
    readonly ports = { database: 0, databaseMetrics: 0, coordinator: 0, coordinators: [0], query: 0, front: 0 };
    readonly identity: Promise<M3Identity>;
    private readonly processes = new Processes();
    private front: Server | undefined;
    private readonly started = new Map<Program, { running: Running; start: () => Running }>();
    private databasePorts: number[] = [];

    private readonly options: DatabaseOptions;

    constructor(options: DatabaseOptions = {}) {
        this.options = options;
        const etcd = this.processes.etcd(this.wordsFor("etcd"));
        this.identity = etcd.then((endpoint) => m3Identity("m3db", [endpoint]));
    }

    private wordsFor = (program: Program) =>
        this.options.elsewhere?.program === program ? this.options.elsewhere.words : undefined;

    /** Starts a program of M3, here or where it is to be. */
    private async run(program: Program, config: object, ports: Ports, env?: NodeJS.ProcessEnv): Promise<Running> {
        const words = this.wordsFor(program);
        const etcd = Number(new URL((await this.identity).etcdEndpoints[0] ?? "").port);
        const start = () =>
            words
                ? this.processes.fed(words(ports.listens, [etcd, ...(ports.reaches ?? [])], env), config)
                : this.processes.m3(program, config, env);
        const running = start();
        // Of several, the first is the one that can be started anew.
        if (!this.started.has(program)) this.started.set(program, { running, start });
        return running;
    }

    /** Kills a program's process, which another machine's has to be already, and starts it again. */
    async restart(program: Program): Promise<void> {
        const last = this.started.get(program);
        if (!last) throw new Error(`${program} does not run`);
        await last.running.stop();
        this.started.set(program, { ...last, running: last.start() });
    }

    /** Brings it up in the order of the set-up. Aggregated values come every 10 s at best. */
    async start(settings: object): Promise<void> {
        const identity = await this.identity;
        const scenario = scenarioSchema.parse(settings);
        const parts = { ...scenario, rules: scenario.aggregator.rules, namespaces: scenario.m3db.namespaces };
        const { downsample: _, ingest: __, ...admin } = coordinatorConfig(identity, parts);
        const adminPort = await freePort();
        this.processes.m3("m3coordinator", await onFreePorts(admin, adminPort));
        await answers(adminPort, "/health");
        const m3 = m3At(`http://127.0.0.1:${adminPort}`, identity.environment);
        await this.database(identity, scenario.m3db, m3);
        const { serviceEnv = {} } = this.options;

        const [aggregator, ingest] = [await freePort(), await freePort()];
        const shards = this.options.asDeployed ? scenario.aggregator.shards : 4;
        const plan = setupPlan({
            ...{ identity, image: "none", instances: this.options.databases ?? 1, namespaces: [] },
            aggregator: { shards, replicas: 1 },
        });
        // Of several, only copies that are AVAILABLE count for what a write needs.
        if (this.options.databases) await awaitShards(plan, m3, () => {});
        const at = (port: number) => `127.0.0.1:${port}`;
        const [placed] = plan.aggregator.instances;
        await makePlacementsAndTopics(
            {
                ...plan,
                aggregator: { shards, instances: [{ id: placed?.id ?? "", endpoint: at(aggregator) }] },
                coordinator: { ...plan.coordinator, endpoint: at(ingest) },
            },
            m3,
            () => {},
        );
        const http = await freePort();
        const config = {
            http: { listenAddress: at(http) },
            m3msg: { server: { listenAddress: at(aggregator) } },
            metrics: { prometheus: { listenAddress: at(await freePort()) } },
        };
        const { bufferPast } = scenario.aggregator;
        const own = { ...serviceEnv.m3aggregator, M3AGGREGATOR_HOST_ID: placed?.id ?? "" };
        const aggregatorPorts = { listens: [aggregator, http], reaches: [ingest] };
        await this.run("m3aggregator", aggregatorConfig(identity, { bufferPast, config }), aggregatorPorts, own);
        const coordinator = coordinatorConfig(identity, parts);
        this.ports.coordinators = await freePorts(this.options.coordinators ?? 1);
        this.ports.coordinator = this.ports.coordinators[0] ?? 0;
        for (const [index, port] of this.ports.coordinators.entries()) {
            // The placement has one instance: the first takes the aggregates back.
            const own = index === 0 ? ingest : await freePort();
            await this.run(
                "m3coordinator",
                await onFreePorts(coordinator, port, own),
                { listens: [port, own], reaches: [aggregator, ...this.databasePorts] },
                serviceEnv.m3coordinator,
            );
        }
        this.ports.query = await freePort();
        const query = queryConfig(identity, scenario.query, scenario.coordinator.tags);
        this.processes.m3("m3query", await onFreePorts(query, this.ports.query), serviceEnv.m3query);
        await answers(http, "/status", (text) => text.includes('"leader"'));
        const queried = "/api/v1/query?query=up";
        for (const port of [...this.ports.coordinators, this.ports.query])
            await answers(port, queried, undefined, this.databaseProcess);
        this.front = queryFront({
            api: this.ports.query,
            metrics: 1,
            writeUrl: `http://${at(this.ports.coordinator)}`,
        });
        await new Promise<void>((resolve) => this.front?.listen(0, "127.0.0.1", resolve));
        const address = this.front.address();
        this.ports.front = typeof address === "object" && address ? address.port : 0;
    }

    private async database(identity: M3Identity, settings: M3dbSettings, m3: M3): Promise<void> {
        const { databases = 1, shards = 4 } = this.options;
        const instances = await Promise.all(
            Array.from({ length: databases }, async (_, index) => {
                const [node, http] = [await freePort(), await freePort()];
                return { id: `m3db-${index}`, group: `group-${index}`, node, http };
            }),
        );
        await m3.post("/api/v1/services/m3db/placement/init", {
            num_shards: shards,
            replication_factor: databases,
            instances: instances.map(({ id, group, node }) => ({
                ...{ id, isolation_group: group, zone: identity.zone, weight: 100 },
                ...{ endpoint: `127.0.0.1:${node}`, hostname: "127.0.0.1", port: node },
            })),
        });
        // As the M3DBCluster has them and the operator asks for them.
        const requests = settings.namespaces.map((one) => namespaceRequest(m3dbNamespace(one) as NamespaceSpec));
        for (const request of requests) await m3.post("/api/v1/services/m3db/namespace", request);
        this.databasePorts = instances.flatMap(({ node, http }) => [node, http]);
        this.ports.database = instances[0]?.http ?? 0;
        this.ports.databaseMetrics = await freePort();
        const env = this.options.env ?? { GOMEMLIMIT: "900MiB", GOGC: "50" };
        for (const [index, { id, node, http }] of instances.entries()) {
            const metrics = index === 0 ? this.ports.databaseMetrics : await freePort();
            const config = await this.databaseConfig(identity, settings, { id, node, http, metrics });
            await this.run("m3dbnode", config, { listens: [node, http] }, env);
        }
        for (const { http } of instances) await answers(http, "/bootstrapped");
        for (const { name } of settings.namespaces)
            await waitFor({ what: `the namespace ${name}`, timeout: 120, every: 1 }, async () => {
                await m3.post("/api/v1/services/m3db/namespace/ready", { name });
                return true;
            });
    }

    private async databaseConfig(
        identity: M3Identity,
        settings: M3dbSettings,
        { id, node, http, metrics }: { id: string; node: number; http: number; metrics: number },
    ): Promise<object> {
        const [cluster, httpCluster, debug, api, apiMetrics] = (await freePorts(5)).map((port) => `127.0.0.1:${port}`);
        const db = {
            ...{ logging: { level: "warn" }, hostID: { resolver: "config", value: id } },
            metrics: {
                ...{ prometheus: { handlerPath: "/metrics", listenAddress: `127.0.0.1:${metrics}` } },
                ...{ sanitization: "prometheus", samplingRate: 1, extended: "detailed" },
            },
            ...{ listenAddress: `127.0.0.1:${node}`, clusterListenAddress: cluster },
            httpNodeListenAddress: `127.0.0.1:${http}`,
            ...{ httpClusterListenAddress: httpCluster, debugListenAddress: debug },
            filesystem: { filePathPrefix: join(this.processes.dir, id) },
            discovery: { config: { service: kvService(identity, "m3db") } },
        };
        if (!this.options.asDeployed) return { db };
        // Of several, each would take the same ports.
        const coordinator = {
            listenAddress: api,
            metrics: {
                ...{ scope: { prefix: "coordinator" }, sanitization: "prometheus", samplingRate: 1 },
                prometheus: { handlerPath: "/metrics", listenAddress: apiMetrics },
            },
        };
        return overridden(m3dbConfig(identity, settings), { db, coordinator });
    }

    private get databaseProcess(): Running | undefined {
        return this.started.get("m3dbnode")?.running;
    }

    /** Kills the database process and starts it on the same files, until it has bootstrapped. */
    async restartDatabase(): Promise<void> {
        await this.restart("m3dbnode");
        await answers(this.ports.database, "/bootstrapped");
    }

    /** Folder with the database's commit logs, snapshots and blocks. */
    get databaseFolder(): string {
        return join(this.processes.dir, "m3db-0");
    }

    /** Process ids of etcd and of everything of M3. */
    get pids(): number[] {
        return this.processes.pids;
    }

    /** Process id of the database. */
    get databasePid(): number {
        return this.databaseProcess?.pid ?? 0;
    }

    async stop(): Promise<void> {
        this.front?.closeAllConnections();
        this.front?.close();
        await this.processes.stop();
    }
}
