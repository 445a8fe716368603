import { createServer, type Server } from "node:http";
import type { InstanceRequest } from "../../../lab/operator/identity.ts";

type Options = Record<string, unknown>;

/** An M3 coordinator of the admin API alone, on 127.0.0.1, with its state in memory. */
export class FakeCoordinator {
    /** "POST /api/v1/…" of each request that was answered. */
    readonly calls: string[] = [];
    readonly environments = new Set<string>();
    instances: Record<string, InstanceRequest & { shards: { id: number; state: string }[] }> | undefined;
    namespaces: Record<string, Options & { stagingState: { status: string } }> = {};
    /** Answers of 503 that are still to be given. */
    failures = 0;
    /** How often `/namespace/ready` still says that a db node is not ready. */
    notReady = 0;
    port = 0;
    #server: Server | undefined;

    get address(): string {
        return `127.0.0.1:${this.port}`;
    }

    async start(): Promise<void> {
        this.#server = createServer(async (request, response) => {
            let text = "";
            for await (const chunk of request.setEncoding("utf8")) text += chunk;
            this.environments.add(String(request.headers["cluster-environment-name"]));
            const path = decodeURIComponent(request.url ?? "").replace("/api/v1/services/m3db/", "");
            const call = `${request.method} ${path}`;
            const { status, body } =
                this.failures > 0 ? this.#refuse() : this.#answer(call, text === "" ? {} : JSON.parse(text));
            this.calls.push(status === 200 ? call : `${call} (${status})`);
            response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
        });
        await new Promise<void>((resolve) => this.#server?.listen(this.port, "127.0.0.1", resolve));
        const address = this.#server.address();
        this.port = typeof address === "object" && address ? address.port : 0;
    }

    async stop(): Promise<void> {
        const server = this.#server;
        this.#server = undefined;
        server?.closeAllConnections();
        if (server) await new Promise((resolve) => server.close(resolve));
    }

    #refuse(): { status: number; body?: unknown } {
        this.failures -= 1;
        return { status: 503, body: { error: "no etcd" } };
    }

    #answer(call: string, body: Options): { status: number; body?: unknown } {
        if (call === "GET placement") {
            return this.instances
                ? { status: 200, body: { placement: { instances: this.#asProto() }, version: 1 } }
                : { status: 404, body: { error: "key not found" } };
        }
        if (call === "POST placement/init") {
            if (this.instances) return { status: 409, body: { error: "placement already exists" } };
            this.instances = {};
            this.#add(body.instances as InstanceRequest[], "AVAILABLE");
            return { status: 200 };
        }
        if (call === "POST placement") return this.#add(body.instances as InstanceRequest[], "INITIALIZING");
        if (call === "POST placement/replace") {
            for (const id of body.leavingInstanceIDs as string[]) delete this.instances?.[id];
            return this.#add(body.candidates as InstanceRequest[], "INITIALIZING");
        }
        if (call === "DELETE placement") {
            this.instances = undefined;
            return { status: 200 };
        }
        if (call.startsWith("DELETE placement/")) {
            delete this.instances?.[call.slice("DELETE placement/".length)];
            return { status: 200 };
        }
        if (call === "GET namespace") return { status: 200, body: { registry: { namespaces: this.namespaces } } };
        if (call === "POST namespace") {
            const options = body.options as Options;
            this.namespaces[String(body.name)] = { ...options, stagingState: { status: "UNKNOWN" } };
            return { status: 200 };
        }
        if (call === "POST namespace/ready") {
            if (this.notReady > 0) {
                this.notReady -= 1;
                return { status: 500, body: { error: "not all db nodes are ready" } };
            }
            const namespace = this.namespaces[String(body.name)];
            if (!namespace) return { status: 400, body: { error: "namespace not found" } };
            namespace.stagingState.status = "READY";
            return { status: 200, body: { ready: true } };
        }
        if (call.startsWith("DELETE namespace/")) {
            delete this.namespaces[call.slice("DELETE namespace/".length)];
            return { status: 200 };
        }
        return { status: 405, body: { error: `unknown: ${call}` } };
    }

    #add(instances: InstanceRequest[], state: string): { status: number } {
        for (const instance of instances) {
            this.instances = { ...this.instances, [instance.id]: { ...instance, shards: [{ id: 0, state }] } };
        }
        return { status: 200 };
    }

    /** All shards AVAILABLE, as after a bootstrap. */
    settle(): void {
        for (const { shards } of Object.values(this.instances ?? {}))
            for (const shard of shards) shard.state = "AVAILABLE";
    }

    #asProto(): Options {
        const named = ([id, { isolation_group: isolationGroup, ...rest }]: [string, InstanceRequest]) =>
            [id, { ...rest, isolationGroup }] as const;
        return Object.fromEntries(Object.entries(this.instances ?? {}).map(named));
    }
}
