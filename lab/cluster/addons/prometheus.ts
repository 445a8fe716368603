import { readFileSync } from "node:fs";
import { account, type KubernetesObject, onNodes, reading } from "./objects.ts";

/** The site's existing Prometheus, as the manual run had one: the program only patches remote write and read into it. */
export const prometheus = {
    namespace: "monitoring",
    deployment: "prometheus-server",
    configMap: "prometheus-server",
    configKey: "prometheus.yml",
    service: "prometheus-server",
    port: 9090,
};

const { namespace, deployment: name } = prometheus;
const discovery = "prometheus-discovery";

const discoverySource = (file: string) => readFileSync(new URL(`./discovery/${file}`, import.meta.url), "utf8");

/** Made once and then left alone: it belongs to its owner, whom the program is one of. */
export function prometheusConfigMap(): KubernetesObject {
    return {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: prometheus.configMap, namespace },
        data: { [prometheus.configKey]: configuration },
    };
}

export function prometheusServer(image: string, nodeImage: string): KubernetesObject[] {
    const labels = { app: "prometheus", component: "server" };
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        ...account(name, namespace, [
            {
                apiGroups: [""],
                resources: ["nodes", "nodes/metrics", "pods"],
                verbs: reading,
            },
            { nonResourceURLs: ["/metrics"], verbs: ["get"] },
        ]),
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: discovery, namespace },
            data: Object.fromEntries(["main.ts", "targets.ts"].map((file) => [file, discoverySource(file)])),
        },
        {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name, namespace },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "8Gi" } } },
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name, namespace, labels },
            spec: {
                replicas: 1,
                strategy: { type: "Recreate" }, // two servers must never share the data: there is no lock file
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        ...onNodes("repository"),
                        serviceAccountName: name,
                        securityContext: { runAsUser: 65534, runAsGroup: 65534, fsGroup: 65534 },
                        containers: [
                            {
                                name: "prometheus-server",
                                image,
                                args: [
                                    "--config.file=/etc/config/prometheus.yml",
                                    "--storage.tsdb.no-lockfile",
                                    "--storage.tsdb.wal-compression",
                                    "--storage.tsdb.path=/prometheus/",
                                    "--storage.tsdb.retention.time=1d",
                                    "--web.enable-lifecycle",
                                ],
                                ports: [{ name: "http", containerPort: prometheus.port }],
                                readinessProbe: { httpGet: { path: "/-/ready", port: "http" }, periodSeconds: 3 },
                                livenessProbe: {
                                    httpGet: { path: "/-/healthy", port: "http" },
                                    initialDelaySeconds: 30,
                                    failureThreshold: 6,
                                },
                                resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "768Mi" } },
                                volumeMounts: [
                                    { name: "config", mountPath: "/etc/config" },
                                    { name: "data", mountPath: "/prometheus" },
                                    { name: "targets", mountPath: "/targets", readOnly: true },
                                ],
                            },
                            {
                                name: "discovery",
                                image: nodeImage,
                                command: ["node", "--max-old-space-size=64", "/discovery/main.ts", "/targets"],
                                resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "160Mi" } },
                                volumeMounts: [
                                    { name: "discovery", mountPath: "/discovery", readOnly: true },
                                    { name: "targets", mountPath: "/targets" },
                                ],
                            },
                        ],
                        terminationGracePeriodSeconds: 30,
                        volumes: [
                            { name: "config", configMap: { name: prometheus.configMap } },
                            { name: "data", persistentVolumeClaim: { claimName: name } },
                            { name: "discovery", configMap: { name: discovery } },
                            { name: "targets", emptyDir: {} },
                        ],
                    },
                },
            },
        },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: prometheus.service, namespace, labels },
            spec: { selector: labels, ports: [{ name: "http", port: prometheus.port, targetPort: "http" }] },
        },
    ];
}

/** Real targets: itself, the nodes, M3 and its etcd. Its comments are an owner's notes. */
const configuration = `# Prometheus of this site: kept by its owner. Scrapes itself, the nodes, and M3 where it runs.
global:
  scrape_interval: 30s # the community chart has 1m; every sample costs M3 on this machine
  evaluation_interval: 30s
  external_labels:
    cluster: lab # tells this site's series apart in a shared store

scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: [localhost:9090]

  # Kubelets. The sidecar "discovery" keeps the lists below: this build of Prometheus has no Kubernetes discovery.
  - job_name: kubernetes-nodes
    scheme: https
    tls_config:
      ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    authorization:
      credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token
    file_sd_configs:
      - files: [/targets/nodes.json]
    metric_relabel_configs:
      # Which features a kubelet knows is 218 series of each.
      - source_labels: [__name__]
        regex: .*_bucket|kubernetes_feature_enabled
        action: drop

  - job_name: kubernetes-containers
    scheme: https
    metrics_path: /metrics/cadvisor
    tls_config:
      ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    authorization:
      credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token
    file_sd_configs:
      - files: [/targets/nodes.json]
    metric_relabel_configs:
      - source_labels: [__name__]
        regex: container_(cpu_usage_seconds_total|memory_(rss|working_set_bytes)|network_.*_bytes_total|oom_events_total|spec_memory_limit_bytes)|machine_memory_bytes|container_fs_(usage|limit)_bytes
        action: keep

  - job_name: m3
    file_sd_configs:
      - files: [/targets/m3.json]
    metric_relabel_configs:
      # Each dbnode has about 5,900 series of its own: without the buckets a tenth of that. Each etcd has 700 of calls that were never made.
      - source_labels: [__name__]
        regex: .*_bucket|grpc_server_handled_total
        action: drop
`;
