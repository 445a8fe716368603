/** What Prometheus is to scrape, out of the API server's lists: pure, so that it can be tested without either. */

/** One group of a file_sd file. */
export interface TargetGroup {
    targets: string[];
    labels: Record<string, string>;
}

export interface Pod {
    metadata: { name: string; namespace: string; deletionTimestamp?: string };
    spec: { nodeName?: string; containers: { name: string; ports?: { name?: string; containerPort: number }[] }[] };
    status: { phase?: string; podIP?: string };
}

export interface Node {
    metadata: { name: string };
    status: { addresses?: { type: string; address: string }[] };
}

/**
 * M3's metrics by the ports that its containers declare. A database pod's own are on its debug port (dbnode/server/server.go); what it has
 * on coord-metrics is of the coordinator inside, which only does admin work.
 */
const names = ["metrics", "debug"];
/** etcd's clients' port has them, too, unless it has one for them alone: then its clients need certificates. */
const etcd = 2379;

export function podTargets(pods: readonly Pod[]): TargetGroup[] {
    return pods.flatMap(({ metadata, spec, status }) => {
        const { podIP } = status;
        if (podIP === undefined || status.phase !== "Running" || metadata.deletionTimestamp !== undefined) return [];
        return spec.containers.flatMap(({ name: container, ports = [] }) => {
            const named = ports.filter(({ name = "" }) => names.includes(name));
            const scraped = named.length > 0 ? named : ports.filter(({ containerPort }) => containerPort === etcd);
            const targets = [...new Set(scraped.map((port) => `${podIP}:${port.containerPort}`))];
            if (targets.length === 0) return [];
            return [
                {
                    targets,
                    labels: { namespace: metadata.namespace, pod: metadata.name, container, node: spec.nodeName ?? "" },
                },
            ];
        });
    });
}

/** Kubelets. */
export function nodeTargets(nodes: readonly Node[]): TargetGroup[] {
    return nodes.flatMap(({ metadata, status }) => {
        const address = status.addresses?.find(({ type }) => type === "InternalIP")?.address;
        return address === undefined ? [] : [{ targets: [`${address}:10250`], labels: { node: metadata.name } }];
    });
}
