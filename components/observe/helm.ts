import type { ObserveSettings } from "../../settings/schema/observe.ts";
import type { PrometheusSettings } from "../../settings/schema/prometheus.ts";
import type { HelmChart } from "../../settings/site.ts";
import type { Observed } from "./facts.ts";
import { alertGroups, recordingGroups } from "./rules/index.ts";
import { podMonitors, scrapeConfig } from "./scraping.ts";

/** Rules and scraping as values of the community's charts: m3perf helm-values prints them. Pure. */
export function observeValues(
    chart: HelmChart,
    observed: Observed,
    { rules, scrape }: Pick<ObserveSettings, "rules" | "scrape">,
    { localStorage }: Pick<PrometheusSettings, "localStorage">,
): Record<string, unknown> {
    const withRules = rules.enabled && localStorage !== "agent"; // an agent evaluates none
    const name = `m3perf-${observed.namespace}`;
    if (chart === "prometheus") {
        const files = {
            "recording_rules.yml": { groups: recordingGroups(observed) },
            "alerting_rules.yml": { groups: alertGroups(observed) },
        };
        return {
            ...(withRules ? { serverFiles: files } : {}),
            ...(scrape ? { scrapeConfigs: { [name]: scrapeConfig(observed) } } : {}),
        };
    }
    const groups = [...recordingGroups(observed), ...alertGroups(observed)];
    return {
        ...(withRules ? { additionalPrometheusRulesMap: { [name]: { groups } } } : {}),
        ...(scrape
            ? { prometheus: { additionalPodMonitors: podMonitors(observed).map(({ component: _, ...one }) => one) } }
            : {}),
    };
}
