import type { DeploymentArgs } from "@pulumi/kubernetes/apps/v1/deployment.js";
import type { NetworkPolicyArgs } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { Input } from "@pulumi/pulumi";
import { gatewayName } from "../../settings/prometheus/identity.ts";
import type { Isolation } from "../../settings/topology.ts";
import {
    httpGet,
    label,
    named,
    oneOnEachNode,
    partOf,
    resources,
    unprivilegedContainer,
    unprivilegedPod,
} from "../manifests.ts";
import { type Caller, flowsOf } from "../network/flows.ts";
import type { NetworkPlan } from "../network/plan.ts";
import { peersOf } from "../network/policies.ts";
import { tlsMount, tlsVolume } from "../tls/files.ts";
import { ports } from "./identity.ts";

export interface GatewayPlan {
    image: string;
    namespace: string;
    isolation: Isolation;
    replicas: number;
    memoryMi: number;
    cpu: string;
    /** Secret with its certificate. Absent: it speaks plain http. */
    tlsSecret?: Input<string> | undefined;
}

export const gatewayPortName = (tls: unknown) => (tls ? "https" : "http");

/** nginx by the configuration in the Secret `config`: as nobody, with nothing to write to but /tmp. */
export function gatewayDeployment(plan: GatewayPlan, config: Input<string>) {
    return {
        metadata: named(gatewayName, plan.namespace),
        spec: {
            replicas: plan.replicas,
            // Each replica has a node of its own, so there is no room for one more during an update.
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
            selector: { matchLabels: { app: gatewayName } },
            template: {
                metadata: {
                    labels: { app: gatewayName, ...partOf },
                    annotations: { "m3perf.io/isolation": plan.isolation },
                },
                spec: {
                    nodeSelector: { [label.role("coordinator")]: "true" },
                    affinity: oneOnEachNode(gatewayName),
                    automountServiceAccountToken: false,
                    securityContext: { ...unprivilegedPod, seccompProfile: { type: "RuntimeDefault" } },
                    terminationGracePeriodSeconds: 30,
                    containers: [
                        {
                            name: gatewayName,
                            image: plan.image,
                            command: ["nginx", "-e", "stderr", "-c", "/etc/m3gateway/nginx.conf"],
                            ports: [
                                { name: gatewayPortName(plan.tlsSecret), containerPort: ports.gateway },
                                { name: "health", containerPort: ports.gatewayHealth },
                            ],
                            readinessProbe: {
                                ...httpGet("/healthz", ports.gatewayHealth),
                                periodSeconds: 5,
                                timeoutSeconds: 5,
                                failureThreshold: 2,
                            },
                            livenessProbe: {
                                ...httpGet("/healthz", ports.gatewayHealth),
                                periodSeconds: 10,
                                timeoutSeconds: 10,
                                failureThreshold: 6,
                            },
                            resources: resources(plan.memoryMi, plan.cpu),
                            securityContext: { ...unprivilegedContainer, readOnlyRootFilesystem: true },
                            volumeMounts: [
                                { name: "config", mountPath: "/etc/m3gateway", readOnly: true },
                                { name: "tmp", mountPath: "/tmp" },
                                ...(plan.tlsSecret ? [tlsMount] : []),
                            ],
                            // The proxies of all nodes learn that the pod goes before it does.
                            lifecycle: { preStop: { sleep: { seconds: 5 } } },
                        },
                    ],
                    volumes: [
                        { name: "config", secret: { secretName: config, defaultMode: 0o440 } },
                        // Bodies that are too large for memory.
                        { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
                        ...(plan.tlsSecret ? [tlsVolume(plan.tlsSecret)] : []),
                    ],
                },
            },
        },
    } satisfies DeploymentArgs;
}

/**
 * Closes M3 and etcd to other namespaces, but for the ways from there that network/flows.ts knows: gateway and metrics for all, for
 * Prometheus' namespace the ports that have other things on them, too, for other zones' queries theirs. Addresses of nodes pass, so that
 * kubelets' probes and the API server's proxy (`m3perf verify`) do. Where the cluster's network knows no policies, it changes nothing.
 */
export function gatewayPolicy(plan: NetworkPlan) {
    const flows = flowsOf(plan);
    const portsFrom = (caller: Caller) =>
        flows.filter(({ from }) => from.includes(caller)).flatMap(({ ports }) => ports);
    const open = new Set(portsFrom("anybody"));
    const rule = (caller: Caller) => {
        const more = [...new Set(portsFrom(caller))].filter((port) => !open.has(port));
        return more.length === 0 ? [] : [{ from: peersOf(caller, plan), ports: tcp(more) }];
    };
    return {
        metadata: named(gatewayName, plan.namespace),
        spec: {
            podSelector: {},
            policyTypes: ["Ingress"],
            ingress: [
                { from: [{ podSelector: {} }, ...peersOf("nodes", plan)] },
                { ports: tcp([...open]) },
                ...rule("prometheus"),
                ...rule("zones"),
            ],
        },
    } satisfies NetworkPolicyArgs;
}

const tcp = (numbers: number[]) => numbers.sort((a, b) => a - b).map((port) => ({ port, protocol: "TCP" }));
