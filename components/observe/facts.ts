import type { Settings } from "../../settings/index.ts";
import type { ObserveSettings } from "../../settings/schema/observe.ts";
import { isolationGroups } from "../../settings/topology.ts";
import { clusterName } from "../m3/identity.ts";

/** What dashboards and rules have to know of the environment: out of the settings alone, so that `helm-values` needs no cluster. */
export interface Observed {
    /** Kubernetes namespace of M3 and etcd. */
    namespace: string;
    /** Of the M3DBCluster: its pods are "<cluster>-rep<i>-<j>". */
    cluster: string;
    replicationFactor: number;
    /** Pods of M3DB by isolation group, in the order of the groups. Each group holds one replica of every shard. */
    groups: number[];
    etcdMembers: number;
    /** Its clients need certificates: its metrics are on a port of their own. */
    etcdTls: boolean;
    coordinators: number;
    queries: number;
    /** m3query answers queries in processes of its own; otherwise coordinators do. */
    ownQueries: boolean;
    aggregators: number;
    /** The load generator runs as pods. */
    generator: boolean;
    labels: ObserveSettings["labels"];
    thresholds: ObserveSettings["thresholds"];
    alertLabels: Record<string, string>;
}

export function observedOf({ site, scenario, replicas }: Pick<Settings, "site" | "scenario" | "replicas">): Observed {
    const { observe, m3db } = scenario;
    return {
        namespace: scenario.namespace,
        cluster: clusterName,
        replicationFactor: m3db.replicationFactor,
        groups: isolationGroups(site).map(({ nodes }) => m3db.instancesPerGroup ?? nodes.length),
        etcdMembers: scenario.etcd.members,
        etcdTls: scenario.tls.etcd,
        coordinators: replicas.coordinator,
        queries: replicas.query,
        ownQueries: scenario.query.mode !== "integrated",
        aggregators: scenario.aggregator.replicas,
        generator: scenario.generator !== undefined,
        labels: observe.labels,
        thresholds: observe.thresholds,
        alertLabels: observe.rules.alertLabels,
    };
}

export const majority = (members: number) => Math.floor(members / 2) + 1;
