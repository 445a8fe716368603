import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
import { isolationGroups, withRole } from "../topology.ts";

/** One isolation group for each replica, all of the same number of nodes. */
export function isolation(site: Site, scenario: Scenario): SettingProblem[] {
    const problems: SettingProblem[] = [];
    for (const [index, node] of site.nodes.entries()) {
        if (node.roles.includes("m3db") && !node.isolationGroup) {
            problems.push({
                path: `site ${site.name}: nodes[${index}].isolationGroup`,
                value: undefined,
                reason: `is missing: ${node.name} has the role m3db, and its group says which replica it holds`,
            });
        }
    }
    // How many groups there are is known once every node has one.
    if (problems.length > 0) return problems;
    const groups = isolationGroups(site);
    const wanted = scenario.m3db.replicationFactor;
    const names = groups.map((group) => group.name).join(", ") || "none";
    if (groups.length !== wanted) {
        problems.push({
            path: "m3perf:m3db.replicationFactor",
            value: wanted,
            reason:
                groups.length < wanted
                    ? `would put two replicas on one node: site ${site.name} has ${groups.length} isolation group(s) with M3DB nodes (${names}); one is needed for each replica`
                    : `leaves nodes without a replica: site ${site.name} has ${groups.length} isolation groups (${names}); one is needed for each replica, no more`,
        });
    }
    if (new Set(groups.map((group) => group.nodes.length)).size > 1) {
        problems.push({
            path: `site ${site.name}: nodes`,
            value: groups.map((group) => `${group.name}: ${group.nodes.length}`).join(", "),
            reason: "must give every isolation group the same number of M3DB nodes, or one group's nodes carry more shards than the others",
        });
    }
    return problems;
}

/** Both become values of labels on the node. */
export function nodeLabelValues(site: Site): SettingProblem[] {
    return site.nodes.flatMap((node, index) =>
        (["isolationGroup", "failureDomain"] as const).flatMap((key) => {
            const value = node[key];
            if (value === undefined || /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(value)) return [];
            const reason =
                "must be what a label of Kubernetes can hold: letters, digits, and dashes, dots, underscores between them, 63 at most";
            return [{ path: `site ${site.name}: nodes[${index}].${key}`, value, reason }];
        }),
    );
}

/** Dedicated, M3DB's taint keeps M3's other services off its nodes: a second role there would never be filled. */
export function dedicatedNodes(site: Site, scenario: Scenario): SettingProblem[] {
    if (scenario.isolation === "colocated") return [];
    return withRole(site, "m3db").flatMap(({ name, roles }) => {
        const others = roles.filter((role) => role === "coordinator" || role === "aggregator");
        if (others.length === 0) return [];
        return [
            {
                path: `site ${site.name}: nodes[${site.nodes.findIndex((node) => node.name === name)}].roles`,
                value: roles,
                reason: `must not have ${others.join(" and ")} beside m3db: M3DB has ${name} to itself; give ${others.length > 1 ? "those roles" : "that role"} to another node, or set m3perf:isolation to colocated`,
            },
        ];
    });
}
