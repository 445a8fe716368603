import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
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
    const nodes = site.nodes.filter((node) => rolesOf(node, scenario.isolation).includes("coordinator")).length;
    for (const component of ["coordinator", "query"] as const) {
        const wanted = scenario[component].replicas;
        if (wanted === undefined || wanted <= nodes) continue;
        problems.push({
            path: `m3perf:${component}.replicas`,
            value: wanted,
            reason: `is more than the ${nodes} node(s) ${scenario.isolation === "colocated" ? "that may carry it" : "with the role coordinator"}: each replica has a node of its own`,
        });
    }
    return problems;
}

/** A NodePort belongs to one service. */
export function nodePorts(scenario: Scenario): SettingProblem[] {
    const ports: [string, number][] = [
        ["m3perf:coordinator.nodePort", scenario.coordinator.nodePort],
        ["m3perf:coordinator.metricsNodePort", scenario.coordinator.metricsNodePort],
        ["m3perf:query.nodePort", scenario.query.nodePort],
        ["m3perf:aggregator.metricsNodePort", scenario.aggregator.metricsNodePort],
        ...(scenario.gateway.nodePort === undefined
            ? []
            : [["m3perf:gateway.nodePort", scenario.gateway.nodePort] as [string, number]]),
    ];
    return ports.flatMap(([path, value], index) => {
        const twin = ports.slice(0, index).find(([, port]) => port === value);
        return twin ? [{ path, value, reason: `is ${twin[0]} too: a NodePort belongs to one service` }] : [];
    });
}
