import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
import { withRole } from "../topology.ts";

/** Members that etcd can do without: the rest is still a majority. */
export const spareMembers = (members: number) => Math.floor((members - 1) / 2);

/** etcd keeps its quorum when one node is lost. Everything of M3 that starts without one exits (facts.md 4). */
export function quorum(site: Site, scenario: Scenario): SettingProblem[] {
    const nodes = withRole(site, "m3db").length;
    const { members } = scenario.etcd;
    const path = "m3perf:etcd.members";
    if (members > nodes) {
        return [
            {
                path,
                value: members,
                reason: `is more than the ${nodes} node(s) with the role m3db: two members on one node lose the quorum together`,
            },
        ];
    }
    // The colocated baseline is the one layout that need not survive a node.
    if (spareMembers(members) > 0 || scenario.isolation === "colocated") return [];
    return [
        {
            path,
            value: members,
            reason: "loses the quorum with one node, and M3 with it: 3 or 5 (1 only with m3perf:isolation = colocated)",
        },
    ];
}
