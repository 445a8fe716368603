import type { Settings } from "../../settings/index.ts";
import { gatewayOnly } from "../../settings/rules/identities.ts";
import { clusterName } from "../m3/identity.ts";
import { addressRanges } from "./ranges.ts";

/** What of the settings decides who may talk to whom. */
export interface NetworkPlan {
    namespace: string;
    /** Name of the M3DBCluster. */
    cluster: string;
    /** Where Prometheus runs: it scrapes. */
    prometheusNamespace: string;
    /** Address ranges of nodes, and those that the settings add. */
    ranges: string[];
    /** Nobody reaches M3's API past the gateway. */
    closed: boolean;
    /** etcd's clients need certificates: its metrics and health are on a port of their own. */
    etcdTls: boolean;
    /** Which of the workloads that not every stack has there are. */
    has: { admin: boolean; gateway: boolean; generator: boolean };
    /** Whether other zones may ask for series here, and whether a NodePort leads them in. */
    remotes: "none" | "pods" | "anybody";
    /** Who answers queries: m3query's pods, or the coordinators. */
    answering: "query" | "coordinator";
}

export function networkPlan({ site, scenario }: Pick<Settings, "site" | "scenario">): NetworkPlan {
    const { namespace, networkPolicies, gateway, query, identities } = scenario;
    return {
        namespace,
        cluster: clusterName,
        prometheusNamespace: site.prometheus.namespace,
        ranges: [...new Set([...addressRanges(site.nodes), ...networkPolicies.allowFrom, ...gateway.allowFrom])],
        closed: gatewayOnly(scenario),
        etcdTls: scenario.tls.etcd,
        has: {
            admin: scenario.m3db.externalCoordinator,
            gateway: identities.length > 0,
            generator: scenario.generator !== undefined,
        },
        remotes: !query.serveRemotes ? "none" : query.remotesNodePort === undefined ? "pods" : "anybody",
        answering: query.mode === "integrated" ? "coordinator" : "query",
    };
}
