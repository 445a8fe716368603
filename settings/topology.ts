import type { Scenario } from "./scenario.ts";
import type { NodeRole, Site, SiteNode } from "./site.ts";

export type Isolation = Scenario["isolation"];

export const withRole = (site: Site, role: NodeRole) => site.nodes.filter((node) => node.roles.includes(role));

/** The site's isolation groups in order of appearance, with the nodes of each. */
export function isolationGroups(site: Site): { name: string; nodes: string[] }[] {
    const groups = new Map<string, string[]>();
    for (const node of withRole(site, "m3db")) {
        if (node.isolationGroup)
            groups.set(node.isolationGroup, [...(groups.get(node.isolationGroup) ?? []), node.name]);
    }
    return [...groups].map(([name, nodes]) => ({ name, nodes }));
}

/** The failure domains of nodes, each with its nodes; nodes without one are left out. */
export function failureDomains(nodes: SiteNode[]): Map<string, SiteNode[]> {
    const domains = new Map<string, SiteNode[]>();
    for (const node of nodes) {
        if (node.failureDomain) domains.set(node.failureDomain, [...(domains.get(node.failureDomain) ?? []), node]);
    }
    return domains;
}

/** Whether the site says what fails together with M3DB's nodes. */
export const hasFailureDomains = (site: Site) => failureDomains(withRole(site, "m3db")).size > 0;

/**
 * What a node may carry. Colocated, M3DB's nodes take M3's other services as well, as before the manual run's OOM kill: the
 * roles of the site file say what must fit there, these what is allowed there.
 */
export function rolesOf(node: SiteNode, isolation: Isolation): NodeRole[] {
    if (isolation === "dedicated" || !node.roles.includes("m3db")) return node.roles;
    return [...new Set<NodeRole>([...node.roles, "coordinator", "aggregator"])];
}
