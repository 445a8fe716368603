import type { NodeRole, Site, SiteNode } from "../../../settings/site.ts";
import { isolationGroups } from "../../../settings/topology.ts";

/**
 * Least to lose first: what a new kernel or a reboot does to a host shows on one that carries no data, when nothing is at risk
 * yet. The repository before what collects; the only aggregator after the coordinators, since it has no second; then M3DB and
 * etcd; the master last: its absence stops evictions and rescheduling, which every other turn needs.
 */
const ranks: NodeRole[] = ["repository", "coordinator", "aggregator", "m3db", "master"];

/** A node of several roles goes with the one that has most to lose. */
const rankOf = (node: SiteNode) => Math.max(...node.roles.map((role) => ranks.indexOf(role)), -1);

/**
 * The order of a roll over the site's nodes of these names. M3DB's nodes go isolation group by isolation group: a group holds
 * one replica of each shard, so what goes wrong in the middle has touched one replica and no second. Within a rank the site
 * file's order holds. The nodes that a setting names are a decision of their own: exactly these, in that order.
 */
export function rollOrder(site: Site, reachable: string[], named?: string[]): string[] {
    if (named) return named;
    const groups = isolationGroups(site).map(({ name }) => name);
    const groupOf = ({ isolationGroup }: SiteNode) => (isolationGroup ? groups.indexOf(isolationGroup) : -1);
    return site.nodes
        .filter(({ name }) => reachable.includes(name))
        .toSorted((a, b) => rankOf(a) - rankOf(b) || groupOf(a) - groupOf(b))
        .map(({ name }) => name);
}
