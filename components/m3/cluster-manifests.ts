import { images } from "../../settings/images.ts";
import type { M3Namespace } from "../../settings/index.ts";
import { dedicated, goMemoryLimit, label, partOf, resources } from "../manifests.ts";
import { adminEndpoint, type M3Identity } from "./identity.ts";

export interface ClusterPlan {
    identity: M3Identity;
    replicationFactor: number;
    numberOfShards: number;
    /** One for each replica, with the nodes that may hold it. */
    isolationGroups: { name: string; nodes: string[] }[];
    namespaces: M3Namespace[];
    memoryMi: number;
    cpu: string;
    storage: string;
    storageClass: string;
    /** The operator asks the admin-only coordinator (AdminCoordinator.ts), which must serve before this is applied. Absent: no. */
    externalCoordinator?: boolean;
}

/** Pods as the operator names them: "<cluster>-rep<i>-<j>" (facts.md 4). */
export function m3dbPods(plan: ClusterPlan): string[] {
    return plan.isolationGroups.flatMap((group, index) =>
        group.nodes.map((_, instance) => `${plan.identity.cluster}-rep${index}-${instance}`),
    );
}

export const m3dbSelector = (identity: M3Identity) => ({
    "operator.m3db.io/app": "m3db",
    "operator.m3db.io/cluster": identity.cluster,
    "operator.m3db.io/component": "m3dbnode",
});

/**
 * The M3DBCluster in exactly the form that the operator writes back after it has read it: every value that Go would add
 * (`hostNetwork: false`, `podMetadata: {}`) is here, every one it would drop (`repairEnabled: false`, `aggregated: false`) is
 * not. Then neither Pulumi nor the operator ever sees a difference to correct.
 */
export function m3dbCluster(plan: ClusterPlan) {
    const { identity } = plan;
    return {
        apiVersion: "operator.m3db.io/v1alpha1",
        kind: "M3DBCluster",
        metadata: {
            name: identity.cluster,
            namespace: identity.namespace,
            labels: partOf,
            // Pulumi deletes in the foreground by default: the garbage collector then takes the database pods away while the
            // operator's finalizer still waits for the coordinator in one of them, and the M3DBCluster never goes.
            annotations: { "pulumi.com/deletionPropagationPolicy": "background" },
        },
        spec: {
            image: images.m3dbnode,
            // The keys in etcd are left to etcd's own end: to remove them takes a coordinator that answers, and an
            // environment whose M3 is down could not be destroyed (facts.md 4: it sticks for ever).
            keepEtcdDataOnDelete: true,
            replicationFactor: plan.replicationFactor,
            numberOfShards: plan.numberOfShards,
            ...(plan.externalCoordinator ? { externalCoordinator: externalCoordinator(identity) } : {}),
            etcdEndpoints: identity.etcdEndpoints,
            isolationGroups: plan.isolationGroups.map(({ name, nodes }) => ({
                name,
                numInstances: nodes.length,
                nodeAffinityTerms: [{ key: label.isolationGroup, values: [name] }],
                // Two instances of a group have a node each.
                ...(nodes.length > 1
                    ? { usePodAntiAffinity: true, podAffinityToplogyKey: "kubernetes.io/hostname" }
                    : {}),
            })),
            tolerations: [{ key: dedicated.key, operator: "Equal", value: dedicated.value, effect: dedicated.effect }],
            // Identity by name alone: by default it holds the pod's UID, and every re-created pod would be a new instance
            // that streams all its shards (facts.md 4).
            podIdentityConfig: { sources: [] },
            podMetadata: {},
            hostNetwork: false,
            // Never nil: the operator's own default adds SYS_RESOURCE, which not every machine may give (facts.md 4). root,
            // as in the official image: volumes of local-path provisioners belong to it.
            securityContext: { runAsUser: 0, allowPrivilegeEscalation: false },
            containerResources: resources(plan.memoryMi, plan.cpu),
            // The index and the open blocks are in the Go heap, file sets are mapped beside it: 80 % for the heap.
            envVars: [goMemoryLimit(plan.memoryMi, 80), { name: "GOGC", value: "75" }],
            dataDirVolumeClaimTemplate: {
                metadata: {},
                spec: {
                    accessModes: ["ReadWriteOnce"],
                    storageClassName: plan.storageClass,
                    resources: { requests: { storage: plan.storage } },
                },
                status: {},
            },
            namespaces: plan.namespaces.map(namespace),
        },
    };
}

/**
 * Off by default: the coordinators inside the database pods do the admin work (facts.md 4, rule). The selector is that of the
 * database pods on purpose. It only fills the Service m3coordinator-<cluster> when that is made, and the operator never changes
 * a Service (lab/operator/reconcile/objects.ts): with another one, a cluster that goes back to its own coordinators would ask a
 * Service that leads nowhere.
 */
const externalCoordinator = (identity: M3Identity) => ({
    selector: m3dbSelector(identity),
    serviceEndpoint: adminEndpoint(identity),
});

/** Namespaces that are missing here are deleted by the operator, with their data (facts.md 4, traps). */
function namespace({ name, retention, blockSize, resolution }: M3Namespace) {
    return {
        name,
        options: {
            bootstrapEnabled: true,
            flushEnabled: true,
            writesToCommitLog: true,
            cleanupEnabled: true,
            snapshotEnabled: true,
            retentionOptions: {
                retentionPeriod: retention,
                blockSize,
                bufferFuture: "10m",
                bufferPast: "20m",
                blockDataExpiry: true,
                blockDataExpiryAfterNotAccessPeriod: "5m",
            },
            indexOptions: { enabled: true, blockSize },
            aggregationOptions: {
                aggregations: [
                    resolution
                        ? { aggregated: true, attributes: { resolution, downsampleOptions: { all: true } } }
                        : { attributes: {} },
                ],
            },
        },
    };
}

/** One database pod at a time may be evicted: with two of three gone, writes have no majority. */
export function m3dbDisruptionBudget(identity: M3Identity) {
    return {
        metadata: { name: identity.cluster, namespace: identity.namespace, labels: partOf },
        spec: { maxUnavailable: 1, selector: { matchLabels: m3dbSelector(identity) } },
    };
}
