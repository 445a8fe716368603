import type { StatefulSetArgs } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import type { ServiceArgs } from "@pulumi/kubernetes/core/v1/service.js";
import type { Input } from "@pulumi/pulumi";
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
import { folder, keys, tlsMount, tlsVolume } from "../tls/files.ts";

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
    /** Secret with the members' certificate. Absent: plain text. */
    tls?: Input<string> | undefined;
}

export const etcdName = "etcd";
/** metrics: /health and /metrics in plain text, where its clients need certificates, which neither kubelets nor Prometheus have. */
export const etcdPorts = { client: 2379, peer: 2380, metrics: 2381 } as const;
const name = etcdName;
const { client, peer, metrics } = etcdPorts;

/** Where rolls ask for /health, where it is not the clients' port. */
export const etcdHealth = (tls: boolean) => (tls ? { healthPort: metrics } : {});

export const etcdPods = (plan: Pick<EtcdPlan, "members">) =>
    Array.from({ length: plan.members }, (_, index) => `${name}-${index}`);

const scheme = ({ tls }: { tls?: unknown }) => (tls ? "https" : "http");

export const etcdEndpoints = (plan: Pick<EtcdPlan, "namespace" | "members"> & { tls?: unknown }) =>
    etcdPods(plan).map((pod) => `${scheme(plan)}://${pod}.${name}.${plan.namespace}:${client}`);

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
                                ...(plan.tls ? etcdctl : []),
                            ],
                            ports: [
                                { name: "client", containerPort: client },
                                { name: "peer", containerPort: peer },
                                ...(plan.tls ? [{ name: "metrics", containerPort: metrics }] : []),
                            ],
                            // /health asks for a leader and a read that reached a majority. No liveness probe: without a
                            // quorum it would restart the members that are left.
                            readinessProbe: {
                                ...httpGet("/health", plan.tls ? metrics : client),
                                periodSeconds: 3,
                                timeoutSeconds: 3,
                                failureThreshold: 3,
                            },
                            resources: resources(mebibytesOf(plan.memory), plan.cpu),
                            securityContext: { ...unprivilegedContainer, readOnlyRootFilesystem: true },
                            volumeMounts: [
                                { name: "data", mountPath: "/var/lib/etcd" },
                                ...(plan.tls ? [tlsMount] : []),
                            ],
                        },
                    ],
                    ...(plan.tls ? { volumes: [tlsVolume(plan.tls)] } : {}),
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

/**
 * Milliseconds; etcd's own are 100 and 1000, for machines of its own. Beside databases on busy processors a leader that is alive
 * goes unheard for longer. Not more, or the aggregator's lease (config/aggregator.ts) has to be longer, too. Source: etcd's guide,
 * "Tuning", which wants tenfold.
 */
const elections = ["--heartbeat-interval=250", "--election-timeout=2500"];

/** $(POD) is filled in by the kubelet; no shell. */
function etcdArguments(plan: EtcdPlan): string[] {
    const url = scheme(plan);
    const cluster = etcdPods(plan).map((pod) => `${pod}=${url}://${pod}.${name}.${plan.namespace}:${peer}`);
    return [
        "--name=$(POD)",
        "--data-dir=/var/lib/etcd/data",
        `--listen-client-urls=${url}://0.0.0.0:${client}`,
        `--advertise-client-urls=${url}://$(POD).${name}.${plan.namespace}:${client}`,
        `--listen-peer-urls=${url}://0.0.0.0:${peer}`,
        `--initial-advertise-peer-urls=${url}://$(POD).${name}.${plan.namespace}:${peer}`,
        `--initial-cluster=${cluster.join(",")}`,
        "--initial-cluster-state=new",
        "--initial-cluster-token=m3perf",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=1h",
        ...elections,
        // M3 keeps a few megabytes; a runaway writer must not fill the volume (1Gi unless told).
        `--quota-backend-bytes=${512 * 2 ** 20}`,
        ...(plan.tls ? tlsArguments : []),
    ];
}

/**
 * Nobody without a certificate of the environment's authority gets in, and among the members nobody but a member: M3's own
 * certificates are of the same authority. etcd reads the files anew for each connection.
 */
const tlsArguments = [
    ...["", "peer-"].flatMap((side) => [
        `--${side}cert-file=${folder}/${keys.certificate}`,
        `--${side}key-file=${folder}/${keys.key}`,
        `--${side}trusted-ca-file=${folder}/${keys.authority}`,
        `--${side}client-cert-auth`,
    ]),
    `--peer-cert-allowed-cn=${name}`,
    `--listen-metrics-urls=http://0.0.0.0:${metrics}`,
];

/** So that etcdctl in a member's pod needs no flags (docs/etcd.md, docs/diagnosis.md). */
const etcdctl = [
    { name: "ETCDCTL_ENDPOINTS", value: `https://127.0.0.1:${client}` },
    { name: "ETCDCTL_CACERT", value: `${folder}/${keys.authority}` },
    { name: "ETCDCTL_CERT", value: `${folder}/${keys.certificate}` },
    { name: "ETCDCTL_KEY", value: `${folder}/${keys.key}` },
];
