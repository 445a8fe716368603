import type { StatefulSetArgs } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import type { ServiceArgs } from "@pulumi/kubernetes/core/v1/service.js";
import { mebibytesOf } from "../../settings/units.ts";
import {
    httpGet,
    label,
    named,
    oneOnEachNode,
    partOf,
    resources,
    toleratesDedicated,
    unprivilegedContainer,
    unprivilegedPod,
} from "../manifests.ts";

export interface EtcdPlan {
    namespace: string;
    image: string;
    members: number;
    memory: string;
    cpu: string;
    storage: string;
    storageClass: string;
    /** The site names failure domains: the members are spread over them. */
    spread?: boolean;
}

export const etcdName = "etcd";
export const etcdPorts = { client: 2379, peer: 2380 } as const;
const name = etcdName;
const { client, peer } = etcdPorts;

export const etcdPods = (plan: Pick<EtcdPlan, "members">) =>
    Array.from({ length: plan.members }, (_, index) => `${name}-${index}`);

export const etcdEndpoints = (plan: Pick<EtcdPlan, "namespace" | "members">) =>
    etcdPods(plan).map((pod) => `http://${pod}.${name}.${plan.namespace}:${client}`);

/** Names of the members: they must find each other before any of them is ready. */
export function etcdPeers(plan: EtcdPlan) {
    return {
        metadata: named(name, plan.namespace),
        spec: {
            clusterIP: "None",
            publishNotReadyAddresses: true,
            selector: { app: name },
            ports: [
                { name: "client", port: client },
                { name: "peer", port: peer },
            ],
        },
    } satisfies ServiceArgs;
}

/** One address for clients that take a single one. */
export function etcdClients(plan: EtcdPlan) {
    return {
        metadata: named(`${name}-client`, plan.namespace, name),
        spec: { type: "ClusterIP", selector: { app: name }, ports: [{ name: "client", port: client }] },
    } satisfies ServiceArgs;
}

/** As many members as the rest can do without: 1 of 3, 2 of 5. */
export function etcdDisruptionBudget(plan: EtcdPlan) {
    return {
        metadata: named(name, plan.namespace),
        spec: { maxUnavailable: Math.floor((plan.members - 1) / 2), selector: { matchLabels: { app: name } } },
    };
}

export function etcdStatefulSet(plan: EtcdPlan) {
    return {
        metadata: named(name, plan.namespace),
        spec: {
            serviceName: name,
            replicas: plan.members,
            // A member is ready only with a quorum: all have to start together.
            podManagementPolicy: "Parallel",
            updateStrategy: { type: "RollingUpdate" },
            selector: { matchLabels: { app: name } },
            template: {
                metadata: { labels: { app: name, ...partOf } },
                spec: {
                    nodeSelector: { [label.role("m3db")]: "true" },
                    tolerations: toleratesDedicated,
                    affinity: oneOnEachNode(name),
                    ...(plan.spread ? { topologySpreadConstraints: [evenlyOverDomains] } : {}),
                    // Time for a leader to hand over.
                    terminationGracePeriodSeconds: 30,
                    automountServiceAccountToken: false,
                    securityContext: unprivilegedPod,
                    containers: [
                        {
                            name,
                            image: plan.image,
                            command: [name],
                            args: etcdArguments(plan),
                            env: [
                                { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                                { name: "ETCDCTL_API", value: "3" },
                            ],
                            ports: [
                                { name: "client", containerPort: client },
                                { name: "peer", containerPort: peer },
                            ],
                            // /health asks for a leader and a read that reached a majority. No liveness probe: without a
                            // quorum it would restart the members that are left.
                            readinessProbe: {
                                ...httpGet("/health", client),
                                periodSeconds: 3,
                                timeoutSeconds: 3,
                                failureThreshold: 3,
                            },
                            resources: resources(mebibytesOf(plan.memory), plan.cpu),
                            securityContext: { ...unprivilegedContainer, readOnlyRootFilesystem: true },
                            volumeMounts: [{ name: "data", mountPath: "/var/lib/etcd" }],
                        },
                    ],
                },
            },
            volumeClaimTemplates: [
                {
                    metadata: { name: "data" },
                    spec: {
                        accessModes: ["ReadWriteOnce"],
                        storageClassName: plan.storageClass,
                        resources: { requests: { storage: plan.storage } },
                    },
                },
            ],
        },
    } satisfies StatefulSetArgs;
}

/** As the rule counts them that refuses a domain with a quorum in it (settings/rules/failure-domains.ts). */
const evenlyOverDomains = {
    maxSkew: 1,
    topologyKey: label.failureDomain,
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels: { app: name } },
};

/** $(POD) is filled in by the kubelet; no shell. */
function etcdArguments(plan: EtcdPlan): string[] {
    const cluster = etcdPods(plan).map((pod) => `${pod}=http://${pod}.${name}.${plan.namespace}:${peer}`);
    return [
        "--name=$(POD)",
        "--data-dir=/var/lib/etcd/data",
        `--listen-client-urls=http://0.0.0.0:${client}`,
        `--advertise-client-urls=http://$(POD).${name}.${plan.namespace}:${client}`,
        `--listen-peer-urls=http://0.0.0.0:${peer}`,
        `--initial-advertise-peer-urls=http://$(POD).${name}.${plan.namespace}:${peer}`,
        `--initial-cluster=${cluster.join(",")}`,
        "--initial-cluster-state=new",
        "--initial-cluster-token=m3perf",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=1h",
        // M3 keeps a few megabytes; a runaway writer must not fill the volume (1Gi unless told).
        `--quota-backend-bytes=${512 * 2 ** 20}`,
    ];
}
