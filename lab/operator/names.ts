import type { IsolationGroup, M3DBCluster, OwnerReference } from "./types.ts";

/** Labels, annotations, names and the finalizer of m3db-operator 0.14 (facts.md 4). */
const prefix = "operator.m3db.io";
export const labels = {
    app: `${prefix}/app`,
    cluster: `${prefix}/cluster`,
    component: `${prefix}/component`,
    isolationGroup: `${prefix}/isolation-group`,
    statefulSet: `${prefix}/stateful-set`,
} as const;
export const annotations = {
    podIdentity: `${prefix}/pod-identity`,
    /** "enabled": the StatefulSet may be updated once. */
    update: `${prefix}/update`,
    /** A count: the StatefulSet may be updated, that many pods at a time (OnDelete strategy). */
    parallelUpdate: `${prefix}/parallel-update`,
    parallelUpdateInProgress: `${prefix}/parallel-update-in-progress`,
} as const;
export const etcdFinalizer = `${prefix}/etcd-deletion`;
export const ownerKind = "m3dbcluster"; // in small letters, unlike the CRD's kind: so does 0.14

export const headlessServiceName = (cluster: M3DBCluster): string => `m3dbnode-${cluster.metadata.name}`;
export const coordinatorServiceName = (cluster: M3DBCluster): string => `m3coordinator-${cluster.metadata.name}`;
export const defaultConfigMapName = (cluster: M3DBCluster): string => `m3db-config-map-${cluster.metadata.name}`;
/** M3's own environment, under which placement and namespaces lie in etcd. */
export const m3Environment = (cluster: M3DBCluster): string => `${cluster.metadata.namespace}/${cluster.metadata.name}`;

/** StatefulSets are counted in the spec's order of groups. */
export function statefulSetName(cluster: M3DBCluster, group: IsolationGroup): string {
    const index = (cluster.spec.isolationGroups ?? []).findIndex((other) => other.name === group.name);
    if (index < 0) throw new Error(`could not find isogroup '${group.name}' in spec`);
    return `${cluster.metadata.name}-rep${index}`;
}

/** On every object of a cluster; the spec's own labels win. */
export function baseLabels(cluster: M3DBCluster): Record<string, string> {
    return { [labels.app]: "m3db", [labels.cluster]: cluster.metadata.name, ...cluster.spec.labels };
}

export function nodeLabels(cluster: M3DBCluster): Record<string, string> {
    return { ...baseLabels(cluster), [labels.component]: "m3dbnode" };
}

export function baseAnnotations(cluster: M3DBCluster): Record<string, string> {
    return { [labels.app]: "m3db", [labels.cluster]: cluster.metadata.name, ...cluster.spec.annotations };
}

/** The base annotations and, where these leave room, those of spec.podMetadata. */
export function podAnnotations(cluster: M3DBCluster): Record<string, string> {
    return { ...cluster.spec.podMetadata?.annotations, ...baseAnnotations(cluster) };
}

export function ownerReference(cluster: M3DBCluster): OwnerReference {
    return {
        apiVersion: `${prefix}/v1alpha1`,
        kind: ownerKind,
        name: cluster.metadata.name,
        uid: cluster.metadata.uid ?? "",
        controller: true,
        blockOwnerDeletion: true,
    };
}
