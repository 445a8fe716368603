import { createHash } from "node:crypto";
import type { ObserveSettings } from "../../settings/schema/observe.ts";
import { partOf } from "../manifests.ts";
import { type Dashboard, dashboardJson } from "./dashboards/index.ts";
import type { Observed } from "./facts.ts";
import { alertGroups, recordingGroups, rulesFile } from "./rules/index.ts";

/** What is given to Kubernetes. Pure. */

/** In a fixed name: a sidecar that sees the old ConfigMap go after the new one came takes the dashboard away again. */
export function dashboardConfigMap(
    observed: Observed,
    dashboard: Dashboard,
    settings: ObserveSettings["dashboards"],
    namespace: string,
) {
    return {
        metadata: {
            name: `m3perf-${observed.namespace}-${dashboard.area}`,
            namespace,
            labels: { ...partOf, ...settings.labels },
            annotations: { grafana_folder: settings.folder },
        },
        data: { [`m3perf-${observed.namespace}-${dashboard.area}.json`]: dashboardJson(observed, dashboard) },
    };
}

/** For an existing server. Named by its content: a change is another ConfigMap, and Prometheus is rolled with it. */
export function rulesConfigMap(observed: Observed, namespace: string) {
    const text = rulesFile(observed);
    const digest = createHash("sha256").update(text).digest("hex").slice(0, 10);
    return {
        metadata: { name: `m3perf-${observed.namespace}-rules-${digest}`, namespace, labels: partOf },
        data: { [`m3perf-${observed.namespace}.yml`]: text },
    };
}

/** For the prometheus-operator. */
export function prometheusRule(observed: Observed, namespace: string) {
    return {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: { name: `m3perf-${observed.namespace}`, namespace, labels: partOf },
        spec: { groups: [...recordingGroups(observed), ...alertGroups(observed)] },
    };
}
