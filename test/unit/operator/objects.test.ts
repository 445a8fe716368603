import assert from "node:assert/strict";
import { defaultConfigMap } from "../../../lab/operator/objects/configmap.ts";
import { coordinatorService, nodeService } from "../../../lab/operator/objects/services.ts";
import { groupStatefulSet } from "../../../lab/operator/objects/statefulset.ts";
import type { ClusterSpec, JsonObject } from "../../../lab/operator/types.ts";
import { makeCluster, uid } from "./fixtures.ts";

const owner = {
    apiVersion: "operator.m3db.io/v1alpha1",
    kind: "m3dbcluster",
    name: "m3-cluster",
    uid,
    controller: true,
    blockOwnerDeletion: true,
};
const nodeLabels = {
    "operator.m3db.io/app": "m3db",
    "operator.m3db.io/cluster": "m3-cluster",
    "operator.m3db.io/component": "m3dbnode",
};
const annotations = { "operator.m3db.io/app": "m3db", "operator.m3db.io/cluster": "m3-cluster" };

function firstSet(spec: Partial<ClusterSpec> = {}) {
    const cluster = makeCluster(spec);
    const group = cluster.spec.isolationGroups?.[0];
    assert.ok(group);
    return groupStatefulSet(cluster, group);
}

function podOf(spec: Partial<ClusterSpec> = {}): JsonObject & { containers: JsonObject[]; volumes: JsonObject[] } {
    return (firstSet(spec).spec.template as { spec: JsonObject }).spec as never;
}

