import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";

/** What the environment is not watched by, although it was asked for. */
export function observeWarnings(site: Site, { observe, prometheus }: Scenario): string[] {
    if (!observe.rules.enabled || prometheus.localStorage !== "agent" || site.prometheus.kind === "helm") return [];
    return [
        "m3perf:observe.rules: a Prometheus in agent mode evaluates no rules, so it gets none; alerts need a Prometheus that stores (m3perf helm-values prints the rules for one), or m3perf:observe.rules.enabled: false",
    ];
}
