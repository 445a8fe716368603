import { stringify } from "yaml";
import type { Observed } from "../facts.ts";
import { etcdAlerts, nodeAlerts, remoteWriteAlerts } from "./alerts-base.ts";
import { aggregatorAlerts, coordinatorAlerts, databaseAlerts, queryAlerts } from "./alerts-m3.ts";
import { recordingRules } from "./recording.ts";
import { type AlertRule, exprOf, type RuleGroup } from "./rule.ts";

export { recorded, recordingRules } from "./recording.ts";
export { type AlertRule, exprOf, type RecordingRule, type RuleGroup } from "./rule.ts";

/** All alerts, by what they are about. */
export function alertsOf(observed: Observed): Record<string, AlertRule[]> {
    return {
        database: databaseAlerts(observed),
        coordinator: coordinatorAlerts(observed),
        query: queryAlerts(observed),
        aggregator: aggregatorAlerts(observed),
        etcd: etcdAlerts(observed),
        "remote-write": remoteWriteAlerts(observed),
        nodes: nodeAlerts(observed),
    };
}

/** What Prometheus calls groups. Recording rules come first in the file; each group is evaluated by itself. */
export function recordingGroups(observed: Observed): RuleGroup[] {
    const { namespace, labels } = observed;
    const own = { [labels.namespace]: namespace };
    const rules = recordingRules(observed).map(({ record, expr }) => ({ record, expr, labels: own }));
    return [{ name: `m3perf-${namespace}-recorded`, rules }];
}

export function alertGroups(observed: Observed): RuleGroup[] {
    return Object.entries(alertsOf(observed)).map(([area, alerts]) => ({
        name: `m3perf-${observed.namespace}-${area}`,
        rules: alerts.map((alert) => ({
            alert: alert.alert,
            expr: exprOf(alert),
            for: alert.for,
            labels: {
                severity: alert.severity,
                [observed.labels.namespace]: observed.namespace,
                ...observed.alertLabels,
            },
            annotations: {
                summary: named(alert.summary, observed),
                description: `Likely: ${alert.cause} Next: ${alert.next}`,
            },
        })),
    }));
}

/** A rules file of Prometheus. */
export const rulesFile = (observed: Observed): string =>
    stringify(
        { groups: [...recordingGroups(observed), ...alertGroups(observed)] },
        { lineWidth: 0, aliasDuplicateObjects: false },
    );

/** $labels.POD and so on, as this site calls them. */
function named(text: string, { labels }: Observed): string {
    return text
        .replaceAll("$labels.POD", `$labels.${labels.pod}`)
        .replaceAll("$labels.CONTAINER", `$labels.${labels.container}`)
        .replaceAll("$labels.NODE", `$labels.${labels.node}`);
}
