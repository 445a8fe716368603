import { createHash } from "node:crypto";
import type { Scenario } from "../../settings/index.ts";
import type { Images } from "../../settings/schema/images.ts";
import { mebibytesOf } from "../../settings/units.ts";
import {
    dedicated,
    goMemoryLimit,
    label,
    partOf,
    resources,
    unprivilegedContainer,
    unprivilegedPod,
} from "../manifests.ts";
import { adminEndpoint, type M3Identity } from "./identity.ts";
import { certificateCopy } from "./m3db/certificates.ts";
import { m3dbConfigFile } from "./m3db/config.ts";
import type { Allowed } from "./m3db/guard-rules.ts";
import { m3dbNamespace } from "./m3db/namespaces.ts";

/** The settings under m3perf:m3db, and what other settings and the site say. */
export interface ClusterPlan extends Omit<Scenario["m3db"], "memory" | "storageClass" | keyof Allowed> {
    identity: M3Identity;
    /** "project/stack" */
    stack: string;
    image: Images["m3dbnode"];
    /** One for each replica, with the nodes that may hold it. */
    isolationGroups: { name: string; nodes: string[] }[];
    memoryMi: number;
    storageClass: string;
    /** How coordinators make series' ids: what is written stays under them. */
    tags: Scenario["coordinator"]["tags"];
}

/** Database pods in a group: one on each node unless told. */
const instances = (plan: Pick<ClusterPlan, "instancesPerGroup">, { nodes }: { nodes: string[] }) =>
    plan.instancesPerGroup ?? nodes.length;

/** Pods as the operator names them: "<cluster>-rep<i>-<j>" (facts.md 4). */
export function m3dbPods(plan: Pick<ClusterPlan, "identity" | "instancesPerGroup" | "isolationGroups">): string[] {
    return plan.isolationGroups.flatMap((group, index) =>
        Array.from({ length: instances(plan, group) }, (_, instance) => `${m3dbSet(plan.identity, index)}-${instance}`),
    );
}

/** The StatefulSet of a group: counted in the M3DBCluster's order. */
export const m3dbSet = ({ cluster }: M3Identity, index: number) => `${cluster}-rep${index}`;

export const m3dbSelector = (identity: Pick<M3Identity, "cluster">) => ({
    "operator.m3db.io/app": "m3db",
    "operator.m3db.io/cluster": identity.cluster,
    "operator.m3db.io/component": "m3dbnode",
});

/** Which of the pods' templates a pod is made of: the digest of everything in the M3DBCluster that ends up in pods. */
export const podDigestVariable = "M3PERF_POD_DIGEST";

/** The variables with another digest, for what is not known before an update: which certificate etcd lets in. */
export const alsoMadeOf = (variables: { name: string; value: string }[], fingerprint: string) =>
    variables.map(({ name, value }) => ({
        name,
        value: name === podDigestVariable ? digest(`${value} ${fingerprint}`) : value,
    }));

const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 10);

/**
 * m3.yml of the database pods. Pulumi names it, anew for each content: pods that were not yet rolled keep theirs, and a content
 * that comes back does not meet its older self, which some of them may still have.
 */
export function m3dbConfigMap(plan: ClusterPlan) {
    const { namespace, cluster } = plan.identity;
    return {
        metadata: { namespace, labels: { ...partOf, [configLabel]: cluster } },
        data: { "m3.yml": m3dbConfigFile(plan.identity, plan) },
    };
}

/** Whose it is: "project/stack". */
export const stackAnnotation = "m3perf.io/stack";

/** How series' ids are made there, as `tagsText` has it: nothing else of a M3DBCluster tells. */
export const tagsAnnotation = "m3perf.io/tags";

export const tagsText = ({ idScheme, metricName, bucketName }: ClusterPlan["tags"]) =>
    `idScheme: ${idScheme}, metricName: ${metricName}, bucketName: ${bucketName}`;

export const configLabel = "m3perf.io/m3db-config";

/**
 * The M3DBCluster in exactly the form that the operator writes back after it has read it: every value that Go would add
 * (`hostNetwork: false`, `podMetadata: {}`) is here, every one it would drop (`repairEnabled: false`, `aggregated: false`) is
 * not. Then neither Pulumi nor the operator ever sees a difference to correct. The name of its ConfigMap comes to it (Cluster.ts).
 */
