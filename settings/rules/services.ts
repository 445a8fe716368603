import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import type { NodeRole, Site } from "../site.ts";
import { rolesOf, withRole } from "../topology.ts";

/** Nodes for M3's services: at least one for each, and one for each replica. */
export function replicas(site: Site, scenario: Scenario): SettingProblem[] {
    const problems: SettingProblem[] = [];
    for (const role of ["coordinator", "aggregator"] as const) {
        if (withRole(site, role).length > 0) continue;
        problems.push({
            path: `site ${site.name}: nodes`,
            value: undefined,
            reason: `has no node with the role ${role}`,
        });
    }
    const roles: Record<"coordinator" | "query" | "aggregator", NodeRole> = {
        coordinator: "coordinator",
        query: "coordinator",
        aggregator: "aggregator",
    };
    for (const component of ["coordinator", "query", "aggregator"] as const) {
        const role = roles[component];
        const nodes = site.nodes.filter((node) => rolesOf(node, scenario.isolation).includes(role)).length;
        const wanted = scenario[component].replicas;
        // None at all is said above.
        if (wanted === undefined || wanted <= nodes || (component === "aggregator" && nodes === 0)) continue;
        const more =
            component === "aggregator" && scenario.isolation === "dedicated"
                ? "; give another node of the site the role aggregator, one of the coordinators', say"
                : "";
        problems.push({
            path: `m3perf:${component}.replicas`,
            value: wanted,
            reason: `is more than the ${nodes} node(s) ${scenario.isolation === "colocated" ? "that may carry it" : `with the role ${role}`}: each replica has a node of its own${more}`,
        });
    }
    return problems;
}

/** A NodePort belongs to one service. */
export function nodePorts(scenario: Scenario): SettingProblem[] {
    const ports: [string, number | undefined][] = [
        ["m3perf:coordinator.nodePort", scenario.coordinator.nodePort],
        ["m3perf:coordinator.metricsNodePort", scenario.coordinator.metricsNodePort],
        ["m3perf:query.nodePort", scenario.query.nodePort],
        ["m3perf:query.remotesNodePort", scenario.query.remotesNodePort],
        ["m3perf:aggregator.metricsNodePort", scenario.aggregator.metricsNodePort],
        ...(scenario.gateway.nodePort === undefined
            ? []
            : [["m3perf:gateway.nodePort", scenario.gateway.nodePort] as [string, number]]),
    ];
    return ports.flatMap(([path, value], index) => {
        const twin = ports.slice(0, index).find(([, port]) => port !== undefined && port === value);
        return twin ? [{ path, value, reason: `is ${twin[0]} too: a NodePort belongs to one service` }] : [];
    });
}
