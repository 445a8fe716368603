import { messageOf } from "../../support/errors.ts";
import type { NamespaceSpec } from "../../support/m3-namespace.ts";
import { type HttpRequest, type HttpResponse, jsonOf, shorten } from "../access/http.ts";
import type { Kubernetes, M3DBCluster } from "../access/kubernetes.ts";
import { m3Ports, type Namespaces, type Placement } from "../access/m3.ts";
import { type Endpoint, endpointOf } from "./endpoint.ts";

/** What is seen of one M3DBCluster, as far as it tells where its bring-up stands. */
export interface Evidence {
    namespace: string;
    cluster: string;
    frozen: boolean;
    deleting: boolean;
    /** Condition PlacementInitialized: the operator has made, or seen, the placement. */
    placementInitialized: boolean;
    pods: { name: string; ready: boolean }[];
    /** Database pods that there must be. */
    instances: number;
    endpoint: Endpoint & { answer: "serves" | "silent" | "cannot be seen from here"; detail?: string };
    /** Namespaces of the M3DBCluster. */
    wanted: NamespaceSpec[];
    /** What M3 itself says, through any coordinator that answers; undefined: none does. */
    m3?: { through: string; instances: number; namespaces: Record<string, string> } | undefined;
}

/** A coordinator's admin API, for one M3 environment. */
export interface Admin {
    name: string;
    call(path: string, request?: HttpRequest): Promise<HttpResponse>;
}

export interface Look {
    evidence: Evidence;
    admin: Admin | undefined;
}

export const adminPaths = {
    placement: "/api/v1/services/m3db/placement",
    namespaces: "/api/v1/services/m3db/namespace",
    ready: "/api/v1/services/m3db/namespace/ready",
} as const;

/** Looks at one cluster; changes nothing. `operatorNamespace`: where the operator runs. */
export async function lookAt(kubernetes: Kubernetes, cluster: M3DBCluster, operatorNamespace: string): Promise<Look> {
    const { namespace, name, deletionTimestamp } = cluster.metadata;
    const selector = { "operator.m3db.io/cluster": name, "operator.m3db.io/component": "m3dbnode" };
    const pods = (await kubernetes.pods(namespace, selector)).filter(({ metadata }) => !metadata.deletionTimestamp);
    const endpoint = endpointOf(cluster, operatorNamespace);
    const headers = { "Cluster-Environment-Name": `${namespace}/${name}` };
    const through = (label: string, call: Admin["call"]): Admin => ({
        name: label,
        call: (path, request = {}) => call(path, { ...request, headers: { ...headers, ...request.headers } }),
    });
    const own = pods.map(({ metadata: pod }) =>
        through(pod.name, (path, request) =>
            kubernetes.pod(namespace, pod.name, m3Ports.coordinatorHttp, path, request),
        ),
    );
    const { service } = endpoint;
    const asked =
        service &&
        through(endpoint.address, (path, request) =>
            kubernetes.service(service.namespace, service.name, service.port, path, request),
        );
    const [first, reached] = await Promise.all([firstThatServes(own), asked && serves(asked)]);
    const admin = first ?? (reached === true ? asked : undefined);
    return {
        admin,
        evidence: {
            namespace,
            cluster: name,
            frozen: cluster.spec.frozen === true,
            deleting: deletionTimestamp !== undefined,
            placementInitialized: (cluster.status?.conditions ?? []).some(
                ({ type, status }) => type === "PlacementInitialized" && status === "True",
            ),
            pods: pods.map((pod) => ({
                name: pod.metadata.name,
                ready: (pod.status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True"),
            })),
            instances: (cluster.spec.isolationGroups ?? []).reduce((sum, group) => sum + (group.numInstances ?? 0), 0),
            endpoint: { ...endpoint, ...answerOf(reached) },
            wanted: cluster.spec.namespaces ?? [],
            ...(admin ? { m3: await whatM3Says(admin) } : {}),
        },
    };
}

/** true, or why not. The registry is read from etcd: what /health does not tell (facts.md 4). */
async function serves(admin: Admin): Promise<true | string> {
    try {
        const { status, body } = await admin.call(adminPaths.namespaces);
        return status === 200 || `HTTP ${status} ${shorten(body, 120)}`;
    } catch (error) {
        return messageOf(error);
    }
}

function answerOf(reached: true | string | undefined): Pick<Evidence["endpoint"], "answer" | "detail"> {
    if (reached === undefined) return { answer: "cannot be seen from here" };
    return reached === true ? { answer: "serves" } : { answer: "silent", detail: reached };
}

/** Those inside the database pods, all at once: one that hangs must not hide the others. */
async function firstThatServes(admins: Admin[]): Promise<Admin | undefined> {
    const trying = admins.map(async (admin) => {
        const reached = await serves(admin);
        if (reached !== true) throw new Error(reached);
        return admin;
    });
    return await Promise.any(trying).catch(() => undefined);
}

async function whatM3Says(admin: Admin): Promise<NonNullable<Evidence["m3"]>> {
    const [placement, registry] = await Promise.all([
        admin.call(adminPaths.placement),
        admin.call(adminPaths.namespaces),
    ]);
    const found =
        placement.status === 404 ? undefined : jsonOf<Placement>(placement, `${admin.name} ${adminPaths.placement}`);
    const known = jsonOf<Namespaces>(registry, `${admin.name} ${adminPaths.namespaces}`).registry.namespaces ?? {};
    return {
        through: admin.name,
        instances: Object.keys(found?.placement.instances ?? {}).length,
        // proto3 JSON leaves the status 0 out, which is UNKNOWN.
        namespaces: Object.fromEntries(
            Object.entries(known).map(([name, { stagingState }]) => [name, stagingState?.status ?? "UNKNOWN"]),
        ),
    };
}
