import { defaultConfigMapName, m3Environment, ownerReference } from "../names.ts";
import type { ConfigMap, M3DBCluster } from "../types.ts";

export const configKey = "m3.yml";

/** The ConfigMap that is mounted: the spec's own or the default. */
export function configMapName(cluster: M3DBCluster): string {
    const name = cluster.spec.configMapName ?? defaultConfigMapName(cluster);
    if (name === "") throw new Error("configMap name cannot be empty if non-nil");
    return name;
}

/** The default configuration, byte for byte as 0.14 writes it (its text begins with an empty line). */
function defaultConfig(cluster: M3DBCluster): string {
    const endpoints = cluster.spec.etcdEndpoints ?? [];
    if (endpoints.length === 0) throw new Error("etcd endpoints cannot be empty with default configmap");
    return `
coordinator:${cluster.spec.enableCarbonIngester ? carbonIngester : " {}"}

db:
  hostID:
    resolver: file
    file:
      path: /etc/m3db/pod-identity/identity
      timeout: 5m

  client:
    writeConsistencyLevel: majority
    readConsistencyLevel: unstrict_majority

  discovery:
    config:
      service:
        env: "${m3Environment(cluster)}"
        zone: embedded
        service: m3db
        cacheDir: /var/lib/m3kv
        etcdClusters:
        - zone: embedded
          endpoints:
${endpoints.map((endpoint) => `          - "${endpoint}"\n`).join("")}`;
}

/** Not seen from the real operator: the reference has no carbon. The keys are M3 1.5's. */
const carbonIngester = `
  carbon:
    ingester:
      listenAddress: "0.0.0.0:7204"`;

export function defaultConfigMap(cluster: M3DBCluster): ConfigMap {
    return {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
            name: defaultConfigMapName(cluster),
            namespace: cluster.metadata.namespace,
            ownerReferences: [ownerReference(cluster)],
        },
        data: { [configKey]: defaultConfig(cluster) },
    };
}
