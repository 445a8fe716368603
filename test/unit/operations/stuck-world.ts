/** An M3DBCluster on its way up, with the operator's and M3's own behaviour, behind the HTTP calls that operations make. */
import type { HttpRequest, HttpResponse } from "../../../operations/access/http.ts";
import { type Kubernetes, kubernetesOver, type M3DBCluster } from "../../../operations/access/kubernetes.ts";

const json = (body: unknown, status = 200): HttpResponse => ({ status, body: JSON.stringify(body) });

export class World {
    cluster: M3DBCluster = {
        metadata: { name: "hang", namespace: "m3db" },
        spec: {
            isolationGroups: [{ numInstances: 1 }],
            namespaces: [
                {
                    name: "default",
                    options: {
                        bootstrapEnabled: true,
                        retentionOptions: {
                            retentionPeriod: "48h",
                            blockSize: "2h",
                            bufferFuture: "10m",
                            bufferPast: "20m",
                            blockDataExpiryAfterNotAccessPeriod: "5m",
                        },
                        indexOptions: { enabled: true, blockSize: "2h" },
                    },
                },
            ],
            externalCoordinator: { serviceEndpoint: "hang-admin.m3db:7201" },
        },
    };
    podReady = true;
    /** The coordinator inside the database pod answers. */
    podServes = true;
    externalServes = true;
    instances = 0;
    namespaces: Record<string, string> = {};
    /** So many ready calls are refused first: the pods bootstrap. */
    bootstrapping = 0;
    /** What was written, in order. */
    writes: string[] = [];
    bodies: unknown[] = [];
    readonly kubernetes: Kubernetes = kubernetesOver(async (path, request) => this.#answer(path, request));

    #answer(path: string, request: HttpRequest): HttpResponse {
        const method = request.method ?? (request.body === undefined ? "GET" : "POST");
        if (method !== "GET") {
            this.writes.push(`${method} ${path}`);
            this.bodies.push(request.body);
        }
        if (path.endsWith("/m3dbclusters")) return json({ items: [this.cluster] });
        if (path.endsWith("/m3dbclusters/hang")) {
            if (method === "PATCH") this.operatorWakes();
            return json(this.cluster);
        }
        if (path.endsWith("/pods")) return json({ items: [this.#pod()] });
        const proxied = /\/(pods|services)\/([^/]+)\/proxy(.*)$/.exec(path);
        if (!proxied) return json({}, 404);
        const [, kind, , inside = ""] = proxied;
        if (kind === "pods" ? !this.podServes : !this.externalServes) return json("no endpoints available", 503);
        if (request.headers?.["Cluster-Environment-Name"] !== "m3db/hang") return json({ registry: {} });
        return this.#m3(inside, method, request.body as { name: string });
    }

    #m3(path: string, method: string, body: { name: string }): HttpResponse {
        if (path === "/api/v1/services/m3db/placement") {
            const instances = Object.fromEntries(Array.from({ length: this.instances }, (_, i) => [i, { id: `${i}` }]));
            return this.instances === 0 ? json({ error: "no placement" }, 404) : json({ placement: { instances } });
        }
        if (path === "/api/v1/services/m3db/namespace/ready") {
            this.bootstrapping -= 1;
            if (this.bootstrapping >= 0) return json({ error: `namespace ${body.name} not yet ready` }, 500);
            this.namespaces[body.name] = "READY";
            return json({ ready: true });
        }
        if (method === "POST") {
            if (body.name in this.namespaces) return json({ error: "namespace already exists" }, 409);
            this.namespaces[body.name] = "UNKNOWN";
            return json({});
        }
        const entries = Object.entries(this.namespaces).map(([name, status]) => [
            name,
            { stagingState: status === "UNKNOWN" ? {} : { status } },
        ]);
        return json({ registry: entries.length > 0 ? { namespaces: Object.fromEntries(entries) } : {} });
    }

    /** With a coordinator that serves it makes placement and namespaces, and with an external one it does not make them ready. */
    operatorWakes(): void {
        if (!this.externalServes || !this.podReady) return;
        this.instances = 1;
        for (const { name } of this.cluster.spec.namespaces ?? []) this.namespaces[name] ??= "UNKNOWN";
    }

    #pod() {
        const conditions = [{ type: "Ready", status: this.podReady ? "True" : "False" }];
        return { metadata: { name: "hang-rep0-0" }, spec: {}, status: { phase: "Running", conditions } };
    }
}

/** What each cause looks like; facts.md 4. */
export const hangs: Record<"coordinator" | "namespaces" | "ready", (world: World) => void> = {
    coordinator: () => {},
    namespaces: (world) => {
        world.instances = 1;
        world.podReady = false;
    },
    ready: (world) => {
        world.instances = 1;
        world.namespaces.default = "UNKNOWN";
    },
};
