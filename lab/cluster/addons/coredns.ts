import { account, type KubernetesObject, onNodes, reading } from "./objects.ts";

/** Cluster DNS, two of it on different hosts, so that no host's failure takes it away. `address`: the Service's. */
export function coreDns(image: string, address: string): KubernetesObject[] {
    const namespace = "kube-system";
    const labels = { "k8s-app": "kube-dns" };
    const affinity = onNodes("master", "repository") as { affinity: object };
    const apart = {
        podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
            ],
        },
    };
    return [
        ...account("coredns", namespace, [
            { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: reading },
            { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: reading },
        ]),
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "coredns", namespace }, data: { Corefile: corefile } },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "coredns", namespace, labels },
            spec: {
                replicas: 2,
                // Both hosts are taken: an update has to end one before it starts its successor.
                strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        ...affinity,
                        affinity: { ...affinity.affinity, ...apart },
                        serviceAccountName: "coredns",
                        priorityClassName: "system-cluster-critical",
                        dnsPolicy: "Default",
                        containers: [
                            {
                                name: "coredns",
                                image,
                                args: ["-conf", "/etc/coredns/Corefile"],
                                ports: [
                                    { name: "dns", containerPort: 53, protocol: "UDP" },
                                    { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
                                ],
                                resources: { requests: { cpu: "50m", memory: "48Mi" }, limits: { memory: "128Mi" } },
                                readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
                                livenessProbe: { httpGet: { path: "/health", port: 8080 }, initialDelaySeconds: 20 },
                                volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
                            },
                        ],
                        volumes: [{ name: "config", configMap: { name: "coredns" } }],
                    },
                },
            },
        },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "kube-dns", namespace, labels },
            spec: {
                clusterIP: address,
                selector: labels,
                ports: [
                    { name: "dns", port: 53, protocol: "UDP" },
                    { name: "dns-tcp", port: 53, protocol: "TCP" },
                ],
            },
        },
    ];
}

/** Plugins that lab/tools' CoreDNS has. No `forward`: the lab has no way out. */
const corefile = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    prometheus :9153
    cache 5
    reload
    loadbalance
}
`;
