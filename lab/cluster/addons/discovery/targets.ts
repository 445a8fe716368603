/** What Prometheus is to scrape, out of the API server's lists: pure, so that it can be tested without either. */

/** One group of a file_sd file. */
export interface TargetGroup {
    targets: string[];
    labels: Record<string, string>;
}

export interface Pod {
    metadata: { name: string; deletionTimestamp?: string };
    spec: { nodeName?: string; containers: { name: string; ports?: { name?: string; containerPort: number }[] }[] };
    status: { phase?: string; podIP?: string };
}

export interface Node {
    metadata: { name: string };
    status: { addresses?: { type: string; address: string }[] };
}

/** M3's metrics by the ports that its containers declare: 7203 all but the aggregator, 6002 the aggregator, 2379 etcd. */
const names = ["metrics", "coord-metrics"];
const numbers = [7203, 6002, 2379];

export function podTargets(pods: readonly Pod[]): TargetGroup[] {
    return pods.flatMap(({ metadata, spec, status }) => {
        const { podIP } = status;
        if (podIP === undefined || status.phase !== "Running" || metadata.deletionTimestamp !== undefined) return [];
        return spec.containers.flatMap(({ name: container, ports = [] }) => {
            const scraped = ports.filter(
                (port) => names.includes(port.name ?? "") || numbers.includes(port.containerPort),
            );
            const targets = [...new Set(scraped.map((port) => `${podIP}:${port.containerPort}`))];
            if (targets.length === 0) return [];
            return [{ targets, labels: { pod: metadata.name, container, node: spec.nodeName ?? "" } }];
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
