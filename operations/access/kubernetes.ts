import type { RequestOptions } from "node:https";
import { UserError } from "../../support/errors.ts";
import { type HttpCall, type HttpRequest, type HttpResponse, jsonOf, send } from "./http.ts";

/** The parts of a pod that checks look at. */
export interface Pod {
    metadata: { name: string; labels?: Record<string, string>; deletionTimestamp?: string };
    spec: { nodeName?: string; containers?: Container[] };
    status?: {
        phase?: string;
        reason?: string;
        conditions?: { type: string; status: string; reason?: string; message?: string }[];
        containerStatuses?: ContainerStatus[];
    };
}

export interface Container {
    name: string;
    image?: string;
    env?: EnvVar[];
    resources?: Resources;
}

export interface EnvVar {
    name: string;
    value?: string;
    valueFrom?: unknown;
}

/** Kubernetes quantities by resource: { limits: { memory: "1Gi" } }. */
export interface Resources {
    limits?: Record<string, string>;
    requests?: Record<string, string>;
}

/** The parts of an M3DBCluster's spec that end up in its pods. */
export interface M3DBCluster {
    spec: { image?: string; containerResources?: Resources; envVars?: EnvVar[] };
}

export interface ContainerStatus {
    name: string;
    ready: boolean;
    restartCount: number;
    state?: { waiting?: { reason?: string; message?: string } };
    lastState?: { terminated?: { reason?: string; exitCode: number; finishedAt?: string } };
}

export interface Node {
    metadata: { name: string };
    status?: { conditions?: { type: string; status: string; reason?: string; message?: string }[] };
}

/** What operations ask of a cluster: all through its API server, so that it works wherever the kubeconfig does. */
export interface Kubernetes {
    pods(namespace: string, selector: Record<string, string>): Promise<Pod[]>;
    nodes(): Promise<Node[]>;
    m3dbCluster(namespace: string, name: string): Promise<M3DBCluster>;
    /** HTTP to a port of a pod, through the API server's proxy. */
    pod(namespace: string, name: string, port: number, path: string, request?: HttpRequest): Promise<HttpResponse>;
    /** HTTP to a port of a service, through the API server's proxy. */
    service(namespace: string, name: string, port: number, path: string, request?: HttpRequest): Promise<HttpResponse>;
}

/**
 * Opens the cluster that a kubeconfig names (the usual places when it is null). The client library is imported here and not
 * at the top: it takes most of a second, and `m3perf help` needs none of it.
 */
export async function openKubernetes(kubeconfig: string | null, context: string | null): Promise<Kubernetes> {
    return kubernetesOver(await openApi(kubeconfig, context));
}

/** The same cluster for what `Kubernetes` has no method for: GET and POST on its API server. */
export async function openApi(kubeconfig: string | null, context: string | null): Promise<HttpCall> {
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    try {
        if (kubeconfig) config.loadFromFile(kubeconfig);
        else config.loadFromDefault();
        if (context) config.setCurrentContext(context);
    } catch (error) {
        throw new UserError("the kubeconfig cannot be read", {
            what: kubeconfig ?? "KUBECONFIG or ~/.kube/config",
            why: error instanceof Error ? error.message : String(error),
            next: "start the lab (m3perf lab up), or correct the site file's kubeconfig",
        });
    }
    const server = config.getCurrentCluster()?.server;
    if (!server) {
        throw new UserError("the kubeconfig names no cluster", {
            what: `${kubeconfig ?? "KUBECONFIG"}, context ${context ?? config.getCurrentContext()}`,
            next: "correct the site file's kubeconfig and context",
        });
    }
    return async (path, request = {}) => {
        const options: RequestOptions = {};
        await config.applyToHTTPSOptions(options);
        const headers = { ...(options.headers as Record<string, string> | undefined), ...request.headers };
        return send(new URL(server.replace(/\/$/, "") + path), { ...request, headers }, options);
    };
}

/** The API of a cluster over any way to call its API server. */
export function kubernetesOver(call: (path: string, request: HttpRequest) => Promise<HttpResponse>): Kubernetes {
    const list = async <T>(path: string, query: Record<string, string>): Promise<T[]> =>
        jsonOf<{ items: T[] }>(await call(path, { query }), `GET ${path}`).items;
    const proxy = (kind: "pods" | "services") =>
        function toPort(namespace: string, name: string, port: number, path: string, request: HttpRequest = {}) {
            return call(`/api/v1/namespaces/${namespace}/${kind}/${name}:${port}/proxy${path}`, request);
        };
    return {
        pods: (namespace, selector) =>
            list<Pod>(`/api/v1/namespaces/${namespace}/pods`, { labelSelector: selectorText(selector) }),
        nodes: () => list<Node>("/api/v1/nodes", {}),
        async m3dbCluster(namespace, name) {
            const path = `/apis/operator.m3db.io/v1alpha1/namespaces/${namespace}/m3dbclusters/${name}`;
            return jsonOf<M3DBCluster>(await call(path, {}), `GET ${path}`);
        },
        pod: proxy("pods"),
        service: proxy("services"),
    };
}

export function selectorText(selector: Record<string, string>): string {
    return Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
}
