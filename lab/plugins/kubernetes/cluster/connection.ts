/** The cluster that the provider works on; made at first use, since preview must go on without one. */
import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../../../../support/errors.ts";
import { ApiError, type Client, createClient, type RequestOptions, Unreachable } from "./client.ts";
import { credentialsOf } from "./credentials.ts";
import { builtinScope, createDiscovery, type Discovery, type Kind, pathOf } from "./discovery.ts";
import { loadKubeconfig, type Target, targetOf } from "./kubeconfig.ts";
import { describe, type JsonObject, type KubeObject, type Reference } from "./objects.ts";

export interface ConnectionSettings {
    kubeconfig?: string;
    context?: string;
    cluster?: string;
    namespace?: string;
}

/** The server has no such kind (yet). */
export class NoSuchKind extends Error {
    readonly apiVersion: string;
    readonly kind: string;
    constructor(apiVersion: string, kind: string) {
        super(`the cluster has no kind ${kind} in ${apiVersion}: its CustomResourceDefinition is not installed`);
        this.apiVersion = apiVersion;
        this.kind = kind;
    }
}

export class Connection {
    readonly settings: ConnectionSettings;
    #target: Target | UserError | undefined;
    #connected: Promise<{ client: Client; discovery: Discovery }> | undefined;
    /** Set once a request found nobody: later previews do not wait for the same again. */
    unreachable: string | undefined;

    constructor(settings: ConnectionSettings) {
        this.settings = settings;
    }

    /** Where objects go that name no namespace: the provider's setting, the context's, "default". */
    get namespace(): string {
        if (this.settings.namespace) return this.settings.namespace;
        const target = this.#resolve();
        return (target instanceof UserError ? "" : target.namespace) || "default";
    }

    #resolve(): Target | UserError {
        try {
            this.#target ??=
                inClusterTarget(this.settings) ?? targetOf(loadKubeconfig(this.settings.kubeconfig), this.settings);
        } catch (error) {
            if (!(error instanceof UserError)) throw error;
            this.#target = error;
        }
        return this.#target;
    }

    #connect(): Promise<{ client: Client; discovery: Discovery }> {
        this.#connected ??= (async () => {
            const target = this.#resolve();
            if (target instanceof UserError) throw new Unreachable(target.message);
            const client = createClient(target.cluster.server ?? "", await credentialsOf(target));
            return { client, discovery: createDiscovery(client) };
        })();
        return this.#connected;
    }

    async request(method: string, path: string, options?: RequestOptions): Promise<JsonObject> {
        const { client } = await this.#connect();
        const answer = await client.request(method, path, options);
        this.unreachable = undefined;
        return answer;
    }

    /** Throws NoSuchKind. */
    async kind(apiVersion: string, kind: string): Promise<Kind> {
        const { discovery } = await this.#connect();
        const found = await discovery.find(apiVersion, kind);
        if (!found) throw new NoSuchKind(apiVersion, kind);
        return found;
    }

    /** Undefined when the kind is custom and the server does not know it, or there is no server. */
    async namespaced(apiVersion: string, kind: string): Promise<boolean | undefined> {
        const known = builtinScope(apiVersion, kind);
        if (known !== undefined || this.unreachable !== undefined) return known;
        try {
            return (await this.kind(apiVersion, kind)).namespaced;
        } catch (error) {
            if (error instanceof NoSuchKind || error instanceof ApiError || error instanceof Unreachable)
                return undefined;
            throw error;
        }
    }

    async path(reference: Reference): Promise<string> {
        const kind = await this.kind(reference.apiVersion, reference.kind);
        return pathOf(kind, { ...reference, namespace: reference.namespace || this.namespace });
    }

    /** Undefined when it does not exist. */
    async get(reference: Reference, signal?: AbortSignal): Promise<KubeObject | undefined> {
        try {
            const path = await this.path(reference);
            return (await this.request("GET", path, signal ? { signal } : {})) as KubeObject;
        } catch (error) {
            if (isNotFound(error) || error instanceof NoSuchKind) return undefined;
            throw error;
        }
    }

    /** The objects of a kind; `namespace` "" means all. */
    async list(
        apiVersion: string,
        kind: string,
        namespace: string,
        selectors: { labelSelector?: string; fieldSelector?: string } = {},
        signal?: AbortSignal,
    ): Promise<JsonObject[]> {
        const found = await this.kind(apiVersion, kind);
        const answer = await this.request("GET", pathOf(found, { namespace, name: "" }), {
            query: { ...selectors },
            ...(signal ? { signal } : {}),
        });
        return Array.isArray(answer.items) ? (answer.items as JsonObject[]) : [];
    }

    async close(): Promise<void> {
        const connected = await this.#connected?.catch(() => undefined);
        connected?.client.close();
    }
}

export function isNotFound(error: unknown): boolean {
    return error instanceof ApiError && error.status === 404;
}

/** Inside a pod, without any kubeconfig: the pod's service account. */
function inClusterTarget(settings: ConnectionSettings, env = process.env): Target | undefined {
    const folder = "/var/run/secrets/kubernetes.io/serviceaccount";
    if (settings.kubeconfig !== undefined || env.KUBECONFIG || !env.KUBERNETES_SERVICE_HOST) return undefined;
    if (!existsSync(`${folder}/token`)) return undefined;
    const host = env.KUBERNETES_SERVICE_HOST.includes(":")
        ? `[${env.KUBERNETES_SERVICE_HOST}]`
        : env.KUBERNETES_SERVICE_HOST;
    const server = `https://${host}:${env.KUBERNETES_SERVICE_PORT ?? "443"}`;
    return {
        context: "in-cluster",
        clusterName: "in-cluster",
        cluster: { server, "certificate-authority": `${folder}/ca.crt` },
        user: { tokenFile: `${folder}/token` },
        namespace: readFileSync(`${folder}/namespace`, "utf8").trim(),
    };
}

/** An API error with the object it is about; the fields that the server names, one a line. */
export function refused(what: string, reference: Reference, error: ApiError): Error {
    const name = describe(reference);
    const causes = error.causes.filter(({ field, message }) => field !== "" || message !== "");
    if (error.reason === "Invalid" && causes.length > 0) {
        const lines = causes.map(({ field, message }) => `  ${field}: ${message}`);
        return new Error([`the API server refuses to ${what} ${name}:`, ...lines].join("\n"));
    }
    return new Error(`the API server refuses to ${what} ${name}: ${error.message}`);
}