describe("operator: what it makes", () => {
    it("the headless service of the db nodes, with addresses before they are ready", () => {
        assert.deepEqual(nodeService(makeCluster()), {
            apiVersion: "v1",
            kind: "Service",
            metadata: {
                name: "m3dbnode-m3-cluster",
                namespace: "m3db",
                labels: nodeLabels,
                annotations,
                ownerReferences: [owner],
            },
            spec: {
                type: "ClusterIP",
                clusterIP: "None",
                publishNotReadyAddresses: true,
                selector: nodeLabels,
                ports: [
                    { name: "client", port: 9000, protocol: "TCP" },
                    { name: "cluster", port: 9001, protocol: "TCP" },
                    { name: "http-node", port: 9002, protocol: "TCP" },
                    { name: "http-cluster", port: 9003, protocol: "TCP" },
                    { name: "debug", port: 9004, protocol: "TCP" },
                    { name: "coordinator", port: 7201, protocol: "TCP" },
                    { name: "coord-metrics", port: 7203, protocol: "TCP" },
                ],
            },
        });
    });

    it("the coordinator service, on the db nodes, without annotations", () => {
        assert.deepEqual(coordinatorService(makeCluster()), {
            apiVersion: "v1",
            kind: "Service",
            metadata: {
                name: "m3coordinator-m3-cluster",
                namespace: "m3db",
                labels: { ...nodeLabels, "operator.m3db.io/component": "coordinator" },
                ownerReferences: [owner],
            },
            spec: {
                type: "ClusterIP",
                selector: nodeLabels,
                ports: [
                    { name: "coordinator", port: 7201, protocol: "TCP" },
                    { name: "coord-metrics", port: 7203, protocol: "TCP" },
                ],
            },
        });
    });

    it("the coordinator service with an external coordinator's selector", () => {
        const external = { selector: { app: "m3coordinator" }, serviceEndpoint: "m3coordinator.m3db:7201" };
        const service = coordinatorService(makeCluster({ externalCoordinator: external }));
        assert.deepEqual(service.spec.selector, { app: "m3coordinator" });
    });

    it("the default configuration, byte for byte", () => {
        assert.deepEqual(defaultConfigMap(makeCluster()), {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "m3db-config-map-m3-cluster", namespace: "m3db", ownerReferences: [owner] },
            data: {
                "m3.yml": [
                    "",
                    "coordinator: {}",
                    "",
                    "db:",
                    "  hostID:",
                    "    resolver: file",
                    "    file:",
                    "      path: /etc/m3db/pod-identity/identity",
                    "      timeout: 5m",
                    "",
                    "  client:",
                    "    writeConsistencyLevel: majority",
                    "    readConsistencyLevel: unstrict_majority",
                    "",
                    "  discovery:",
                    "    config:",
                    "      service:",
                    '        env: "m3db/m3-cluster"',
                    "        zone: embedded",
                    "        service: m3db",
                    "        cacheDir: /var/lib/m3kv",
                    "        etcdClusters:",
                    "        - zone: embedded",
                    "          endpoints:",
                    '          - "http://etcd-0.etcd:2379"',
                    '          - "http://etcd-1.etcd:2379"',
                    '          - "http://etcd-2.etcd:2379"',
                    "",
                ].join("\n"),
            },
        });
    });

    it("no default configuration without etcd endpoints", () => {
        assert.throws(() => defaultConfigMap(makeCluster({ etcdEndpoints: [] })), /etcd endpoints cannot be empty/);
    });

    it("the StatefulSet of a group, field by field", () => {
        const setLabels = {
            ...nodeLabels,
            "operator.m3db.io/isolation-group": "rep0",
            "operator.m3db.io/stateful-set": "m3-cluster-rep0",
        };
        assert.deepEqual(firstSet(), {
            apiVersion: "apps/v1",
            kind: "StatefulSet",
            metadata: {
                name: "m3-cluster-rep0",
                namespace: "m3db",
                labels: setLabels,
                annotations,
                ownerReferences: [owner],
            },
            spec: {
                serviceName: "m3dbnode-m3-cluster",
                replicas: 1,
                podManagementPolicy: "Parallel",
                updateStrategy: { type: "RollingUpdate" },
                selector: { matchLabels: setLabels },
                template: {
                    metadata: { labels: setLabels, annotations },
                    spec: {
                        affinity: {
                            nodeAffinity: {
                                requiredDuringSchedulingIgnoredDuringExecution: {
                                    nodeSelectorTerms: [
                                        {
                                            matchExpressions: [{ key: "m3db-rep", operator: "In", values: ["rep0"] }],
                                        },
                                    ],
                                },
                            },
                        },
                        tolerations: [{ key: "dedicated", operator: "Equal", value: "m3db", effect: "NoSchedule" }],
                        containers: [
                            {
                                name: "m3-cluster-rep0",
                                command: ["m3dbnode"],
                                args: ["-f", "/etc/m3db/m3.yml"],
                                image: "quay.io/m3db/m3dbnode:v1.5.0",
                                imagePullPolicy: "Always",
                                securityContext: { runAsUser: 0 },
                                env: [
                                    {
                                        name: "NAMESPACE",
                                        valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } },
                                    },
                                    { name: "M3CLUSTER_ENVIRONMENT", value: "m3db/m3-cluster" },
                                    { name: "GOMEMLIMIT", value: "1700MiB" },
                                    { name: "GOGC", value: "75" },
                                ],
                                ports: [
                                    { name: "client", containerPort: 9000, protocol: "TCP" },
                                    { name: "cluster", containerPort: 9001, protocol: "TCP" },
                                    { name: "http-node", containerPort: 9002, protocol: "TCP" },
                                    { name: "http-cluster", containerPort: 9003, protocol: "TCP" },
                                    { name: "debug", containerPort: 9004, protocol: "TCP" },
                                    { name: "coordinator", containerPort: 7201, protocol: "TCP" },
                                    { name: "coord-metrics", containerPort: 7203, protocol: "TCP" },
                                ],
                                readinessProbe: {
                                    httpGet: {
                                        path: "/bootstrappedinplacementornoplacement",
                                        port: 9002,
                                        scheme: "HTTP",
                                    },
                                    initialDelaySeconds: 10,
                                    timeoutSeconds: 30,
                                    failureThreshold: 15,
                                },
                                resources: { requests: { memory: "1Gi", cpu: "100m" }, limits: { memory: "2Gi" } },
                                volumeMounts: [
                                    { name: "m3db-data", mountPath: "/var/lib/m3db/" },
                                    { name: "cache", mountPath: "/var/lib/m3kv/" },
                                    { name: "pod-identity", mountPath: "/etc/m3db/pod-identity" },
                                    { name: "m3-configuration", mountPath: "/etc/m3db/" },
                                ],
                            },
                        ],
                        volumes: [
                            { name: "cache", emptyDir: {} },
                            {
                                name: "pod-identity",
                                downwardAPI: {
                                    items: [
                                        {
                                            path: "identity",
                                            fieldRef: {
                                                fieldPath: "metadata.annotations['operator.m3db.io/pod-identity']",
                                            },
                                        },
                                    ],
                                },
                            },
                            { name: "m3-configuration", configMap: { name: "m3db-config-map-m3-cluster" } },
                        ],
                    },
                },
                volumeClaimTemplates: [
                    {
                        metadata: { name: "m3db-data" },
                        spec: {
                            accessModes: ["ReadWriteOnce"],
                            storageClassName: "local-m3",
                            resources: { requests: { storage: "5Gi" } },
                        },
                    },
                ],
            },
        });
    });

    it("StatefulSets are counted in the spec's order of groups", () => {
        const cluster = makeCluster({
            isolationGroups: ["zone-b", "zone-a", "zone-c"].map((name) => ({ name, numInstances: 2 })),
        });
        const sets = (cluster.spec.isolationGroups ?? []).map((group) => groupStatefulSet(cluster, group));
        assert.deepEqual(
            sets.map(({ metadata, spec }) => [
                metadata.name,
                metadata.labels?.["operator.m3db.io/isolation-group"],
                spec.replicas,
            ]),
            [
                ["m3-cluster-rep0", "zone-b", 2],
                ["m3-cluster-rep1", "zone-a", 2],
                ["m3-cluster-rep2", "zone-c", 2],
            ],
        );
    });

    it("SYS_RESOURCE only where the spec has no security context", () => {
        const { securityContext: _, ...bare } = makeCluster().spec;
        const cluster = { ...makeCluster(), spec: bare };
        const group = cluster.spec.isolationGroups?.[0];
        assert.ok(group);
        const template = groupStatefulSet(cluster, group).spec.template as { spec: { containers: JsonObject[] } };
        assert.deepEqual(template.spec.containers[0]?.securityContext, { capabilities: { add: ["SYS_RESOURCE"] } });
        assert.deepEqual(podOf({ securityContext: {} }).containers[0]?.securityContext, {});
    });

    it("an emptyDir for the data where the spec has no volume claim", () => {
        const { dataDirVolumeClaimTemplate: _, ...bare } = makeCluster().spec;
        const cluster = { ...makeCluster(), spec: bare };
        const group = cluster.spec.isolationGroups?.[0];
        assert.ok(group);
        const { spec } = groupStatefulSet(cluster, group);
        const volumes = (spec.template as { spec: { volumes: JsonObject[] } }).spec.volumes;
        assert.deepEqual(volumes.at(-1), { name: "m3db-data", emptyDir: {} });
        assert.equal(spec.volumeClaimTemplates, undefined);
    });

    it("a group's own storage class wins", () => {
        const group = { name: "rep0", numInstances: 1, storageClassName: "fast" };
        const set = groupStatefulSet(makeCluster({ isolationGroups: [group] }), group);
        const [claim] = set.spec.volumeClaimTemplates as { spec: JsonObject }[];
        assert.equal(claim?.spec.storageClassName, "fast");
    });

    it("a custom ConfigMap is mounted; an empty name is an error", () => {
        const volume = podOf({ configMapName: "my-config" }).volumes.find(({ name }) => name === "m3-configuration");
        assert.deepEqual(volume, { name: "m3-configuration", configMap: { name: "my-config" } });
        assert.throws(() => firstSet({ configMapName: "" }), /configMap name cannot be empty/);
    });

    it("pod settings of the spec", () => {
        const pod = podOf({
            hostNetwork: true,
            dnsPolicy: "ClusterFirstWithHostNet",
            priorityClassName: "high",
            podSecurityContext: { fsGroup: 1 },
            imagePullSecrets: [{ name: "pull" }],
            serviceAccountName: "m3db",
            initContainers: [{ name: "init" }],
            initVolumes: [{ name: "init-volume" }],
            sidecarContainers: [{ name: "sidecar" }],
            sidecarVolumes: [{ name: "sidecar-volume" }],
        });
        assert.equal(pod.hostNetwork, true);
        assert.equal(pod.dnsPolicy, "ClusterFirstWithHostNet");
        assert.equal(pod.priorityClassName, "high");
        assert.deepEqual(pod.securityContext, { fsGroup: 1 });
        assert.deepEqual(pod.imagePullSecrets, [{ name: "pull" }]);
        assert.equal(pod.serviceAccountName, "m3db");
        assert.deepEqual(pod.initContainers, [{ name: "init" }]);
        assert.deepEqual(
            pod.containers.map(({ name }) => name),
            ["m3-cluster-rep0", "sidecar"],
        );
        assert.deepEqual(
            pod.volumes.map(({ name }) => name),
            ["cache", "pod-identity", "m3-configuration", "init-volume", "sidecar-volume"],
        );
    });

    it("labels go on everything, pod metadata on pods where there is room", () => {
        const spec = {
            labels: { team: "metrics" },
            annotations: { note: "all" },
            podMetadata: { annotations: { note: "pod", "prometheus.io/scrape": "true" } },
        };
        const cluster = makeCluster(spec);
        assert.equal(nodeService(cluster).metadata.labels?.team, "metrics");
        assert.equal((nodeService(cluster).spec.selector as JsonObject).team, "metrics");
        assert.equal(nodeService(cluster).metadata.annotations?.note, "all");
        assert.equal(nodeService(cluster).metadata.annotations?.["prometheus.io/scrape"], undefined);
        const set = firstSet(spec);
        assert.equal(set.metadata.labels?.team, "metrics");
        assert.equal(set.metadata.annotations?.note, "all");
        assert.equal(set.metadata.annotations?.["prometheus.io/scrape"], "true");
    });

    it("update strategy, pod management, carbon, anti-affinity", () => {
        assert.deepEqual(firstSet({ onDeleteUpdateStrategy: true }).spec.updateStrategy, { type: "OnDelete" });
        assert.equal(firstSet({ parallelPodManagement: false }).spec.podManagementPolicy, undefined);
        const ports = coordinatorService(makeCluster({ enableCarbonIngester: true })).spec.ports as JsonObject[];
        assert.deepEqual(ports.at(-1), { name: "coord-carbon", port: 7204, protocol: "TCP" });
        const group = { name: "rep0", numInstances: 1, usePodAntiAffinity: true };
        assert.throws(() => groupStatefulSet(makeCluster({ isolationGroups: [group] }), group), /cannot be empty/);
        const keyed = { ...group, podAffinityToplogyKey: "kubernetes.io/hostname" };
        const set = groupStatefulSet(makeCluster({ isolationGroups: [keyed] }), keyed);
        const template = set.spec.template as { spec: { affinity: JsonObject } };
        assert.deepEqual(template.spec.affinity, {
            podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                    {
                        labelSelector: {
                            matchExpressions: [
                                { key: "operator.m3db.io/component", operator: "In", values: ["m3dbnode"] },
                            ],
                        },
                        topologyKey: "kubernetes.io/hostname",
                    },
                ],
            },
        });
        const unkeyed = { name: "rep0", numInstances: 1, nodeAffinityTerms: [{ key: "", values: ["a"] }] };
        assert.throws(() => groupStatefulSet(makeCluster({ isolationGroups: [unkeyed] }), unkeyed), /key cannot be/);
    });
});
