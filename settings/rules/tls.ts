import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";

/** Without identities there is no gateway: who asked for https would go on in plain text, and not know it. */
export function tls({ tls: { gateway }, identities }: Scenario): SettingProblem[] {
    if (!gateway || identities.length > 0) return [];
    return [
        {
            path: "m3perf:tls.gateway",
            value: true,
            reason: "is of no use: there is no gateway without m3perf:identities, and coordinator and query speak plain http only (docs/tls.md)",
        },
    ];
}
