import type { CustomResourceDefinitionArgs } from "@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js";

/**
 * The definition of M3DBCluster, written by us for m3db-operator 0.14: every field that the operator reads, those that are
 * Kubernetes' own (volumes, containers, affinity, security contexts) left to the API server's generic check. It admits what the
 * official definition admits, at a hundredth of its size, so that it fits any kind of apply.
 */
export function m3dbClusterDefinition() {
    return {
        metadata: { name: "m3dbclusters.operator.m3db.io" },
        spec: {
            group: "operator.m3db.io",
            scope: "Namespaced",
            names: {
                kind: "M3DBCluster",
                listKind: "M3DBClusterList",
                plural: "m3dbclusters",
                singular: "m3dbcluster",
            },
            versions: [
                {
                    name: "v1alpha1",
                    served: true,
                    storage: true,
                    subresources: { status: {} },
                    schema: {
                        openAPIV3Schema: object({ spec: clusterSpec, status: clusterStatus }, ["spec"]),
                    },
                },
            ],
        },
    } satisfies CustomResourceDefinitionArgs;
}

/** JSON schema as the API server wants it ("structural"). */
interface Schema {
    type?: string;
    format?: string;
    properties?: Record<string, Schema>;
    required?: string[];
    items?: Schema;
    additionalProperties?: Schema;
    "x-kubernetes-preserve-unknown-fields"?: boolean;
    "x-kubernetes-int-or-string"?: boolean;
}

const string: Schema = { type: "string" };
const boolean: Schema = { type: "boolean" };
const int32: Schema = { type: "integer", format: "int32" };
const int64: Schema = { type: "integer", format: "int64" };
const quantity: Schema = { "x-kubernetes-int-or-string": true };
/** Kubernetes' own types, which change with its version. */
const anything: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

function object(properties: Record<string, Schema>, required?: string[]): Schema {
    return { type: "object", properties, ...(required ? { required } : {}) };
}
const list = (items: Schema): Schema => ({ type: "array", items });
const map = (additionalProperties: Schema): Schema => ({ type: "object", additionalProperties });

const aggregation = object({
    aggregated: boolean,
    attributes: object({ resolution: string, downsampleOptions: object({ all: boolean }) }),
});

const namespaceOptions = object({
    bootstrapEnabled: boolean,
    flushEnabled: boolean,
    writesToCommitLog: boolean,
    cleanupEnabled: boolean,
    repairEnabled: boolean,
    snapshotEnabled: boolean,
    coldWritesEnabled: boolean,
    retentionOptions: object({
        retentionPeriod: string,
        blockSize: string,
        bufferFuture: string,
        bufferPast: string,
        blockDataExpiry: boolean,
        blockDataExpiryAfterNotAccessPeriod: string,
    }),
    indexOptions: object({ enabled: boolean, blockSize: string }),
    aggregationOptions: object({ aggregations: list(aggregation) }),
    extendedOptions: object({ type: string, options: map({ type: "string", format: "byte" }) }),
});

const isolationGroup = object(
    {
        name: string,
        numInstances: int32,
        nodeAffinityTerms: list(object({ key: string, values: list(string) }, ["key", "values"])),
        storageClassName: string,
        usePodAntiAffinity: boolean,
        podAffinityToplogyKey: string, // sic: the operator's spelling
    },
    ["name", "numInstances"],
);

const clusterSpec = object({
    image: string,
    replicationFactor: int32,
    numberOfShards: int32,
    zone: string,
    etcdEndpoints: list(string),
    isolationGroups: list(isolationGroup),
    namespaces: list(object({ name: string, preset: string, options: namespaceOptions })),
    configMapName: string,
    annotations: map(string),
    labels: map(string),
    podMetadata: anything,
    podIdentityConfig: object({ sources: list(string) }, ["sources"]),
    containerResources: object({ requests: map(quantity), limits: map(quantity) }),
    dataDirVolumeClaimTemplate: anything,
    securityContext: anything,
    podSecurityContext: anything,
    envVars: list(anything),
    tolerations: list(anything),
    imagePullSecrets: list(object({ name: string })),
    initContainers: list(anything),
    initVolumes: list(anything),
    sidecarContainers: list(anything),
    sidecarVolumes: list(anything),
    externalCoordinator: object({ selector: map(string), serviceEndpoint: string }),
    serviceAccountName: string,
    priorityClassName: string,
    dnsPolicy: string,
    nodeEndpointFormat: string,
    hostNetwork: boolean,
    enableCarbonIngester: boolean,
    keepEtcdDataOnDelete: boolean,
    onDeleteUpdateStrategy: boolean,
    parallelPodManagement: boolean,
    preventScaleDown: boolean,
    frozen: boolean,
});

const clusterStatus = object({
    state: string,
    message: string,
    observedGeneration: int64,
    conditions: list(
        object({
            type: string,
            status: string,
            reason: string,
            message: string,
            lastUpdateTime: string,
            lastTransitionTime: string,
        }),
    ),
});
