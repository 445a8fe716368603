import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import { secondsOf } from "../units.ts";

type Policy = { resolution: string; retention: string };

/** Rules of the aggregation: each keeps its values somewhere, in a namespace that is there. */
export function aggregation(scenario: Scenario): SettingProblem[] {
    const { mapping, rollup } = scenario.aggregator.rules;
    const at = (kind: string, index: number) => `m3perf:aggregator.rules.${kind}[${index}]`;
    return [
        ...mapping.flatMap((rule, index) => [
            ...purpose(rule, at("mapping", index)),
            ...unknownPolicies(scenario, rule.storagePolicies, at("mapping", index)),
        ]),
        ...rollup.flatMap((rule, index) => unknownPolicies(scenario, rule.storagePolicies, at("rollup", index))),
        ...matches(scenario),
    ];
}

function purpose(rule: Scenario["aggregator"]["rules"]["mapping"][number], path: string): SettingProblem[] {
    const keeps = rule.storagePolicies.length > 0 || rule.aggregations.length > 0;
    if (rule.drop && keeps) {
        return [
            {
                path,
                value: rule.filter,
                reason: "drops and keeps: M3 then leaves out what it would keep; make two rules of it, one with drop and one with storagePolicies",
            },
        ];
    }
    if (rule.drop || rule.storagePolicies.length > 0 || rule.tags.length > 0) return [];
    return [
        {
            path,
            value: rule.filter,
            reason: "does nothing: give it storagePolicies (where matching samples are kept), or drop: true",
        },
    ];
}

/** Values for a namespace that is not there are lost in the coordinators' logs. */
function unknownPolicies(scenario: Scenario, policies: Policy[], path: string): SettingProblem[] {
    const there = scenario.m3db.namespaces.flatMap(({ resolution, retention }) =>
        resolution === undefined ? [] : [{ resolution, retention }],
    );
    return policies.flatMap((policy, index) => {
        if (there.some((one) => same(one, policy))) return [];
        const known = there.map(({ resolution, retention }) => `${resolution}:${retention}`).join(", ") || "none";
        return [
            {
                path: `${path}.storagePolicies[${index}]`,
                value: `${policy.resolution}:${policy.retention}`,
                reason: `is no namespace of m3perf:m3db.namespaces, so its values would be lost; there are (resolution:retention): ${known}`,
            },
        ];
    });
}

const same = (a: Policy, b: Policy) =>
    secondsOf(a.resolution) === secondsOf(b.resolution) && secondsOf(a.retention) === secondsOf(b.retention);

/** Namespaces that get matching samples only. */
function matches({ m3db }: Scenario): SettingProblem[] {
    return m3db.namespaces.flatMap(({ resolution, match, exclusive }, index): SettingProblem[] => {
        const path = `m3perf:m3db.namespaces[${index}]`;
        if (match !== undefined && resolution === undefined) {
            return [
                {
                    path: `${path}.match`,
                    value: match,
                    reason: "needs a resolution: M3's rules lead to aggregated namespaces alone, and a coordinator writes what is not aggregated to its single unaggregated namespace",
                },
            ];
        }
        if (exclusive !== undefined && match === undefined) {
            return [
                {
                    path: `${path}.exclusive`,
                    value: exclusive,
                    reason: "has no effect without match: it says what becomes of samples that match",
                },
            ];
        }
        return [];
    });
}