export function m3dbCluster(plan: ClusterPlan) {
    const { identity } = plan;
    const pods = podSpec(plan);
    return {
        apiVersion: "operator.m3db.io/v1alpha1",
        kind: "M3DBCluster",
        metadata: {
            name: identity.cluster,
            namespace: identity.namespace,
            labels: partOf,
            // Pulumi deletes in the foreground by default: the garbage collector then takes the database pods away while the
            // operator's finalizer still waits for the coordinator in one of them, and the M3DBCluster never goes.
            annotations: {
                "pulumi.com/deletionPropagationPolicy": "background",
                [stackAnnotation]: plan.stack,
                [tagsAnnotation]: tagsText(plan.tags),
            },
        },
        spec: {
            ...pods,
            // The keys in etcd are left to etcd's own end: to remove them takes a coordinator that answers, and an
            // environment whose M3 is down could not be destroyed (facts.md 4: it sticks for ever).
            keepEtcdDataOnDelete: true,
            replicationFactor: plan.replicationFactor,
            numberOfShards: plan.numberOfShards,
            ...(plan.externalCoordinator ? { externalCoordinator: externalCoordinator(identity) } : {}),
            etcdEndpoints: identity.etcdEndpoints,
            isolationGroups: plan.isolationGroups.map((group) => isolationGroup(plan, group)),
            // Identity by name alone: by default it holds the pod's UID, and every re-created pod would be a new instance
            // that streams all its shards (facts.md 4).
            podIdentityConfig: { sources: plan.podIdentity },
            ...(Object.keys(plan.labels).length > 0 ? { labels: plan.labels } : {}),
            // The operator compares a StatefulSet with what it would make by Kubernetes' DeepDerivative, which takes what is
            // missing or shorter for no difference: a variable or a toleration that was taken away would never leave the pods.
            // The digest in the first place differs with any change.
            envVars: [{ name: podDigestVariable, value: podDigest(plan, pods) }, ...pods.envVars],
            dataDirVolumeClaimTemplate: {
                metadata: {},
                spec: {
                    accessModes: ["ReadWriteOnce"],
                    storageClassName: plan.storageClass,
                    resources: { requests: { storage: plan.storage } },
                },
                status: {},
            },
            namespaces: plan.namespaces.map(m3dbNamespace),
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

/** What of the spec a pod is made of, but for its group's affinity. */
function podSpec(plan: ClusterPlan) {
    return {
        image: plan.image,
        tolerations: [
            { key: dedicated.key, operator: "Equal", value: dedicated.value, effect: dedicated.effect },
            ...plan.tolerations,
        ],
        podMetadata: Object.keys(plan.annotations).length > 0 ? { annotations: plan.annotations } : {},
        hostNetwork: false,
        ...(plan.priorityClass === undefined ? {} : { priorityClassName: plan.priorityClass }),
        // Never nil: the operator's own default adds SYS_RESOURCE, which not every machine may give (facts.md 4).
        securityContext: unprivilegedContainer,
        podSecurityContext: unprivilegedPod,
        containerResources: containerResources(plan),
        envVars: variables(plan),
        ...certificateCopy(plan.identity, plan.image),
    };
}

/** Reserved in full, unless the settings want a node that promises more than it has. */
function containerResources({ memoryMi, memoryRequest, cpu }: ClusterPlan) {
    const { requests, limits } = resources(memoryMi, cpu);
    if (memoryRequest === undefined) return { requests, limits };
    return { requests: { ...requests, memory: `${mebibytesOf(memoryRequest)}Mi` }, limits };
}

/** Same for all groups, so that it can be one environment variable of theirs. */
function podDigest(plan: ClusterPlan, pods: object): string {
    return digest(JSON.stringify([pods, plan.nodeAffinity, m3dbConfigFile(plan.identity, plan)]));
}

function variables({ memoryMi, env }: ClusterPlan): { name: string; value: string }[] {
    // The index and the open blocks are in the Go heap, file sets are mapped beside it: 80 % for the heap.
    const ours = [goMemoryLimit(memoryMi, 80), { name: "GOGC", value: "75" }].filter(({ name }) => !(name in env));
    return [...ours, ...Object.entries(env).map(([name, value]) => ({ name, value }))];
}

function isolationGroup(plan: ClusterPlan, group: ClusterPlan["isolationGroups"][number]) {
    return {
        name: group.name,
        numInstances: instances(plan, group),
        nodeAffinityTerms: [{ key: label.isolationGroup, values: [group.name] }, ...plan.nodeAffinity],
        // Each instance has a node of its own. Said of a single one, too: one that is added later is made of the template that
        // was there before.
        usePodAntiAffinity: true,
        podAffinityToplogyKey: "kubernetes.io/hostname",
    };
}

/** One database pod at a time may be evicted: with two of three gone, writes have no majority. */
export function m3dbDisruptionBudget(identity: M3Identity) {
    return {
        metadata: { name: identity.cluster, namespace: identity.namespace, labels: partOf },
        spec: { maxUnavailable: 1, selector: { matchLabels: m3dbSelector(identity) } },
    };
}
