import { gatewayName } from "../../settings/prometheus/identity.ts";
import { generatorMetricsPort, generatorName } from "../load/generator-manifests.ts";
import { etcdName, etcdPorts } from "../m3/etcd-manifests.ts";
import { adminName, ports } from "../m3/identity.ts";
import { operatorName } from "../m3/operator-manifests.ts";
import { setupName } from "../m3/setup-manifests.ts";
import type { NetworkPlan } from "./plan.ts";

/** Who talks to whom, read out of the manifests, M3's configuration files (components/m3/config) and what operations ask. Pure. */

export const workloads = {
    etcd: etcdName,
    m3db: "m3db",
    operator: operatorName,
    setup: setupName,
    admin: adminName,
    coordinator: "m3coordinator",
    query: "m3query",
    aggregator: "m3aggregator",
    gateway: gatewayName,
    generator: generatorName,
} as const;

export type Workload = keyof typeof workloads;

/**
 * - nodes: what `up`, `verify`, `watch` and rolls ask comes by the API server, which is on a node; probes from other nodes than the pod's
 *   own there are none.
 * - prometheus: every pod of its namespace. A site names its namespace and Service, not its pods' labels.
 * - zones: query processes of other M3 clusters, in any namespace.
 * - anybody: a NodePort leads there, or tokens are asked for. Behind a NodePort the sender's address is some node's, or its own.
 */
export type Caller = Workload | "nodes" | "prometheus" | "zones" | "anybody";

export interface Flow {
    to: Workload;
    ports: number[];
    from: Caller[];
}

/** Those that a stack has. m3query is there in an integrated stack, too, scaled to 0. */
export const workloadsOf = ({ has }: NetworkPlan): Workload[] =>
    (Object.keys(workloads) as Workload[]).filter(
        (one) => (one !== "admin" && one !== "gateway" && one !== "generator") || has[one],
    );

/** Every way that is open; what is not in the list is closed. */
export function flowsOf(plan: NetworkPlan): Flow[] {
    const there = workloadsOf(plan);
    const all = [...storage(plan), ...administration, ...services(plan), ...fronts];
    return all
        .filter(({ to }) => there.includes(to))
        .map(({ from, ...flow }) => ({
            ...flow,
            from: from.filter((caller) => !(caller in workloads) || there.includes(caller as Workload)),
        }));
}

const watching: Caller[] = ["nodes", "prometheus"];

const storage = ({ etcdTls }: NetworkPlan): Flow[] => [
    // Placements, namespaces, topics, elections. Its metrics are on the clients' port, so Prometheus gets in there (docs/threat-model.md).
    // etcd itself: `etcdctl --cluster` in a member's pod.
    {
        to: "etcd",
        ports: [etcdPorts.client],
        from: ["etcd", "m3db", "admin", "coordinator", "query", "aggregator", ...(etcdTls ? [] : watching)],
    },
    // m3perf itself comes by port-forward then, which no policy sees.
    ...(etcdTls ? [{ to: "etcd" as const, ports: [etcdPorts.metrics], from: watching }] : []),
    { to: "etcd", ports: [etcdPorts.peer], from: ["etcd"] },
    // M3's clients and peers use the one port of a placement's endpoints; 9001 and 9003, for clients that know no topology, nobody.
    { to: "m3db", ports: [ports.database], from: ["m3db", "admin", "coordinator", "query"] },
    { to: "m3db", ports: [ports.databaseHttp], from: ["nodes"] },
    { to: "m3db", ports: [ports.databaseDebug, ports.metrics], from: watching },
];

/** Of either coordinator: which of them is asked changes with m3perf:m3db.externalCoordinator, while the operator runs. */
const administration: Flow[] = (["m3db", "admin"] as const).flatMap((to): Flow[] => [
    { to, ports: [ports.api], from: ["operator", "setup", "nodes"] },
    ...(to === "admin" ? [{ to, ports: [ports.metrics], from: watching }] : []),
]);

const services = ({ closed, remotes, answering }: NetworkPlan): Flow[] => [
    { to: "coordinator", ports: [ports.api], from: closed ? ["gateway", "generator", "nodes"] : ["anybody"] },
    { to: "coordinator", ports: [ports.coordinatorM3msg], from: ["aggregator"] },
    { to: "coordinator", ports: [ports.metrics], from: ["anybody"] }, // a NodePort, always
    { to: "query", ports: [ports.api], from: closed ? ["gateway", "nodes"] : ["anybody"] },
    { to: "query", ports: [ports.metrics], from: watching },
    ...(remotes === "none"
        ? []
        : [
              {
                  to: answering,
                  ports: [ports.rpc],
                  from: [remotes === "anybody" ? remotes : "zones", "nodes"] as Caller[],
              },
          ]),
    // Two instances forward to each other.
    { to: "aggregator", ports: [ports.aggregatorM3msg], from: ["coordinator", "aggregator"] },
    { to: "aggregator", ports: [ports.aggregatorHttp], from: ["nodes"] },
    { to: "aggregator", ports: [ports.aggregatorMetrics], from: ["anybody"] }, // a NodePort, always
];

const fronts: Flow[] = [
    { to: "gateway", ports: [ports.gateway], from: ["anybody"] },
    { to: "gateway", ports: [ports.gatewayHealth], from: ["nodes"] },
    { to: "generator", ports: [generatorMetricsPort], from: watching },
];
