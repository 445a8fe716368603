import { type Ask, demandOf, looseAsks } from "../demand.ts";
import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
import type { OwnPods } from "./facts.ts";

/** What the cluster's nodes are held against. */
export interface FitInput {
    site: string;
    nodes: NodePlan[];
    /** Pods that may go to any node. */
    loose: Ask[];
    own: OwnPods;
    /** StorageClass of etcd's and M3DB's volumes. */
    storageClass: string;
}

export interface NodePlan {
    node: string;
    /** As the site file gives them; M3's shares are made of them. */
    declared: { cpu: number; memory: string };
    asks: Ask[];
    /** M3DB has it to itself. */
    dedicated: boolean;
}

/** Labels of the pods that `demandOf` and `looseAsks` count. */
const ownLabels = [
    ...[
        "etcd",
        "m3coordinator",
        "m3query",
        "m3aggregator",
        "m3gateway",
        "m3db-operator",
        "m3-setup",
        "m3admin",
        "m3perf-load",
    ].map((app) => ({
        app,
    })),
    { "operator.m3db.io/app": "m3db" },
];

export function fitInput(site: Site, scenario: Scenario): FitInput {
    const demand = demandOf(site, scenario);
    return {
        site: site.name,
        nodes: site.nodes.map(({ name, cpu, memory, roles }, index) => ({
            node: name,
            declared: { cpu, memory },
            asks: demand[index]?.asks ?? [],
            dedicated: scenario.isolation === "dedicated" && roles.includes("m3db"),
        })),
        loose: looseAsks(scenario),
        own: { namespace: scenario.namespace, labels: ownLabels },
        storageClass: site.storageClass,
    };
}
