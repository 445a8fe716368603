/** Kubernetes objects as JSON, only the fields that the operator itself looks at. The rest passes through untouched. */

import type { JsonObject, NamespaceSpec } from "../../support/m3-namespace.ts";

export type { Json, JsonObject, NamespaceOptions, NamespaceSpec } from "../../support/m3-namespace.ts";

export interface OwnerReference {
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller?: boolean;
    blockOwnerDeletion?: boolean;
}

export interface Metadata {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    deletionTimestamp?: string;
    ownerReferences?: OwnerReference[];
}

export interface KubeObject {
    apiVersion?: string;
    kind?: string;
    metadata: Metadata;
}

export interface IsolationGroup {
    name: string;
    numInstances: number;
    nodeAffinityTerms?: { key: string; values: string[] }[];
    storageClassName?: string;
    usePodAntiAffinity?: boolean;
    /** Spelt as in the official CRD. */
    podAffinityToplogyKey?: string;
}

export interface ClusterSpec {
    image?: string;
    replicationFactor?: number;
    numberOfShards?: number;
    isolationGroups?: IsolationGroup[];
    namespaces?: NamespaceSpec[];
    etcdEndpoints?: string[];
    zone?: string;
    frozen?: boolean;
    keepEtcdDataOnDelete?: boolean;
    preventScaleDown?: boolean;
    onDeleteUpdateStrategy?: boolean;
    parallelPodManagement?: boolean;
    enableCarbonIngester?: boolean;
    configMapName?: string;
    podIdentityConfig?: { sources?: string[] };
    externalCoordinator?: { selector?: Record<string, string>; serviceEndpoint?: string };
    containerResources?: JsonObject;
    dataDirVolumeClaimTemplate?: { metadata?: JsonObject; spec?: JsonObject };
    podSecurityContext?: JsonObject;
    securityContext?: JsonObject;
    imagePullSecrets?: JsonObject[];
    envVars?: JsonObject[];
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    podMetadata?: { annotations?: Record<string, string> };
    tolerations?: JsonObject[];
    priorityClassName?: string;
    nodeEndpointFormat?: string;
    hostNetwork?: boolean;
    dnsPolicy?: string;
    serviceAccountName?: string;
    initContainers?: JsonObject[];
    initVolumes?: JsonObject[];
    sidecarContainers?: JsonObject[];
    sidecarVolumes?: JsonObject[];
}

export interface Condition {
    type: "PlacementInitialized" | "PodsBootstrapping";
    status: "True" | "False" | "Unknown";
    lastUpdateTime?: string;
    lastTransitionTime?: string;
    reason?: string;
    message?: string;
}

export interface M3DBCluster extends KubeObject {
    metadata: Metadata & { namespace: string };
    spec: ClusterSpec;
    status?: { conditions?: Condition[] };
}

export interface StatefulSet extends KubeObject {
    spec: {
        replicas?: number;
        updateStrategy?: { type?: string };
        template: JsonObject;
    } & JsonObject;
    status?: {
        observedGeneration?: number;
        replicas?: number;
        readyReplicas?: number;
        updatedReplicas?: number;
        currentRevision?: string;
        updateRevision?: string;
    };
}

export interface Pod extends KubeObject {
    spec?: { nodeName?: string };
}

export interface Node extends KubeObject {
    spec?: { providerID?: string; externalID?: string };
}

export interface ConfigMap extends KubeObject {
    data?: Record<string, string>;
}

export interface Service extends KubeObject {
    spec: JsonObject;
}
