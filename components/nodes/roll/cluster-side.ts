import type { RequestOptions } from "node:https";
import {
    AppsV1Api,
    CoordinationV1Api,
    CoreV1Api,
    createConfiguration,
    type KubeConfig,
    ServerConfiguration,
    setHeaderOptions,
    type V1Node,
    type V1Pod,
} from "@kubernetes/client-node";
import { messageOf, UserError } from "../../../support/errors.ts";
import { callLimit, type HttpCall, send, shorten } from "../../../support/http.ts";
import { statusOf } from "../../kubernetes.ts";
import { askM3 } from "./ask-m3.ts";
import { nodePod } from "./pods.ts";
import { recordOf, type TurnRecord, turnAnnotation } from "./record.ts";
import type { ClusterSide, NodeState } from "./sides.ts";
import type { TurnCluster } from "./turn-input.ts";

/** The node in a real cluster. Errors are one line; each call ends within `callLimit` seconds. */
export function clusterSide(config: KubeConfig, name: string, cluster: TurnCluster): ClusterSide {
    const configuration = limited(config);
    const core = new CoreV1Api(configuration);
    const apps = new AppsV1Api(configuration);
    const leases = new CoordinationV1Api(configuration);
    const mergePatch = setHeaderOptions("Content-Type", "application/merge-patch+json");
    const patch = async (body: object) => {
        await told(`node ${name} could not be changed`, core.patchNode({ name, body }, mergePatch));
    };
    const annotated = (record: TurnRecord | null) => ({
        metadata: { annotations: { [turnAnnotation]: record && JSON.stringify(record) } },
    });
    return {
        async node() {
            const node = await told(`node ${name}`, orUndefined(core.readNode({ name })));
            if (!node) return undefined;
            const lease = leases.readNamespacedLease({ namespace: "kube-node-lease", name });
            return nodeState(node, (await told(`the lease of ${name}`, orUndefined(lease)))?.spec?.renewTime);
        },
        async othersInTurn() {
            const { items } = await told("the nodes", core.listNode());
            return items.flatMap(({ metadata }) => {
                const record = recordOf(metadata?.annotations?.[turnAnnotation]);
                return record && metadata?.name !== name ? [`${metadata?.name} (${record.reason})`] : [];
            });
        },
        cordon: (record) => patch({ ...annotated(record), spec: { unschedulable: true } }),
        remember: (record) => patch(annotated(record)),
        uncordon: () => patch({ spec: { unschedulable: null } }),
        forget: () => patch(annotated(null)),
        async pods() {
            const fieldSelector = `spec.nodeName=${name}`;
            const { items } = await told(`the pods of ${name}`, core.listPodForAllNamespaces({ fieldSelector }));
            return items.map(nodePod);
        },
        async evict({ namespace, name, uid }) {
            const deleteOptions = { preconditions: { uid } }; // never the pod that took its place
            const body = { metadata: { namespace, name }, deleteOptions };
            try {
                await core.createNamespacedPodEviction({ namespace, name, body });
                return "asked";
            } catch (error) {
                const status = statusOf(error);
                if (status === 404 || status === 409) return "gone";
                // 429: a PodDisruptionBudget; 500: more than one selects it, which the API server does not sort out.
                if (status === 429 || status === 500) return { blocked: reasonOf(error) };
                throw new Error(`the eviction of ${namespace}/${name}: ${reasonOf(error)}`);
            }
        },
        async controller(path) {
            const [namespace = "", kind, name = ""] = path.split("/");
            const found = await told(
                path,
                orUndefined<{ spec?: { replicas?: number }; status?: { readyReplicas?: number } }>(
                    kind === "StatefulSet"
                        ? apps.readNamespacedStatefulSet({ namespace, name })
                        : apps.readNamespacedReplicaSet({ namespace, name }),
                ),
            );
            return found && { ready: found.status?.readyReplicas ?? 0, wanted: found.spec?.replicas ?? 1 };
        },
        m3() {
            const pods = async (): Promise<V1Pod[]> => {
                const { namespace } = cluster;
                return (await told(`the pods of ${namespace}`, core.listNamespacedPod({ namespace }))).items;
            };
            return askM3(rawCall(config), cluster, pods);
        },
    };
}

export function nodeState({ metadata, spec, status }: V1Node, renewed: Date | undefined): NodeState {
    return {
        unschedulable: spec?.unschedulable === true,
        ready: status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false,
        boot: status?.nodeInfo?.bootID ?? "",
        renewed: renewed && new Date(renewed),
        record: recordOf(metadata?.annotations?.[turnAnnotation]),
    };
}

/**
 * The library's calls have no limit of their own: an API server whose host has lost its power, as the master does in its turn,
 * answers a connection that it no longer knows with nothing at all.
 */
function limited(config: KubeConfig) {
    return createConfiguration({
        baseServer: new ServerConfiguration(serverOf(config), {}),
        authMethods: { default: config },
        promiseMiddleware: [
            {
                pre: async (request) => {
                    request.setSignal(AbortSignal.timeout(callLimit * 1000));
                    return request;
                },
                post: async (response) => response,
            },
        ],
    });
}

/** For the proxy to pods: the library escapes the slashes of a path within the path. */
function rawCall(config: KubeConfig): HttpCall {
    const server = serverOf(config).replace(/\/$/, "");
    return async (path, request = {}) => {
        const options: RequestOptions = {};
        await config.applyToHTTPSOptions(options);
        const headers = { ...(options.headers as Record<string, string> | undefined), ...request.headers };
        return send(new URL(server + path), { ...request, headers }, options);
    };
}

function serverOf(config: KubeConfig): string {
    const server = config.getCurrentCluster()?.server;
    if (!server) throw new UserError("the kubeconfig names no cluster", { what: config.getCurrentContext() });
    return server;
}

async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
    try {
        return await call;
    } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
    }
}

async function told<T>(what: string, call: Promise<T>): Promise<T> {
    try {
        return await call;
    } catch (error) {
        throw new Error(`${what}: ${reasonOf(error)}`);
    }
}

/** The API server's own words; the library's message holds headers and more. */
function reasonOf(error: unknown): string {
    const body = typeof error === "object" && error !== null && "body" in error ? String(error.body) : "";
    try {
        const { message, details } = JSON.parse(body) as { message?: string; details?: { causes?: Cause[] } };
        const causes = (details?.causes ?? []).map((cause) => cause.message).filter(Boolean);
        if (message) return [message, ...causes].join(" ");
    } catch {
        // not JSON: the library's own message
    }
    const status = statusOf(error);
    if (status !== undefined) return `${status} ${shorten(body)}`;
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
    return `the API server does not answer: ${messageOf(error)}${cause}`;
}

interface Cause {
    message?: string;
}
