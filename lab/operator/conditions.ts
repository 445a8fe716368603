import type { Kube } from "./kube/client.ts";
import type { Condition, M3DBCluster } from "./types.ts";

/** Go's RFC 3339: seconds, UTC. */
const timestamp = (now: Date): string => now.toISOString().replace(/\.\d+Z$/, "Z");

export function condition(cluster: M3DBCluster, type: Condition["type"]): Condition | undefined {
    return cluster.status?.conditions?.find((other) => other.type === type);
}

function write(kube: Kube, cluster: M3DBCluster, next: Condition): Promise<M3DBCluster> {
    const others = (cluster.status?.conditions ?? []).filter(({ type }) => type !== next.type);
    const conditions = [...others, next].sort((a, b) => (a.type < b.type ? -1 : 1));
    const { namespace, name } = cluster.metadata;
    return kube.patch("clusters", namespace, name, { status: { conditions } }, "status");
}

/** Has no lastTransitionTime: 0.14 does not set it here. */
export function setPlacementInitialized(kube: Kube, cluster: M3DBCluster, now: Date): Promise<M3DBCluster> {
    return write(kube, cluster, {
        type: "PlacementInitialized",
        status: "True",
        lastUpdateTime: timestamp(now),
        reason: "PlacementCreated",
        message: "Created placement",
    });
}

/** Writes nothing when the condition has that status already, whatever its reason. */
export async function setPodsBootstrapping(
    kube: Kube,
    cluster: M3DBCluster,
    status: "True" | "False",
    reason: string,
    message: string,
    now: Date,
): Promise<M3DBCluster> {
    if (condition(cluster, "PodsBootstrapping")?.status === status) return cluster;
    const at = timestamp(now);
    return await write(kube, cluster, {
        type: "PodsBootstrapping",
        status,
        lastUpdateTime: at,
        lastTransitionTime: at,
        reason,
        message,
    });
}
