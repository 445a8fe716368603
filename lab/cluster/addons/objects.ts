/** Kubernetes objects of the lab's add-ons, as plain data. */
export interface KubernetesObject {
    apiVersion: string;
    kind: string;
    metadata: {
        name: string;
        namespace?: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
    };
    [field: string]: unknown;
}

/** A service account with a cluster role of its own. */
export function account(name: string, namespace: string, rules: object[]): KubernetesObject[] {
    const subject = { kind: "ServiceAccount", name, namespace };
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
        { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name },
            roleRef,
            subjects: [subject],
        },
    ];
}

export const reading = ["get", "list", "watch"];

/** Runs on the named nodes only; the control plane's taint is tolerated. */
export function onNodes(...names: string[]): object {
    return {
        affinity: {
            nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                    nodeSelectorTerms: [
                        { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: names }] },
                    ],
                },
            },
        },
        tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" }],
    };
}
