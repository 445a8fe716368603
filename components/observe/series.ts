import { ourName } from "../../settings/prometheus/entries.ts";
import type { Observed } from "./facts.ts";

/**
 * All that dashboards and rules assume of how Prometheus names what it scraped, in one place. Pods are told apart by namespace and pod
 * name, which every way of scraping pods gives (the operator's PodMonitors, the charts' jobs, the lab); `job` differs from site to site
 * and is not used. Docs: docs/observe.md, "What the queries assume".
 */
export interface Series {
    /** Matchers, to be put between braces. */
    of: Record<Component, string>;
    /** M3 and etcd: the environment has its namespace to itself. */
    ours: string;
    /** The kubelets' series of our containers; the pause container and the pod's own cgroup have no name. */
    containers: string;
    /** Prometheus' series of its remote write to M3: of our name in its configuration. */
    remoteWrite: string;
    labels: Observed["labels"];
    /** "namespace,pod" with this site's names, for `by`. */
    by(...labels: (keyof Observed["labels"])[]): string;
}

export const components = ["dbnode", "coordinator", "query", "aggregator", "etcd"] as const;
export type Component = (typeof components)[number];

export function seriesOf({ namespace, cluster, labels }: Pick<Observed, "namespace" | "cluster" | "labels">): Series {
    const inNamespace = `${labels.namespace}="${namespace}"`;
    const pods = (pattern: string) => `${inNamespace},${labels.pod}=~"${pattern}"`;
    const names: Record<Component, string> = {
        dbnode: `${cluster}-rep[0-9]+-[0-9]+`,
        coordinator: "m3coordinator-.+",
        query: "m3query-.+",
        aggregator: "m3aggregator-[0-9]+",
        etcd: "etcd-[0-9]+",
    };
    return {
        of: Object.fromEntries(components.map((one) => [one, pods(names[one])])) as Record<Component, string>,
        ours: inNamespace,
        containers: `${inNamespace},${labels.container}!="",${labels.container}!="POD"`,
        remoteWrite: `remote_name="${ourName}"`,
        labels,
        by: (...which) => which.map((one) => labels[one]).join(", "),
    };
}

/** The pods of one isolation group. */
export const groupOf = ({ namespace, cluster, labels }: Observed, index: number) =>
    `${labels.namespace}="${namespace}",${labels.pod}=~"${cluster}-rep${index}-[0-9]+"`;

/** Metrics of M3's HTTP API and of its client of M3DB start with the name of the process that answers queries. */
export const queryPrefix = ({ ownQueries }: Pick<Observed, "ownQueries">) => (ownQueries ? "query" : "coordinator");
export const queryComponent = ({ ownQueries }: Pick<Observed, "ownQueries">): Component =>
    ownQueries ? "query" : "coordinator";
