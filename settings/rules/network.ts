import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
import { withRole } from "../topology.ts";

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

/** What `up` and `verify` ask of pods comes from the API server: where it is on no node of the site, its address has to be given. */
export function unknownApiServer(site: Site, { networkPolicies: { enabled, allowFrom } }: Scenario): string[] {
    if (!enabled || allowFrom.length > 0 || withRole(site, "master").length > 0) return [];
    return [
        "no node of the site has the role master, so m3perf:networkPolicies know no address of the API server: where the network enforces them, up and verify reach no pod; give its address range in m3perf:networkPolicies.allowFrom",
    ];
}
