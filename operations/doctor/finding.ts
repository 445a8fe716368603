import type { Scenario } from "../../settings/scenario.ts";
import type { Site, SiteNode } from "../../settings/site.ts";
import type { ClusterAnswer } from "./cluster.ts";
import type { HostFacts } from "./facts.ts";
import type { HostAnswer } from "./gather.ts";
import type { Ground as GroundFacts, Untold } from "./ground/facts.ts";
import type { HereFacts } from "./here/facts.ts";

/** What is looked at, in the order of the table's columns. */
export const facts = [
    "ssh",
    "root",
    "system",
    "kernel",
    "cores",
    "memory",
    "pods",
    "disk",
    "clock",
    "kubelet",
    "ntp",
    "tuning",
] as const;
export type Fact = (typeof facts)[number];

/** What is of no node: this machine, and the cluster as a whole. */
export type Ground = "here" | "cluster";

/** One thing that does not fit. */
export interface Finding {
    /** failure: it has to be put right first. warning: worth knowing. */
    level: "failure" | "warning";
    /** Undefined: the site as a whole. */
    node?: string;
    fact: Fact | Ground;
    /** What was looked at: "memory", "vm.max_map_count". */
    what: string;
    found: string;
    wanted?: string;
    /** What to do. */
    next?: string;
}

/** All that is judged. */
export interface Examined {
    site: Site;
    scenario: Scenario;
    hosts: Map<string, HostAnswer>;
    cluster: ClusterAnswer;
    /** What this machine is; absent: not looked at. */
    here?: HereFacts | undefined;
    /** What the cluster is beside its nodes; absent: it was not asked. */
    ground?: GroundFacts | Untold | undefined;
    /** Nodes whose kernel is to be upgraded. */
    kernelNodes: string[];
    /** What the settings themselves warn of. */
    warnings: string[];
}

/** A host that answered, with its node. */
export interface Answered {
    node: SiteNode;
    /** "site reference: nodes[1]", as the settings' errors name it. */
    path: string;
    facts: HostFacts;
}

export function answered({ site, hosts }: Examined): Answered[] {
    return site.nodes.flatMap((node, index) => {
        const answer = hosts.get(node.name);
        if (answer?.state !== "answered") return [];
        return [{ node, path: `site ${site.name}: nodes[${index}]`, facts: answer.facts }];
    });
}

/** "7.6" */
export const gibibytes = (mebibytes: number) => (mebibytes / 1024).toFixed(1).replace(/\.0$/, "");
