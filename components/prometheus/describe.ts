import type { EnvironmentPrometheus } from "../../settings/environment.ts";
import { remoteConfig } from "../../settings/prometheus/entries.ts";
import type { PrometheusSettings } from "../../settings/schema/prometheus.ts";
import type { SitePrometheus } from "../../settings/site.ts";

/** Prometheus as later tools need it: part of the stack output `environment`. Pure. */
export function describePrometheus(site: SitePrometheus, settings: PrometheusSettings): EnvironmentPrometheus {
    const { namespace, service, port } = site;
    const { remote_write, external_labels } = remoteConfig(settings);
    return {
        kind: site.kind ?? "existing",
        namespace,
        service,
        port,
        ...whereOf(site),
        remoteWriteUrl: settings.remoteWrite.url,
        remoteReadUrl: settings.remoteRead.url,
        readRecent: settings.remoteRead.readRecent,
        agent: settings.localStorage === "agent",
        externalLabels: external_labels,
        ...(settings.remoteWrite.writeRelabelConfigs.length > 0 ? { relabels: true } : {}),
        queue: remote_write.queue_config as Record<string, unknown>,
    };
}

function whereOf(site: SitePrometheus): Partial<EnvironmentPrometheus> {
    const kubectl = (words: string) => `kubectl -n ${site.namespace} ${words}`;
    if (site.kind === "operator") {
        const { name } = site;
        const logs = kubectl(`logs statefulset/prometheus-${name} -c prometheus`);
        return { resource: name, inspect: [kubectl(`get prometheuses.monitoring.coreos.com ${name} -o yaml`), logs] };
    }
    if (site.kind === "helm") {
        return { inspect: ["m3perf helm-values", "helm get values RELEASE", kubectl(`get endpoints ${site.service}`)] };
    }
    const { deployment, statefulSet, configMap, configKey } = site;
    const workload = deployment === undefined ? `statefulset/${statefulSet}` : `deployment/${deployment}`;
    return {
        ...(deployment === undefined ? {} : { deployment }),
        ...(statefulSet === undefined ? {} : { statefulSet }),
        configMap,
        configKey,
        inspect: [kubectl(`get configmap ${configMap} -o yaml`), kubectl(`logs ${workload}`)],
    };
}
