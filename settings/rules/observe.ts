import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";

/** What the environment is not watched by, although it was asked for. */
export function observeWarnings(site: Site, { observe, prometheus }: Scenario): string[] {
    if (!observe.rules.enabled || prometheus.localStorage !== "agent" || site.prometheus.kind === "helm") return [];
    return [
        "m3perf:observe.rules: a Prometheus in agent mode evaluates no rules, so it gets none; give what evaluates alerts elsewhere the rules, or set m3perf:observe.rules.enabled: false",
    ];
}
