import type { DeploymentArgs } from "@pulumi/kubernetes/apps/v1/deployment.js";
import type { ServiceArgs } from "@pulumi/kubernetes/core/v1/service.js";
import type { Input } from "@pulumi/pulumi";
import { fixedSize } from "../../settings/sizing.ts";
import {
    awayFromRoles,
    goMemoryLimit,
    httpGet,
    named,
    partOf,
    resources,
    unprivilegedContainer,
    unprivilegedPod,
} from "../manifests.ts";
import { tlsMount, tlsVolume } from "../tls/files.ts";
import { adminName, type M3Identity, ports } from "./identity.ts";

/**
 * One pod, on any node with room, rather on one that is not for others of ours. Its /health is 200 with no etcd behind it, and its /ready with no namespace (facts.md 4), so
 * the probe is an admin call itself: the cluster's namespaces, which are read from etcd. 200 also when there are none yet.
 */
export function adminDeployment(
    identity: M3Identity,
    image: string,
    config: Input<string>,
    etcdSecret?: Input<string>,
) {
    const { memoryMi, cpu } = fixedSize.adminCoordinator;
    return {
        metadata: named(adminName, identity.namespace),
        spec: {
            replicas: 1,
            // The next one serves before this one goes: a call that fails for 15 s leaves the operator hanging (facts.md 4, cause 1).
            strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
            selector: { matchLabels: { app: adminName } },
            template: {
                metadata: { labels: { app: adminName, ...partOf } },
                spec: {
                    affinity: awayFromRoles,
                    automountServiceAccountToken: false,
                    securityContext: unprivilegedPod,
                    terminationGracePeriodSeconds: 30,
                    containers: [
                        {
                            name: adminName,
                            image,
                            command: ["m3coordinator", "-f", "/etc/m3/m3.yml"],
                            env: [goMemoryLimit(memoryMi, 82)],
                            ports: [
                                { name: "http", containerPort: ports.api },
                                { name: "metrics", containerPort: ports.metrics },
                            ],
                            readinessProbe: {
                                httpGet: {
                                    ...httpGet("/api/v1/services/m3db/namespace", ports.api).httpGet,
                                    httpHeaders: [{ name: "Cluster-Environment-Name", value: identity.environment }],
                                },
                                periodSeconds: 3,
                                timeoutSeconds: 5,
                                failureThreshold: 3,
                            },
                            livenessProbe: {
                                ...httpGet("/health", ports.api),
                                initialDelaySeconds: 30,
                                periodSeconds: 10,
                                timeoutSeconds: 10,
                                failureThreshold: 6,
                            },
                            resources: resources(memoryMi, cpu),
                            securityContext: { ...unprivilegedContainer, readOnlyRootFilesystem: true },
                            volumeMounts: [
                                { name: "config", mountPath: "/etc/m3", readOnly: true },
                                { name: "kv-cache", mountPath: "/var/lib/m3kv" },
                                ...(etcdSecret ? [tlsMount] : []),
                            ],
                            // The proxies of all nodes learn that the pod goes before it does.
                            lifecycle: { preStop: { sleep: { seconds: 5 } } },
                        },
                    ],
                    volumes: [
                        { name: "config", configMap: { name: config } },
                        { name: "kv-cache", emptyDir: {} },
                        ...(etcdSecret ? [tlsVolume(etcdSecret)] : []),
                    ],
                },
            },
        },
    } satisfies DeploymentArgs;
}

/** What the M3DBCluster's serviceEndpoint names. No NodePort: nobody outside has to administer by it. */
export function adminService({ namespace }: M3Identity) {
    return {
        metadata: named(adminName, namespace),
        spec: {
            type: "ClusterIP",
            selector: { app: adminName },
            ports: [
                { name: "http", port: ports.api, targetPort: ports.api },
                { name: "metrics", port: ports.metrics, targetPort: ports.metrics },
            ],
        },
    } satisfies ServiceArgs;
}
