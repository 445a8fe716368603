import type { ConfigMap, KubeObject, M3DBCluster, Node, Pod, Service, StatefulSet } from "../types.ts";

/** The kinds that the operator reads or writes, and no other. */
export interface Kinds {
    clusters: M3DBCluster;
    statefulSets: StatefulSet;
    services: Service;
    configMaps: ConfigMap;
    pods: Pod;
    nodes: Node;
    events: KubeObject & { [field: string]: unknown };
}
export type Kind = keyof Kinds;

const resources: Record<Kind, { root: string; plural: string; namespaced: boolean }> = {
    clusters: { root: "/apis/operator.m3db.io/v1alpha1", plural: "m3dbclusters", namespaced: true },
    statefulSets: { root: "/apis/apps/v1", plural: "statefulsets", namespaced: true },
    services: { root: "/api/v1", plural: "services", namespaced: true },
    configMaps: { root: "/api/v1", plural: "configmaps", namespaced: true },
    pods: { root: "/api/v1", plural: "pods", namespaced: true },
    nodes: { root: "/api/v1", plural: "nodes", namespaced: false },
    events: { root: "/api/v1", plural: "events", namespaced: true },
};

/** Path of a collection (all namespaces when none is given) or of one object in it. */
export function resourcePath(kind: Kind, namespace?: string, name?: string, subresource?: string): string {
    const { root, plural, namespaced } = resources[kind];
    const parts = [root, ...(namespaced && namespace ? ["namespaces", namespace] : []), plural];
    return [...parts, ...(name ? [name] : []), ...(subresource ? [subresource] : [])].join("/");
}
