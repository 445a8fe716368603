import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** As much of M3's admin API as the set-up uses, with M3's own status codes, over real HTTP. */
export class FakeM3 {
    /** "POST /path topic@environment", in order; GETs are left out. */
    readonly posts: string[] = [];
    readonly placements = new Map<string, object>();
    readonly versions = new Map<string, number>();
    readonly topics = new Map<string, { name: string; numberOfShards: number; consumerServices: object[] }>();
    namespaces: Record<string, object> = {};
    /** So many ready calls are refused first, as long as the dbnodes bootstrap. */
    bootstrapping = 0;
    private readonly server: Server;

    constructor() {
        this.server = createServer((request, response) => {
            const parts: Buffer[] = [];
            request.on("data", (part: Buffer) => parts.push(part));
            request.on("end", () => {
                const body = parts.length > 0 ? JSON.parse(Buffer.concat(parts).toString()) : undefined;
                const environment = String(request.headers["cluster-environment-name"] ?? "");
                const topic = `${request.headers["topic-name"] ?? ""}@${environment}`;
                const dry = request.headers["dry-run"] === "true";
                const [status, answer] = this.answer(request.method ?? "", request.url ?? "", topic, body, dry);
                response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
            });
        });
    }

    private answer(
        method: string,
        path: string,
        topic: string,
        body: { [key: string]: unknown },
        dry: boolean,
    ): [number, object] {
        if (method === "POST" && !dry)
            this.posts.push(topic.startsWith("@") ? `${path} ${topic.slice(1)}` : `${path} ${topic}`);
        const service = /^\/api\/v1\/services\/(\w+)\/placement(\/init|\/set)?$/.exec(path);
        if (service) {
            const [, name = "", action] = service;
            if (!action)
                return this.placements.has(name)
                    ? [200, { placement: this.placements.get(name), version: this.versions.get(name) ?? 1 }]
                    : [404, { error: "placement does not exist" }];
            if (action === "/set") {
                const version = this.versions.get(name) ?? 1;
                if (this.placements.has(name) && body.version !== version) return [500, { error: "version mismatch" }];
                if (body.confirm !== true) return [200, { dryRun: true }];
                if (this.placements.has(name)) this.versions.set(name, version + 1);
                this.placements.set(name, body.placement as object);
                return [200, {}];
            }
            if (this.placements.has(name)) return [409, { error: "already exists" }];
            const instances = body.instances as { id: string }[];
            const numShards = Number(body.num_shards ?? 0);
            const later = { state: "INITIALIZING", cutoverNanos: "1796021400000000000" };
            const shards = Array.from({ length: numShards }, (_, id) => ({ id, ...later }));
            const placement = {
                numShards,
                instances: Object.fromEntries(instances.map((one) => [one.id, { ...one, shards }])),
            };
            if (!dry) this.placements.set(name, placement);
            return [200, { placement }];
        }
        if (path === "/api/v1/services/m3db/namespace") return [200, { registry: { namespaces: this.namespaces } }];
        if (path === "/api/v1/services/m3db/namespace/ready") {
            this.bootstrapping -= 1;
            if (this.bootstrapping >= 0) return [500, { error: `namepace ${body.name} not yet ready` }];
            this.namespaces[String(body.name)] = { stagingState: { status: "READY" } };
            return [200, { ready: true }];
        }
        if (path === "/api/v1/topic/init") {
            if (this.topics.has(topic)) return [500, { error: "version mismatch" }];
            this.topics.set(topic, { name: topic, numberOfShards: Number(body.numberOfShards), consumerServices: [] });
            return [200, {}];
        }
        if (path === "/api/v1/topic") {
            const found = this.topics.get(topic);
            if (!found) return [404, { error: "not found" }];
            if (method === "POST") found.consumerServices.push(body.consumerService as object);
            return [200, { topic: found }];
        }
        return [400, { error: `unexpected ${method} ${path}` }];
    }

    /** What the operator brings about; `states`: of each dbnode's shards. */
    bootstrapped(states = ["AVAILABLE", "AVAILABLE", "AVAILABLE"]) {
        const shards = (state: string) => Array.from({ length: 64 }, (_, id) => ({ id, state }));
        const instances = states.map((state, group) => {
            const id = `{"name":"m3-cluster-rep${group}-0"}`;
            return [id, { id, endpoint: "", shards: shards(state) }];
        });
        this.placements.set("m3db", { numShards: 64, instances: Object.fromEntries(instances) });
        this.namespaces = {
            default: { stagingState: { status: "READY" } },
            "metrics-10s_2d": { stagingState: { status: "READY" } },
        };
    }

    async start(): Promise<string> {
        await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }
}
