import { setTimeout as wait } from "node:timers/promises";
import { send } from "./http.ts";
import type { InstanceRequest } from "./identity.ts";
import type { Log } from "./log.ts";
import { coordinatorServiceName, m3Environment } from "./names.ts";
import type { Registry } from "./namespaces.ts";
import type { JsonObject, M3DBCluster } from "./types.ts";

export interface Instance {
    id: string;
    isolationGroup: string;
    hostname: string;
    /** Every shard it owns is AVAILABLE. */
    available: boolean;
}

export interface PlacementInit {
    num_shards: number;
    replication_factor: number;
    instances: InstanceRequest[];
}

/** What the operator asks of M3, through a coordinator. Every call throws M3Error when M3 refuses or cannot be reached. */
export interface M3Admin {
    /** Undefined when there is no placement. */
    placement(): Promise<Instance[] | undefined>;
    initPlacement(request: PlacementInit): Promise<void>;
    addInstance(instance: InstanceRequest): Promise<void>;
    removeInstance(id: string): Promise<void>;
    replaceInstance(leaving: string, candidate: InstanceRequest): Promise<void>;
    deletePlacement(): Promise<void>;
    namespaces(): Promise<Registry>;
    addNamespace(request: JsonObject): Promise<void>;
    deleteNamespace(name: string): Promise<"deleted" | "not found">;
    readyNamespace(name: string): Promise<"ready" | "not supported">;
}

class M3Error extends Error {
    /** HTTP status; undefined when there was no answer. */
    readonly status: number | undefined;

    constructor(message: string, status?: number) {
        super(message);
        this.name = "M3Error";
        this.status = status;
    }
}

/** Where M3 is administered: an external coordinator's endpoint (given without `http://`) or the cluster's own service. */
export function coordinatorUrl(cluster: M3DBCluster): string {
    const external = cluster.spec.externalCoordinator?.serviceEndpoint;
    if (external) return `http://${external}`;
    return `http://${coordinatorServiceName(cluster)}.${cluster.metadata.namespace}:7201`;
}

/** The same by `kubectl proxy` on this machine (flag -proxy). */
export function proxiedCoordinatorUrl(cluster: M3DBCluster): string {
    const service = `${coordinatorServiceName(cluster)}:coordinator`;
    return `http://localhost:8001/api/v1/namespaces/${cluster.metadata.namespace}/services/${service}/proxy`;
}

export interface M3AdminOptions {
    url: (cluster: M3DBCluster) => string;
    log: Log;
    /** Seconds before the second, third, … try; in all 15 s, then the sync fails (facts.md 4, hang 1). */
    retryAfter?: number[];
    /** Limit of one try in seconds. The real client has none; a sync must not hang for ever. */
    timeout?: number;
}

const placementPath = "/api/v1/services/m3db/placement";
const namespacePath = "/api/v1/services/m3db/namespace";

/** M3's admin API for one cluster. Tries again when there is no answer or a 5xx; every call names the environment. */
export function m3Admin(cluster: M3DBCluster, options: M3AdminOptions): M3Admin {
    const { log, retryAfter = [1, 2, 4, 8], timeout = 60 } = options;
    const base = options.url(cluster);
    const headers: Record<string, string> = {
        "Content-Type": "application/json",
        "Cluster-Environment-Name": m3Environment(cluster),
        ...(cluster.spec.zone && { "Cluster-Zone-Name": cluster.spec.zone }),
    };

    const once = (method: string, path: string, body?: unknown) =>
        send(method, base + path, headers, body === undefined ? undefined : JSON.stringify(body), timeout);

    /** The answer's body, or undefined for one of the statuses in `besides`. */
    async function call(
        method: string,
        path: string,
        body?: unknown,
        besides: number[] = [],
    ): Promise<string | undefined> {
        const what = `${method} ${base}${path}`;
        for (let tries = 0; ; tries += 1) {
            const pause = retryAfter[tries];
            try {
                const { status, text } = await once(method, path, body);
                log.debug("m3 answered", { action: method, url: base + path, status });
                if (status >= 200 && status < 300) return text;
                if (besides.includes(status)) return undefined;
                const error = new M3Error(`${what}: status ${status}: ${text.trim().slice(0, 500)}`, status);
                if (status < 500 || pause === undefined) throw error;
            } catch (error) {
                if (error instanceof M3Error) throw error;
                log.debug("m3 did not answer", { action: method, url: base + path, error: reason(error) });
                if (pause === undefined) throw new M3Error(`${what}: ${reason(error)} (after ${tries + 1} tries)`);
            }
            await wait(pause * 1000);
        }
    }

    return {
        async placement() {
            const text = await call("GET", placementPath, undefined, [404]);
            return text === undefined ? undefined : readPlacement(text);
        },
        async initPlacement(request) {
            await call("POST", `${placementPath}/init`, request);
        },
        async addInstance(instance) {
            await call("POST", placementPath, { instances: [instance] });
        },
        async removeInstance(id) {
            await call("DELETE", `${placementPath}/${encodeURIComponent(id)}`);
        },
        async replaceInstance(leaving, candidate) {
            await call("POST", `${placementPath}/replace`, { leavingInstanceIDs: [leaving], candidates: [candidate] });
        },
        async deletePlacement() {
            await call("DELETE", placementPath);
        },
        async namespaces() {
            return readRegistry((await call("GET", namespacePath)) ?? "");
        },
        async addNamespace(request) {
            await call("POST", namespacePath, request);
        },
        async deleteNamespace(name) {
            const text = await call("DELETE", `${namespacePath}/${encodeURIComponent(name)}`, undefined, [404]);
            return text === undefined ? "not found" : "deleted";
        },
        async readyNamespace(name) {
            const text = await call("POST", `${namespacePath}/ready`, { name }, [404, 405]);
            return text === undefined ? "not supported" : "ready";
        },
    };
}

function reason(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

interface PlacementAnswer {
    placement?: {
        instances?: Record<
            string,
            { id?: string; isolationGroup?: string; hostname?: string; shards?: { state?: string }[] }
        >;
    };
}

function readPlacement(text: string): Instance[] {
    const { placement } = JSON.parse(text) as PlacementAnswer;
    if (!placement) throw new M3Error("nil placement fetch");
    return Object.entries(placement.instances ?? {})
        .map(([key, { id, isolationGroup, hostname, shards }]) => ({
            id: id ?? key,
            isolationGroup: isolationGroup ?? "",
            hostname: hostname ?? "",
            available: (shards ?? []).every(({ state }) => state === "AVAILABLE"),
        }))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
}

interface RegistryAnswer {
    registry?: { namespaces?: Record<string, { stagingState?: { status?: string } | null }> };
}

function readRegistry(text: string): Registry {
    const { registry } = JSON.parse(text) as RegistryAnswer;
    if (!registry) throw new M3Error("nil registry from coordinator");
    return new Map(
        Object.entries(registry.namespaces ?? {}).map(([name, { stagingState }]) => [
            name,
            stagingState ? (stagingState.status ?? "UNKNOWN") : undefined,
        ]),
    );
}
