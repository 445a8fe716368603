import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";

/** What integrated queries leave without effect, and zones that cannot be told apart. */
export function query(scenario: Scenario): SettingProblem[] {
    return [...integrated(scenario), ...zones(scenario)];
}

function integrated({ query, coordinator }: Scenario): SettingProblem[] {
    if (query.mode !== "integrated") return [];
    const problems: SettingProblem[] = [];
    if (query.replicas !== undefined) {
        problems.push({
            path: "m3perf:query.replicas",
            value: query.replicas,
            reason: "has no effect with query.mode integrated: the coordinators answer; use m3perf:coordinator.replicas",
        });
    }
    if (query.readConsistency !== coordinator.readConsistency) {
        problems.push({
            path: "m3perf:query.readConsistency",
            value: query.readConsistency,
            reason: `must be m3perf:coordinator.readConsistency (${coordinator.readConsistency}) with query.mode integrated: one process has one`,
        });
    }
    if (Object.keys(query.config).length > 0) {
        problems.push({
            path: "m3perf:query.config",
            value: query.config,
            reason: "has no effect with query.mode integrated: there is no m3query; use m3perf:coordinator.config",
        });
    }
    return problems;
}

function zones({ query }: Scenario): SettingProblem[] {
    const problems: SettingProblem[] = [];
    const { remotes } = query;
    for (const [index, { name }] of remotes.entries()) {
        const twin = remotes.findIndex((other) => other.name === name);
        if (twin === index) continue;
        problems.push({
            path: `m3perf:query.remotes[${index}].name`,
            value: name,
            reason: `is the name of remotes[${twin}] too`,
        });
    }
    if (query.remotesNodePort !== undefined && !query.serveRemotes) {
        problems.push({
            path: "m3perf:query.remotesNodePort",
            value: query.remotesNodePort,
            reason: "has no effect without query.serveRemotes: true: nothing would answer there",
        });
    }
    return problems;
}
