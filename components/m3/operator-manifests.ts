import type { StatefulSetArgs } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import type { ClusterRoleArgs } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import type { ClusterRoleBindingArgs } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import { fixedSize } from "../../settings/sizing.ts";
import { awayFromRoles, named, partOf, resources, unprivilegedContainer, unprivilegedPod } from "../manifests.ts";

export const operatorName = "m3db-operator";

/**
 * What m3db-operator 0.14 was seen to work with (facts.md 4): the chart's rules without the groups that Kubernetes no longer
 * has and without the jobs it never makes, and with `patch` on configmaps, for want of which a change of etcdEndpoints
 * fails. It lists and watches its kinds in the whole cluster, which takes a ClusterRole.
 */
export function operatorRole() {
    const read = ["get", "list"];
    const write = [...read, "create", "update", "delete"];
    const rule = (apiGroups: string[], resources: string[], verbs: string[]) => ({ apiGroups, resources, verbs });
    return {
        metadata: { name: operatorName, labels: partOf },
        rules: [
            rule(
                ["operator.m3db.io"],
                ["m3dbclusters", "m3dbclusters/status", "m3dbclusters/finalizers"],
                [...read, "watch", "update", "patch"],
            ),
            rule(["apps"], ["statefulsets", "deployments"], [...write, "watch", "patch"]),
            rule([""], ["services", "configmaps"], [...write, "watch", "patch"]),
            rule([""], ["persistentvolumes", "persistentvolumeclaims", "secrets"], write),
            rule(["storage.k8s.io"], ["storageclasses"], read),
            rule([""], ["pods"], [...read, "watch", "update", "patch"]),
            rule([""], ["nodes"], [...read, "watch"]),
            rule([""], ["events"], ["create", "patch"]),
        ],
    } satisfies ClusterRoleArgs;
}

export function operatorAccount(namespace: string) {
    return { metadata: named(operatorName, namespace) };
}

export function operatorBinding(namespace: string) {
    return {
        metadata: { name: operatorName, labels: partOf },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: operatorName },
        subjects: [{ kind: "ServiceAccount", name: operatorName, namespace }],
    } satisfies ClusterRoleBindingArgs;
}

export function operatorStatefulSet(namespace: string, image: string) {
    return {
        metadata: named(operatorName, namespace),
        spec: {
            serviceName: operatorName,
            // One: it has no leader election.
            replicas: 1,
            selector: { matchLabels: { app: operatorName } },
            template: {
                metadata: { labels: { app: operatorName, ...partOf } },
                spec: {
                    affinity: awayFromRoles,
                    serviceAccountName: operatorName,
                    securityContext: unprivilegedPod,
                    terminationGracePeriodSeconds: 10,
                    containers: [
                        {
                            name: operatorName,
                            image,
                            command: [operatorName],
                            env: [{ name: "ENVIRONMENT", value: "production" }],
                            resources: resources(fixedSize.operator.memoryMi, fixedSize.operator.cpu),
                            securityContext: { ...unprivilegedContainer, readOnlyRootFilesystem: true },
                        },
                    ],
                },
            },
        },
    } satisfies StatefulSetArgs;
}
