import { Agent } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { UserError } from "../../support/errors.ts";
import type { NamespaceSpec } from "../../support/m3-namespace.ts";
import {
    type HttpCall,
    type HttpRequest,
    type HttpResponse,
    type HttpStream,
    jsonOf,
    send,
    sendForStream,
} from "./http.ts";
import { loginOf } from "./login.ts";

/** The parts of a pod that checks look at. */
export interface Pod {
    metadata: { name: string; labels?: Record<string, string>; deletionTimestamp?: string };
    spec: { nodeName?: string; containers?: Container[] };
    status?: {
        phase?: string;
        reason?: string;
        conditions?: { type: string; status: string; reason?: string; message?: string }[];
        initContainerStatuses?: ContainerStatus[];
        containerStatuses?: ContainerStatus[];
    };
}

/** Neither on its way out nor at its end: an evicted pod stays as Failed, and what made it has another in its place. Pure. */
export const isLive = ({ metadata, status }: Pod) =>
    !metadata.deletionTimestamp && status?.phase !== "Failed" && status?.phase !== "Succeeded";

export interface Container {
    name: string;
    image?: string;
    env?: EnvVar[];
    resources?: Resources;
    command?: string[];
    args?: string[];
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

/** The parts of an M3DBCluster that operations look at. */
export interface M3DBCluster {
    metadata: { name: string; namespace: string; creationTimestamp?: string; deletionTimestamp?: string };
    spec: {
        image?: string;
        containerResources?: Resources;
        envVars?: EnvVar[];
        isolationGroups?: { numInstances?: number }[];
        namespaces?: NamespaceSpec[];
        externalCoordinator?: { serviceEndpoint?: string };
        frozen?: boolean;
    };
    status?: { conditions?: { type: string; status: string }[] };
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

/** What stands behind a Service's name, part by part. */
export interface EndpointSlice {
    metadata: { name: string; labels?: Record<string, string> };
    endpoints?:
        | {
              addresses: string[];
              hostname?: string;
              nodeName?: string;
              conditions?: { ready?: boolean };
              targetRef?: { kind?: string; name?: string };
          }[]
        | null;
}

/** What operations ask of a cluster: all through its API server, so that it works wherever the kubeconfig does. */
export interface Kubernetes {
    pods(namespace: string, selector: Record<string, string>): Promise<Pod[]>;
    nodes(): Promise<Node[]>;
    endpointSlices(namespace: string): Promise<EndpointSlice[]>;
    m3dbCluster(namespace: string, name: string): Promise<M3DBCluster>;
    /** All of a namespace; none where the cluster does not know the kind. */
    m3dbClusters(namespace: string): Promise<M3DBCluster[]>;
    /** Writes one annotation of an M3DBCluster and touches nothing else: the operator takes it as an event. */
    annotateM3dbCluster(namespace: string, name: string, key: string, value: string): Promise<void>;
    /** HTTP to a port of a pod, through the API server's proxy. */
    pod(namespace: string, name: string, port: number, path: string, request?: HttpRequest): Promise<HttpResponse>;
    /** HTTP to a port of a service, through the API server's proxy. */
    service(namespace: string, name: string, port: number, path: string, request?: HttpRequest): Promise<HttpResponse>;
    /** HTTP to a node's kubelet, through the API server's proxy. */
    kubelet(node: string, path: string): Promise<HttpResponse>;
}

/**
 * Opens the cluster that a kubeconfig names (the usual places when it is null). The client library is imported here and not
 * at the top: it takes its time, and `m3perf help` needs none of it.
 */
export async function openKubernetes(kubeconfig: string | null, context: string | null): Promise<Kubernetes> {
    return kubernetesOver(await openApi(kubeconfig, context));
}

/** The same cluster for what `Kubernetes` has no method for: GET and POST on its API server. */
export async function openApi(kubeconfig: string | null, context: string | null): Promise<HttpCall> {
    return (await openConnection(kubeconfig, context)).call;
}

/** Every way to a cluster's API server. */
export interface Connection {
    call: HttpCall;
    /** For logs that are followed, watches, and answers too long for memory. */
    stream: HttpStream;
    /** For what the client library does itself: exec and port-forwards. */
    config: KubeConfig;
}

/** Throws UserError when the kubeconfig cannot be read or names no cluster. */
export async function openConnection(kubeconfig: string | null, context: string | null): Promise<Connection> {
    const { KubeConfig } = await import("../../support/kubernetes-client.ts");
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
    // The client's own agent opens a connection for each call, with a TLS handshake; a check has dozens of calls. Ours keeps them for
    // seconds only: one to an API server that went away meanwhile would fail its next call.
    const agent = new Agent({ keepAlive: true, maxSockets: 24, timeout: 4000 });
    const keeps = server.startsWith("https:") && !config.getCurrentCluster()?.proxyUrl;
    const login = loginOf(config);
    const prepared = async <R extends HttpRequest>(path: string, request: R, kept = false) => {
        const options = { ...(await login()) };
        if (kept && keeps) options.agent = agent;
        const headers = { ...(options.headers as Record<string, string> | undefined), ...request.headers };
        return [new URL(server.replace(/\/$/, "") + path), { ...request, headers }, options] as const;
    };
    return {
        call: async (path, request = {}) => send(...(await prepared(path, request, true))),
        stream: async (path, request) => sendForStream(...(await prepared(path, request))),
        config,
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
        endpointSlices: (namespace) =>
            list<EndpointSlice>(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {}),
        async m3dbCluster(namespace, name) {
            const path = `${m3dbClustersPath(namespace)}/${name}`;
            return jsonOf<M3DBCluster>(await call(path, {}), `GET ${path}`);
        },
        async m3dbClusters(namespace) {
            const path = m3dbClustersPath(namespace);
            const response = await call(path, {});
            return response.status === 404 ? [] : jsonOf<{ items: M3DBCluster[] }>(response, `GET ${path}`).items;
        },
        async annotateM3dbCluster(namespace, name, key, value) {
            const path = `${m3dbClustersPath(namespace)}/${name}`;
            const headers = { "Content-Type": "application/merge-patch+json" };
            const body = { metadata: { annotations: { [key]: value } } };
            jsonOf(await call(path, { method: "PATCH", headers, body }), `PATCH ${path}`);
        },
        pod: proxy("pods"),
        service: proxy("services"),
        kubelet: (node, path) => call(`/api/v1/nodes/${node}/proxy${path}`, {}),
    };
}

const m3dbClustersPath = (namespace: string) => `/apis/operator.m3db.io/v1alpha1/namespaces/${namespace}/m3dbclusters`;

export function selectorText(selector: Record<string, string>): string {
    return Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
}
