import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import { secondsOf } from "../units.ts";

/** M3's namespaces: one unaggregated, all told apart, blocks of a length that M3 takes. */
export function namespaces(scenario: Scenario): SettingProblem[] {
    const problems: SettingProblem[] = [];
    const list = scenario.m3db.namespaces;
    const at = (index: number, key = "") => `m3perf:m3db.namespaces[${index}]${key}`;
    const unaggregated = list.filter((namespace) => !namespace.resolution);
    if (unaggregated.length !== 1) {
        problems.push({
            path: "m3perf:m3db.namespaces",
            value: list.map((namespace) => namespace.name),
            reason:
                unaggregated.length === 0
                    ? 'must have one without a resolution: with no unaggregated namespace every plain write fails; add {name: default, retention: "48h"}'
                    : "must have only one without a resolution: a coordinator writes to a single unaggregated namespace (M3 would take the one it finds last); give the others a resolution and a match, and a resolution or retention of their own",
        });
    }
    const seenNames = new Map<string, number>();
    const seenPolicies = new Map<string, number>();
    for (const [index, namespace] of list.entries()) {
        const twin = seenNames.get(namespace.name);
        if (twin !== undefined) {
            problems.push({
                path: at(index, ".name"),
                value: namespace.name,
                reason: `is the name of namespaces[${twin}] too`,
            });
        }
        seenNames.set(namespace.name, index);
        if (namespace.resolution) {
            const policy = `${secondsOf(namespace.resolution)}:${secondsOf(namespace.retention)}`;
            const other = seenPolicies.get(policy);
            if (other !== undefined) {
                problems.push({
                    path: at(index),
                    value: `${namespace.resolution}:${namespace.retention}`,
                    reason: `has the resolution and retention of namespaces[${other}]: M3 tells aggregated namespaces apart by that pair alone`,
                });
            }
            seenPolicies.set(policy, index);
        }
        if ((secondsOf(namespace.blockSize) ?? 0) > (secondsOf(namespace.retention) ?? 0)) {
            problems.push({
                path: at(index, ".blockSize"),
                value: namespace.blockSize,
                reason: `must not be longer than the retention, ${namespace.retention}`,
            });
        }
    }
    return problems;
}
