import {
    baseAnnotations,
    baseLabels,
    coordinatorServiceName,
    headlessServiceName,
    labels,
    nodeLabels,
    ownerReference,
} from "../names.ts";
import type { M3DBCluster, Service } from "../types.ts";
import { coordinatorServicePorts, nodeServicePorts } from "./ports.ts";

/** Headless service of the db nodes; publishes their names before they are ready, or they could not bootstrap. */
export function nodeService(cluster: M3DBCluster): Service {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: {
            name: headlessServiceName(cluster),
            namespace: cluster.metadata.namespace,
            labels: nodeLabels(cluster),
            annotations: baseAnnotations(cluster),
            ownerReferences: [ownerReference(cluster)],
        },
        spec: {
            type: "ClusterIP",
            clusterIP: "None",
            publishNotReadyAddresses: true,
            selector: nodeLabels(cluster),
            ports: nodeServicePorts(cluster.spec),
        },
    };
}

/**
 * Service of the coordinators: those inside the db nodes or, with `externalCoordinator.selector`, what that selects.
 * The selector only fills this Service; what the operator itself calls is `serviceEndpoint` (m3admin.ts).
 */
export function coordinatorService(cluster: M3DBCluster): Service {
    const external = cluster.spec.externalCoordinator?.selector ?? {};
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: {
            name: coordinatorServiceName(cluster),
            namespace: cluster.metadata.namespace,
            labels: { ...baseLabels(cluster), [labels.component]: "coordinator" },
            ownerReferences: [ownerReference(cluster)],
        },
        spec: {
            type: "ClusterIP",
            selector: Object.keys(external).length > 0 ? { ...external } : nodeLabels(cluster),
            ports: coordinatorServicePorts(cluster.spec),
        },
    };
}
