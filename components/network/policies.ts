import type { types } from "@pulumi/kubernetes";
import type { NetworkPolicyArgs } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { m3dbSelector } from "../m3/cluster-manifests.ts";
import { named } from "../manifests.ts";
import { type Caller, type Flow, flowsOf, type Workload, workloads, workloadsOf } from "./flows.ts";
import type { NetworkPlan } from "./plan.ts";

/**
 * Incoming traffic only. What goes out is left open: every pod needs names looked up, and where a cluster answers them (a port of
 * its own, a cache on the node) differs; a database that finds no etcd any more would be a high price (docs/threat-model.md).
 */
export interface NamedPolicy {
    workload: Workload;
    manifest: NetworkPolicyArgs & { metadata: { name: string; namespace: string } };
}

/** One for each workload, also for those to which nobody comes. */
export function networkPolicies(plan: NetworkPlan): NamedPolicy[] {
    const flows = flowsOf(plan);
    return workloadsOf(plan).map((workload) => {
        const ingress = flows.filter(({ to }) => to === workload).flatMap((flow) => rulesOf(flow, plan));
        return {
            workload,
            manifest: {
                metadata: named(`${workloads[workload]}-callers`, plan.namespace, workloads[workload]),
                spec: {
                    podSelector: { matchLabels: labelsOf(workload, plan) },
                    policyTypes: ["Ingress"],
                    // The API server drops an empty list, and the next look would find a difference.
                    ...(ingress.length === 0 ? {} : { ingress }),
                },
            },
        };
    });
}

/** As the manifests have them; of database pods, which the operator makes, as their M3DBCluster's Services select them. */
export const labelsOf = (workload: Workload, { cluster }: Pick<NetworkPlan, "cluster">): Record<string, string> =>
    workload === "m3db" ? m3dbSelector({ cluster }) : { app: workloads[workload] };

/** None where nobody is left to name: an empty list of peers lets everybody in. */
function rulesOf({ ports, from }: Flow, plan: NetworkPlan) {
    const open = { ports: ports.map((port) => ({ port, protocol: "TCP" })) };
    if (from.includes("anybody")) return [open];
    const peers = from.flatMap((caller) => peersOf(caller, plan));
    return peers.length === 0 ? [] : [{ from: peers, ...open }];
}

export function peersOf(caller: Caller, plan: NetworkPlan): types.input.networking.v1.NetworkPolicyPeer[] {
    switch (caller) {
        case "nodes":
            return plan.ranges.map((cidr) => ({ ipBlock: { cidr } }));
        case "prometheus":
            // The API server puts this label on every namespace (Kubernetes 1.22 and later).
            return [
                { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": plan.prometheusNamespace } } },
            ];
        case "zones":
            return (["query", "coordinator"] as const).map((workload) => ({
                namespaceSelector: {},
                podSelector: { matchLabels: labelsOf(workload, plan) },
            }));
        case "anybody":
            return [];
        default:
            return [{ podSelector: { matchLabels: labelsOf(caller, plan) } }];
    }
}
