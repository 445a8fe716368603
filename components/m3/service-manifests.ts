import type { types } from "@pulumi/kubernetes";
import type { DeploymentArgs } from "@pulumi/kubernetes/apps/v1/deployment.js";
import type { StatefulSetArgs } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import type { ServiceArgs } from "@pulumi/kubernetes/core/v1/service.js";
import type { Input } from "@pulumi/pulumi";
import type { NodeRole } from "../../settings/site.ts";
import type { Isolation } from "../../settings/topology.ts";
import {
    goMemoryLimit,
    httpGet,
    label,
    named,
    oneOnEachNode,
    partOf,
    resources,
    unprivilegedContainer,
    unprivilegedPod,
} from "../manifests.ts";
import { tlsMount, tlsVolume } from "../tls/files.ts";
import { ports } from "./identity.ts";

type Container = types.input.core.v1.Container;

/** One of M3's stateless services, run by a configuration file. */
export interface M3ServicePlan {
    name: string;
    image: string;
    namespace: string;
    role: NodeRole;
    isolation: Isolation;
    replicas: number;
    memoryMi: number;
    cpu: string;
    /** Of its Services. */
    ports: { name: string; port: number }[];
    /** A zone that does not answer fails its queries. */
    needsOtherZones?: boolean;
    /** Secret with the certificate that etcd asks for. Absent: it asks for none. */
    etcdSecret?: Input<string> | undefined;
}

/** metadata of its configuration; without a name, so that Pulumi gives one that changes with the content. */
export const configMapMetadata = ({ name, namespace }: { name: string; namespace: string }) => ({
    namespace,
    labels: { app: name, ...partOf },
});

/** The proxies of all nodes learn that the pod goes before it does: no request is refused on the way. */
export const leavesLate = { preStop: { sleep: { seconds: 5 } } };

/**
 * Neither a label that a node loses nor its new taint moves a running pod: with another template, a switch of the isolation rolls
 * these pods, and they come up where they may be.
 */
const isolationMark = (isolation: Isolation) =>
    isolation === "colocated" ? { annotations: { "m3perf.io/isolation": isolation } } : {};

const containerPort = ({ name, port }: { name: string; port: number }) => ({ name, containerPort: port });

/** The pod of an M3 service; `config` is the ConfigMap that holds its m3.yml. */
function podTemplate(
    plan: M3ServicePlan,
    config: Input<string>,
    container: Partial<Container>,
    beside: Container[] = [],
) {
    return {
        metadata: { labels: { app: plan.name, ...partOf }, ...isolationMark(plan.isolation) },
        spec: {
            nodeSelector: { [label.role(plan.role)]: "true" },
            affinity: oneOnEachNode(plan.name),
            automountServiceAccountToken: false,
            securityContext: unprivilegedPod,
            terminationGracePeriodSeconds: 30,
            containers: [
                {
                    name: plan.name,
                    image: plan.image,
                    command: [plan.name, "-f", "/etc/m3/m3.yml"],
                    ports: plan.ports.map(containerPort),
                    resources: resources(plan.memoryMi, plan.cpu),
                    securityContext: { ...unprivilegedContainer, readOnlyRootFilesystem: true },
                    volumeMounts: [
                        { name: "config", mountPath: "/etc/m3", readOnly: true },
                        { name: "kv-cache", mountPath: "/var/lib/m3kv" },
                        ...(plan.etcdSecret ? [tlsMount] : []),
                    ],
                    lifecycle: leavesLate,
                    ...container,
                },
                ...beside,
            ],
            volumes: [
                { name: "config", configMap: { name: config } },
                { name: "kv-cache", emptyDir: {} },
                ...(plan.etcdSecret ? [tlsVolume(plan.etcdSecret)] : []),
            ],
        },
    };
}

const answersQueries = httpGet("/api/v1/query?query=m3perf_startup_probe", ports.api);
/** For a process whose queries fail while another zone is down: that must not keep it from starting. curl is in the official image. */
const knowsNamespaces = {
    exec: { command: ["sh", "-c", `curl -sf http://127.0.0.1:${ports.api}/ready | grep -q '"readyReads"'`] },
};

/**
 * Coordinator and query: they are Ready when they can read and write what they serve, which their /health does not tell, and
 * /ready only once they know a namespace (facts.md 4). So first a query has to succeed (500 as long as the
 * unaggregated namespace is unknown), then /ready, which counts the replicas that answer, decides.
 */
