import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import type { Site, SiteNode } from "../site.ts";
import { failureDomains, hasFailureDomains, withRole } from "../topology.ts";
import { spareMembers } from "./quorum.ts";

/** Where the site names failure domains: losing one costs one replica at most, and not etcd's quorum. */
export function failureDomainsApart(site: Site, scenario: Scenario): SettingProblem[] {
    const nodes = withRole(site, "m3db");
    const domains = failureDomains(nodes);
    if (!hasFailureDomains(site)) return [];
    return [...missing(site, nodes), ...sharedByReplicas(site, domains), ...etcdIn(site, scenario, domains)];
}

function missing(site: Site, nodes: SiteNode[]): SettingProblem[] {
    return nodes
        .filter(({ failureDomain }) => failureDomain === undefined)
        .map((node) => ({
            path: `site ${site.name}: nodes[${site.nodes.indexOf(node)}].failureDomain`,
            value: undefined,
            reason: `is missing: other nodes with the role m3db have one, and without that of ${node.name} nobody can tell what fails together`,
        }));
}

function sharedByReplicas(site: Site, domains: Map<string, SiteNode[]>): SettingProblem[] {
    return [...domains].flatMap(([domain, nodes]) => {
        const groups = [...new Set(nodes.flatMap(({ isolationGroup }) => isolationGroup ?? []))];
        if (groups.length < 2) return [];
        const second = nodes.find(({ isolationGroup }) => isolationGroup === groups[1]);
        return [
            {
                path: `site ${site.name}: nodes[${second ? site.nodes.indexOf(second) : 0}].failureDomain`,
                value: domain,
                reason: `holds the isolation groups ${groups.join(" and ")} (${nodes.map(({ name }) => name).join(", ")}): losing it would lose ${groups.length} replicas at once; each group needs domains of its own`,
            },
        ];
    });
}

function etcdIn(site: Site, scenario: Scenario, domains: Map<string, SiteNode[]>): SettingProblem[] {
    const { members } = scenario.etcd;
    // A single member (colocated only) is lost with any domain; that is settled elsewhere.
    if (members === 1) return [];
    const [fullest] = [...etcdSpread(members, domains)].sort((a, b) => b[1] - a[1]);
    if (!fullest || fullest[1] <= spareMembers(members)) return [];
    const [domain, count] = fullest;
    return [
        {
            path: "m3perf:etcd.members",
            value: members,
            reason: `puts ${count} of ${members} into the failure domain ${domain}, and losing it would lose the quorum: the nodes with the role m3db of site ${site.name} need at least 3 failure domains`,
        },
    ];
}

/** Members in each domain when they are spread as evenly as one on each node allows (etcd-manifests.ts asks for it). */
export function etcdSpread(members: number, domains: Map<string, SiteNode[]>): Map<string, number> {
    const spread = new Map([...domains.keys()].map((domain) => [domain, 0]));
    for (let member = 0; member < members; member++) {
        const [emptiest] = [...spread]
            .filter(([domain, count]) => count < (domains.get(domain)?.length ?? 0))
            .sort((a, b) => a[1] - b[1]);
        if (emptiest) spread.set(emptiest[0], emptiest[1] + 1);
    }
    return spread;
}
