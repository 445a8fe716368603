/** Pieces that several manifests share. Manifests are plain data made by pure functions; components only compose them. */

/** Labels of our own; their domain keeps them apart from the site's. */
export const label = {
    role: (role: string) => `m3perf.io/role-${role}`,
    isolationGroup: "m3perf.io/isolation-group",
    failureDomain: "m3perf.io/failure-domain",
} as const;

/** The nodes that M3DB and etcd have to themselves. */
export const dedicated = { key: "dedicated", value: "m3db", effect: "NoSchedule" } as const;

/** Kept where the nodes are shared: nothing there asks for it, and a switch to dedicated nodes then restarts no database pod. */
export const toleratesDedicated = [{ ...dedicated, operator: "Equal" }];

export const partOf = { "app.kubernetes.io/part-of": "m3perf" } as const;

/** metadata of a namespaced object with a given name; `app` is what selectors go by. */
export function named(name: string, namespace: string, app = name) {
    return { name, namespace, labels: { app, ...partOf } };
}

/** No two pods of `app` on one node. */
export function oneOnEachNode(app: string) {
    return {
        podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app } } },
            ],
        },
    };
}

/**
 * Resources of a container: memory is reserved in full (request = limit), so that no node promises more than it has; the
 * CPU has a share but no limit, whose throttling would show up as latency in measurements.
 */
export function resources(memoryMi: number, cpu: string) {
    return { requests: { cpu, memory: `${memoryMi}Mi` }, limits: { memory: `${memoryMi}Mi` } };
}

/** GOMEMLIMIT: the Go runtime collects harder above this share of the container's limit instead of being killed at the limit. */
export function goMemoryLimit(memoryMi: number, percent: number) {
    return { name: "GOMEMLIMIT", value: `${Math.floor((memoryMi * percent) / 100)}MiB` };
}

/** "nobody": owns nothing on any node. */
const nobody = 65534;

/** Pod-level and container-level rights of processes that need none: Pod Security "restricted". */
export const unprivilegedPod = {
    runAsNonRoot: true,
    runAsUser: nobody,
    runAsGroup: nobody,
    fsGroup: nobody,
    seccompProfile: { type: "RuntimeDefault" },
};
export const unprivilegedContainer = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

export function httpGet(path: string, port: number | string) {
    return { httpGet: { path, port } };
}

/** Evictions (drains) take one pod at a time. */
export function disruptionBudget(name: string, namespace: string, maxUnavailable = 1) {
    return {
        metadata: named(name, namespace),
        spec: { maxUnavailable, selector: { matchLabels: { app: name } } },
    };
}

/**
 * For pods that may run on any node: rather not on one whose memory others of ours come to need later. Preferred only: a site may have no
 * other node.
 */
export const awayFromRoles = {
    nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
            {
                weight: 100,
                preference: {
                    matchExpressions: ["m3db", "coordinator", "aggregator"].map((role) => ({
                        key: label.role(role),
                        operator: "DoesNotExist",
                    })),
                },
            },
        ],
    },
};
