import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";

/** Ranges for policies that are not there would be ignored in silence. */
export function networkPolicies({ networkPolicies: { enabled, allowFrom } }: Scenario): SettingProblem[] {
    if (enabled || allowFrom.length === 0) return [];
    return [
        {
            path: "m3perf:networkPolicies.allowFrom",
            value: allowFrom,
            reason: "is of no use: there are no policies without m3perf:networkPolicies.enabled (of the gateway's own it is m3perf:gateway.allowFrom)",
        },
    ];
}
