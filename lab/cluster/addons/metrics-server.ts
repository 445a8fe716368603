import { account, type KubernetesObject, onNodes, reading } from "./objects.ts";

/** What `kubectl top` reads. Note facts.md 3.7: `top nodes` shows the whole machine's memory, `m3perf lab status` a node's own. */
export const name = "metrics-server";

export function metricsServer(image: string): KubernetesObject[] {
    const namespace = "kube-system";
    const labels = { "k8s-app": name };
    const subjects = [{ kind: "ServiceAccount", name, namespace }];
    const api = "rbac.authorization.k8s.io";
    return [
        ...account(name, namespace, [
            { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
            { apiGroups: [""], resources: ["pods", "nodes"], verbs: reading },
        ]),
        {
            apiVersion: `${api}/v1`,
            kind: "RoleBinding",
            metadata: { name: `${name}-auth-reader`, namespace },
            roleRef: { apiGroup: api, kind: "Role", name: "extension-apiserver-authentication-reader" },
            subjects,
        },
        {
            apiVersion: `${api}/v1`,
            kind: "ClusterRoleBinding",
            metadata: { name: `${name}:system:auth-delegator` },
            roleRef: { apiGroup: api, kind: "ClusterRole", name: "system:auth-delegator" },
            subjects,
        },
        {
            apiVersion: `${api}/v1`,
            kind: "ClusterRole",
            metadata: {
                name: "system:aggregated-metrics-reader",
                labels: {
                    [`${api}/aggregate-to-admin`]: "true",
                    [`${api}/aggregate-to-edit`]: "true",
                    [`${api}/aggregate-to-view`]: "true",
                },
            },
            rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: reading }],
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name, namespace, labels },
            spec: {
                replicas: 1,
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        ...onNodes("repository"),
                        serviceAccountName: name,
                        priorityClassName: "system-cluster-critical",
                        containers: [
                            {
                                name,
                                image,
                                args: [
                                    "--cert-dir=/tmp",
                                    "--secure-port=10250",
                                    "--kubelet-preferred-address-types=InternalIP",
                                    // Kubelets' certificates are signed by the cluster's own authority.
                                    "--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
                                    "--metric-resolution=15s", // above 10 s, or it refuses (facts.md 3.10)
                                ],
                                ports: [{ name: "https", containerPort: 10250 }],
                                readinessProbe: {
                                    httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" },
                                    periodSeconds: 3,
                                },
                                resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "160Mi" } },
                                volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
                            },
                        ],
                        volumes: [{ name: "tmp", emptyDir: {} }],
                    },
                },
            },
        },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name, namespace, labels },
            spec: { selector: labels, ports: [{ name: "https", port: 443, targetPort: "https" }] },
        },
        {
            apiVersion: "apiregistration.k8s.io/v1",
            kind: "APIService",
            metadata: { name: "v1beta1.metrics.k8s.io" },
            spec: {
                group: "metrics.k8s.io",
                version: "v1beta1",
                groupPriorityMinimum: 100,
                versionPriority: 100,
                insecureSkipTLSVerify: true, // its certificate is its own; the way to it is the lab's network alone
                service: { name, namespace },
            },
        },
    ];
}
