import {
    annotations,
    baseLabels,
    headlessServiceName,
    labels,
    m3Environment,
    ownerReference,
    podAnnotations,
    statefulSetName,
} from "../names.ts";
import type { ClusterSpec, IsolationGroup, JsonObject, M3DBCluster, StatefulSet } from "../types.ts";
import { groupAffinity } from "./affinity.ts";
import { configKey, configMapName } from "./configmap.ts";
import { containerPorts } from "./ports.ts";

const dataVolume = "m3db-data";

/** The StatefulSet of one isolation group. Fields that the API server defaults are left to it. */
export function groupStatefulSet(cluster: M3DBCluster, group: IsolationGroup): StatefulSet {
    const { spec } = cluster;
    const name = statefulSetName(cluster, group);
    const setLabels = {
        ...baseLabels(cluster),
        [labels.isolationGroup]: group.name,
        [labels.statefulSet]: name,
        [labels.component]: "m3dbnode",
        ...spec.labels,
    };
    return {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: {
            name,
            namespace: cluster.metadata.namespace,
            labels: setLabels,
            annotations: podAnnotations(cluster),
            ownerReferences: [ownerReference(cluster)],
        },
        spec: {
            serviceName: headlessServiceName(cluster),
            replicas: group.numInstances,
            selector: { matchLabels: setLabels },
            ...(spec.parallelPodManagement !== false && { podManagementPolicy: "Parallel" }),
            updateStrategy: { type: spec.onDeleteUpdateStrategy ? "OnDelete" : "RollingUpdate" },
            template: {
                metadata: { labels: setLabels, annotations: podAnnotations(cluster) },
                spec: podSpec(cluster, group, name),
            },
            ...(spec.dataDirVolumeClaimTemplate && { volumeClaimTemplates: [dataClaim(spec, group)] }),
        },
    };
}

function podSpec(cluster: M3DBCluster, group: IsolationGroup, name: string): JsonObject {
    const { spec } = cluster;
    const affinity = groupAffinity(group);
    return {
        ...(affinity && { affinity }),
        ...(spec.tolerations && { tolerations: spec.tolerations }),
        ...(spec.hostNetwork && { hostNetwork: true }),
        ...(spec.dnsPolicy && { dnsPolicy: spec.dnsPolicy }),
        ...(spec.priorityClassName && { priorityClassName: spec.priorityClassName }),
        ...(spec.podSecurityContext && { securityContext: spec.podSecurityContext }),
        ...(spec.imagePullSecrets && { imagePullSecrets: spec.imagePullSecrets }),
        ...(spec.serviceAccountName && { serviceAccountName: spec.serviceAccountName }),
        ...(spec.initContainers?.length && { initContainers: spec.initContainers }),
        containers: [nodeContainer(cluster, name), ...(spec.sidecarContainers ?? [])],
        volumes: [
            { name: "cache", emptyDir: {} },
            identityVolume,
            { name: "m3-configuration", configMap: { name: configMapName(cluster) } },
            ...(spec.dataDirVolumeClaimTemplate ? [] : [{ name: dataVolume, emptyDir: {} }]),
            ...(spec.initVolumes ?? []),
            ...(spec.sidecarVolumes ?? []),
        ],
    };
}

function nodeContainer(cluster: M3DBCluster, name: string): JsonObject {
    const { spec } = cluster;
    return {
        name,
        command: ["m3dbnode"],
        args: ["-f", `/etc/m3db/${configKey}`],
        ...(spec.image !== undefined && { image: spec.image }),
        imagePullPolicy: "Always",
        // m3dbnode raises its own limit of open files; where a machine cannot give the capability, set a context of your own.
        securityContext: spec.securityContext ?? { capabilities: { add: ["SYS_RESOURCE"] } },
        env: [
            { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
            { name: "M3CLUSTER_ENVIRONMENT", value: m3Environment(cluster) },
            ...(spec.envVars ?? []),
        ],
        ports: containerPorts(spec),
        readinessProbe: {
            httpGet: { path: "/bootstrappedinplacementornoplacement", port: 9002, scheme: "HTTP" },
            initialDelaySeconds: 10,
            timeoutSeconds: 30,
            failureThreshold: 15,
        },
        ...(spec.containerResources && { resources: spec.containerResources }),
        volumeMounts: [
            { name: dataVolume, mountPath: "/var/lib/m3db/" },
            { name: "cache", mountPath: "/var/lib/m3kv/" },
            { name: "pod-identity", mountPath: "/etc/m3db/pod-identity" },
            { name: "m3-configuration", mountPath: "/etc/m3db/" },
        ],
    };
}

/** The pod reads its own identity from a file, which appears once the operator has annotated the pod. */
const identityVolume: JsonObject = {
    name: "pod-identity",
    downwardAPI: {
        items: [{ path: "identity", fieldRef: { fieldPath: `metadata.annotations['${annotations.podIdentity}']` } }],
    },
};

function dataClaim(spec: ClusterSpec, group: IsolationGroup): JsonObject {
    const template = spec.dataDirVolumeClaimTemplate ?? {};
    return {
        metadata: { ...template.metadata, name: dataVolume },
        spec: { ...template.spec, ...(group.storageClassName && { storageClassName: group.storageClassName }) },
    };
}
