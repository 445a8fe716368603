import { headlessServiceName, labels } from "./names.ts";
import type { M3DBCluster, Node, Pod } from "./types.ts";

/** An instance of a placement as M3's admin API takes it. */
export interface InstanceRequest {
    id: string;
    isolation_group: string;
    zone: string;
    weight: number;
    endpoint: string;
    hostname: string;
    port: number;
}

const nodePort = 9000;

/**
 * A pod's identity as JSON: its name and what `podIdentityConfig.sources` adds. Without a podIdentityConfig that is the
 * UID, so that every re-created pod is another instance; `sources: []` leaves the name alone (facts.md 4).
 * The sources other than PodUID follow the documentation; they were not seen from the real operator.
 */
export async function podIdentity(
    cluster: M3DBCluster,
    pod: Pod,
    nodeOf: (name: string) => Promise<Node | undefined>,
): Promise<string> {
    const sources = cluster.spec.podIdentityConfig ? (cluster.spec.podIdentityConfig.sources ?? []) : ["PodUID"];
    const found: { uid?: string; nodeName?: string; nodeExternalID?: string; nodeProviderID?: string } = {};
    for (const source of sources) {
        if (source === "PodUID") {
            found.uid = present(pod.metadata.uid, "pod UID cannot be empty with id source == UID");
            continue;
        }
        if (!["NodeName", "NodeSpecExternalID", "NodeSpecProviderID"].includes(source)) {
            throw new Error(`unrecognized pod identity source ${source}`);
        }
        const nodeName = present(pod.spec?.nodeName, `pod ${pod.metadata.name} not yet scheduled`);
        const node = await nodeOf(nodeName);
        if (!node) throw new Error(`node ${nodeName} of pod ${pod.metadata.name} not found`);
        if (source === "NodeName") found.nodeName = nodeName;
        else if (source === "NodeSpecExternalID") {
            found.nodeExternalID = present(node.spec?.externalID, `node ${nodeName} has no external ID`);
        } else found.nodeProviderID = present(node.spec?.providerID, `node ${nodeName} has no provider ID`);
    }
    const { uid, nodeName, nodeExternalID, nodeProviderID } = found;
    return JSON.stringify({ name: pod.metadata.name, uid, nodeName, nodeExternalID, nodeProviderID });
}

function present(value: string | undefined, otherwise: string): string {
    if (!value) throw new Error(otherwise);
    return value;
}

/** The placement instance of a pod. */
export function placementInstance(cluster: M3DBCluster, pod: Pod, id: string): InstanceRequest {
    const group = pod.metadata.labels?.[labels.isolationGroup];
    if (group === undefined)
        throw new Error(`could not find label ${labels.isolationGroup} on pod ${pod.metadata.name}`);
    const hostname = `${pod.metadata.name}.${headlessServiceName(cluster)}`;
    return {
        id,
        isolation_group: group,
        zone: cluster.spec.zone || "embedded",
        weight: 100,
        endpoint: nodeEndpoint(cluster, pod),
        hostname,
        port: nodePort,
    };
}

/** `nodeEndpointFormat` is a Go template; its four plain fields are what the documentation offers. */
function nodeEndpoint(cluster: M3DBCluster, pod: Pod): string {
    const format = cluster.spec.nodeEndpointFormat || "{{ .PodName }}.{{ .M3DBService }}:{{ .Port }}";
    const fields: Record<string, string> = {
        PodName: pod.metadata.name,
        M3DBService: headlessServiceName(cluster),
        PodNamespace: pod.metadata.namespace ?? cluster.metadata.namespace,
        Port: String(nodePort),
    };
    return format.replace(/\{\{-?\s*(.*?)\s*-?\}\}/g, (whole, expression: string) => {
        const value = expression.startsWith(".") ? fields[expression.slice(1)] : undefined;
        if (value === undefined) throw new Error(`cannot execute node endpoint template: ${whole}`);
        return value;
    });
}

/** The ordinal at the end of a StatefulSet pod's name. */
function podOrdinal(pod: Pod): number {
    const ordinal = /-(\d+)$/.exec(pod.metadata.name)?.[1];
    if (ordinal === undefined) throw new Error(`error parsing pod '${pod.metadata.name}' ID: no ordinal`);
    return Number(ordinal);
}

/** By ordinal, then by name, so that the order is the same every time. */
export function sortPods(pods: Pod[]): Pod[] {
    return [...pods].sort((a, b) => podOrdinal(a) - podOrdinal(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
}
