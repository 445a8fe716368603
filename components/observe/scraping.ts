import { generatorMetricsPort, generatorName } from "../load/generator-manifests.ts";
import { etcdPorts } from "../m3/etcd-manifests.ts";
import { clusterName, ports } from "../m3/identity.ts";
import { partOf } from "../manifests.ts";
import type { Observed } from "./facts.ts";
import { type Component, components } from "./series.ts";

/** How Prometheus is told to scrape M3 and etcd. Pure. */

/** The generator's figures stand beside M3's: no dashboard or rule needs them. */
type Scraped = Component | "generator";

/** Labels of the pods, and the port on which they tell of themselves, by its name in the pod and by number. */
const scraped: Record<Scraped, { pods: Record<string, string>; name: string; port: string; number: number }> = {
    // M3DB's own metrics are on its debug port: without a listen address they go to that mux (dbnode/server/server.go). What port 7203
    // tells there is of the coordinator inside.
    dbnode: {
        pods: { "operator.m3db.io/app": "m3db", "operator.m3db.io/cluster": clusterName },
        name: clusterName,
        port: "debug",
        number: 9004,
    },
    coordinator: { pods: { app: "m3coordinator" }, name: "m3coordinator", port: "metrics", number: ports.metrics },
    query: { pods: { app: "m3query" }, name: "m3query", port: "metrics", number: ports.metrics },
    aggregator: {
        pods: { app: "m3aggregator" },
        name: "m3aggregator",
        port: "metrics",
        number: ports.aggregatorMetrics,
    },
    etcd: { pods: { app: "etcd" }, name: "etcd", port: "client", number: etcdPorts.client },
    generator: { pods: { app: generatorName }, name: generatorName, port: "metrics", number: generatorMetricsPort },
};

const ofEtcdTls = { port: "metrics", number: etcdPorts.metrics };

const scrapedOf = ({ ownQueries, generator, etcdTls }: Pick<Observed, "ownQueries" | "generator" | "etcdTls">) =>
    [...components, "generator" as const]
        .filter((one) => (one !== "query" || ownQueries) && (one !== "generator" || generator))
        .map((one) => ({ component: one, ...scraped[one], ...(one === "etcd" && etcdTls ? ofEtcdTls : {}) }));

export interface PodMonitor {
    component: Scraped;
    name: string;
    namespaceSelector: { matchNames: string[] };
    selector: { matchLabels: Record<string, string> };
    podMetricsEndpoints: { port: string; path: string }[];
}

/** For the prometheus-operator; the chart kube-prometheus-stack takes them in this form. */
export function podMonitors(observed: Observed): PodMonitor[] {
    return scrapedOf(observed).map(({ component, pods, port }) => ({
        component,
        name: `m3perf-${observed.namespace}-${component}`,
        namespaceSelector: { matchNames: [observed.namespace] },
        selector: { matchLabels: pods },
        podMetricsEndpoints: [{ port, path: "/metrics" }],
    }));
}

export function podMonitorResource({ component: _, name, ...spec }: PodMonitor, namespace: string) {
    return {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PodMonitor",
        metadata: { name, namespace, labels: partOf },
        spec,
    };
}

/** The same as a job of prometheus.yml: for the chart "prometheus", and for who writes their own. */
export function scrapeConfig(
    observed: Pick<Observed, "namespace" | "labels" | "ownQueries" | "generator" | "etcdTls">,
) {
    const { namespace, labels } = observed;
    const regex = scrapedOf(observed)
        .map(({ name, number }) => `${name}-.+;${number}`)
        .join("|");
    const label = (source: string, target: string) => ({ source_labels: [source], target_label: target });
    return {
        kubernetes_sd_configs: [{ role: "pod", namespaces: { names: [namespace] } }],
        relabel_configs: [
            {
                source_labels: ["__meta_kubernetes_pod_name", "__meta_kubernetes_pod_container_port_number"],
                regex,
                action: "keep",
            },
            { source_labels: ["__meta_kubernetes_pod_phase"], regex: "Pending|Succeeded|Failed", action: "drop" },
            label("__meta_kubernetes_namespace", labels.namespace),
            label("__meta_kubernetes_pod_name", labels.pod),
            label("__meta_kubernetes_pod_container_name", labels.container),
            label("__meta_kubernetes_pod_node_name", labels.node),
        ],
    };
}