export function apiDeployment(plan: M3ServicePlan, config: Input<string>, front?: Container) {
    return {
        metadata: named(plan.name, plan.namespace),
        spec: {
            replicas: plan.replicas,
            // Each replica has a node of its own, so there is no room for one more during an update.
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
            selector: { matchLabels: { app: plan.name } },
            template: podTemplate(
                plan,
                config,
                {
                    // Behind a front, the API's port is the front's.
                    ...(front ? { ports: plan.ports.filter(({ port }) => port !== ports.api).map(containerPort) } : {}),
                    env: [goMemoryLimit(plan.memoryMi, 82)],
                    startupProbe: {
                        ...(plan.needsOtherZones ? knowsNamespaces : answersQueries),
                        periodSeconds: 2,
                        timeoutSeconds: 5,
                        failureThreshold: 60,
                    },
                    readinessProbe: {
                        ...httpGet("/ready", ports.api),
                        periodSeconds: 5,
                        timeoutSeconds: 5,
                        failureThreshold: 2,
                    },
                    // A minute: a process that is only slow under load must not be killed.
                    livenessProbe: {
                        ...httpGet("/health", ports.api),
                        periodSeconds: 10,
                        timeoutSeconds: 10,
                        failureThreshold: 6,
                    },
                },
                front ? [front] : [],
            ),
        },
    } satisfies DeploymentArgs;
}

/**
 * The aggregator, a StatefulSet: its placement names instances by pod. It serves HTTP once placement and topics are read;
 * whether it takes part in the election only the body of /status tells, so a command looks there until it does (curl is in
 * the official image). `minReadySeconds`: between the restarts of two (aggregation-window.ts); 0: none.
 */
export function aggregatorStatefulSet(plan: M3ServicePlan, config: Input<string>, minReadySeconds = 0) {
    return {
        metadata: named(plan.name, plan.namespace),
        spec: {
            serviceName: plan.name,
            replicas: plan.replicas,
            podManagementPolicy: "Parallel",
            updateStrategy: { type: "RollingUpdate" },
            ...(minReadySeconds > 0 ? { minReadySeconds } : {}),
            selector: { matchLabels: { app: plan.name } },
            template: podTemplate(plan, config, {
                env: [
                    goMemoryLimit(plan.memoryMi, 82),
                    { name: "M3AGGREGATOR_HOST_ID", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                ],
                startupProbe: {
                    exec: {
                        command: [
                            "sh",
                            "-c",
                            `curl -sf http://127.0.0.1:${ports.aggregatorHttp}/status | grep -Eq '"(leader|follower)"'`,
                        ],
                    },
                    periodSeconds: 3,
                    timeoutSeconds: 5,
                    failureThreshold: 40,
                },
                readinessProbe: {
                    ...httpGet("/health", ports.aggregatorHttp),
                    periodSeconds: 5,
                    timeoutSeconds: 5,
                    failureThreshold: 2,
                },
                livenessProbe: {
                    ...httpGet("/health", ports.aggregatorHttp),
                    periodSeconds: 10,
                    timeoutSeconds: 10,
                    failureThreshold: 6,
                },
            }),
        },
    } satisfies StatefulSetArgs;
}

/**
 * The pods behind a Service are another workload's, which may come up after it: nobody is to wait for their addresses.
 */
const onForeignPods = { annotations: { "pulumi.com/skipAwait": "true" } };

/** The address that clients inside the cluster use; `app`: pods that are not the service's own. */
export function clusterService(plan: Pick<M3ServicePlan, "name" | "namespace" | "ports">, app = plan.name) {
    return {
        metadata: { ...named(plan.name, plan.namespace), ...(app === plan.name ? {} : onForeignPods) },
        spec: {
            type: "ClusterIP",
            selector: { app },
            ports: plan.ports.map(({ name, port }) => ({ name, port, targetPort: port })),
        },
    } satisfies ServiceArgs;
}

/**
 * Ports that every node answers on, apart from the service inside the cluster: a NodePort service gives each of its ports a NodePort,
 * also those that nobody outside should reach.
 */
export function nodePortService(
    name: string,
    plan: { name: string; namespace: string },
    external: { name: string; port: number; nodePort: number }[],
    app = plan.name,
) {
    return {
        metadata: { ...named(name, plan.namespace, plan.name), ...(app === plan.name ? {} : onForeignPods) },
        spec: {
            type: "NodePort",
            selector: { app },
            ports: external.map((one) => ({ ...one, targetPort: one.port })),
        },
    } satisfies ServiceArgs;
}

/** Names of a StatefulSet's pods, also of those that are not Ready. */
export function headlessService(plan: M3ServicePlan) {
    return {
        metadata: named(plan.name, plan.namespace),
        spec: {
            clusterIP: "None",
            publishNotReadyAddresses: true,
            selector: { app: plan.name },
            ports: plan.ports.map(({ name, port }) => ({ name, port, targetPort: port })),
        },
    } satisfies ServiceArgs;
}
