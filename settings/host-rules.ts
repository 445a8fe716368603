import type { Host } from "./hosts.ts";
import type { SettingProblem } from "./problems.ts";
import { spareMembers } from "./rules/quorum.ts";
import type { Scenario } from "./scenario.ts";
import type { Site } from "./site.ts";
import { withRole } from "./topology.ts";

/** Rules between what is to happen on hosts and how the site reaches them. */
export function brokenHostRules(site: Site, scenario: Scenario, hosts: Host[]): SettingProblem[] {
    const reachable = new Set(hosts.map(({ node }) => node));
    return [
        ...ownKernel(site, scenario),
        ...chosen(site, reachable, "m3perf:kernel.nodes", scenario.kernel?.nodes),
        ...chosen(site, reachable, "m3perf:roll.nodes", scenario.roll?.nodes),
        ...unreachable(site, reachable, scenario),
        ...withoutQuorum(site, scenario, hosts),
        ...repository(site, reachable),
    ];
}

/** Nodes of a kernel upgrade or a roll: those named, or every node that answers SSH. */
export function rolledNodes(hosts: Host[], nodes: string[] | undefined): string[] {
    return nodes ?? hosts.map(({ node }) => node);
}

function ownKernel(site: Site, scenario: Scenario): SettingProblem[] {
    if (!site.sharedKernel) return [];
    const reason = `needs nodes with a kernel of their own; those of site ${site.name} share this machine's (sharedKernel)`;
    return [
        ...(scenario.kernel ? [{ path: "m3perf:kernel.version", value: scenario.kernel.version, reason }] : []),
        ...(scenario.hosts.tuning ? [{ path: "m3perf:hosts.tuning", value: true, reason }] : []),
        ...(site.repository?.source.kind === "export"
            ? [{ path: `site ${site.name}: repository.source.kind`, value: "export", reason: `${reason}; use local` }]
            : []),
    ];
}

function chosen(site: Site, reachable: Set<string>, path: string, nodes: string[] = []): SettingProblem[] {
    return nodes.flatMap((name, index) => {
        const problem = (reason: string) => [{ path: `${path}[${index}]`, value: name, reason }];
        if (nodes.indexOf(name) < index) return problem("is there twice: a node has one turn");
        if (!site.nodes.some((node) => node.name === name))
            return problem(`is no node of site ${site.name}: ${site.nodes.map((node) => node.name).join(", ")}`);
        return reachable.has(name) ? [] : problem(noSsh);
    });
}

const giveSsh = "give the node, or the whole site, an ssh in the site file";
const noSsh = `has no SSH settings: ${giveSsh}`;

function unreachable(site: Site, reachable: Set<string>, scenario: Scenario): SettingProblem[] {
    const lacking = (path: string, value: unknown) => ({
        path,
        value,
        reason: `no node of site ${site.name} has SSH settings: ${giveSsh}`,
    });
    const problems: SettingProblem[] = [];
    if (reachable.size === 0 && scenario.kernel)
        problems.push(lacking("m3perf:kernel.version", scenario.kernel.version));
    if (reachable.size === 0 && scenario.roll) problems.push(lacking("m3perf:roll.id", scenario.roll.id));
    if (reachable.size === 0 && scenario.hosts.tuning) problems.push(lacking("m3perf:hosts.tuning", true));
    else if (scenario.hosts.tuning) {
        for (const [index, node] of site.nodes.entries()) {
            if (!node.roles.includes("m3db") || reachable.has(node.name)) continue;
            const reason = `is missing: ${node.name} has the role m3db, and m3perf:hosts.tuning sets its kernel parameters over SSH`;
            problems.push({ path: `site ${site.name}: nodes[${index}].ssh`, value: undefined, reason });
        }
    }
    return problems;
}

/** A node goes only while etcd has a majority without it (components/nodes/roll/m3-state.ts): its one member's node never would. */
function withoutQuorum(site: Site, { etcd: { members }, kernel, roll }: Scenario, hosts: Host[]): SettingProblem[] {
    if (spareMembers(members) > 0) return [];
    const mayHoldIt = new Set(withRole(site, "m3db").map(({ name }) => name));
    const asked = Object.entries({ kernel, roll }).filter(
        ([, wanted]) => wanted && rolledNodes(hosts, wanted.nodes).some((node) => mayHoldIt.has(node)),
    );
    if (asked.length === 0) return [];
    const settings = asked.map(([key]) => `m3perf:${key}`).join(" and ");
    const reason = `does not go with ${settings}: a node is restarted only while etcd has a quorum without it, which the node of its one member never leaves; 3 or 5, in a new environment, or nodes without the role m3db alone (${asked.map(([key]) => `m3perf:${key}.nodes`).join(", ")})`;
    return [{ path: "m3perf:etcd.members", value: members, reason }];
}

function repository(site: Site, reachable: Set<string>): SettingProblem[] {
    const source = site.repository?.source;
    if (!source || source.kind === "existing") return [];
    const path = `site ${site.name}: repository.source.node`;
    if (!site.nodes.some(({ name }) => name === source.node)) {
        const names = site.nodes.map(({ name }) => name).join(", ");
        return [{ path, value: source.node, reason: `is no node of the site: ${names}` }];
    }
    return source.kind === "export" && !reachable.has(source.node) ? [{ path, value: source.node, reason: noSsh }] : [];
}
