import type { EnvironmentPrometheus } from "../../settings/environment.ts";
import { prometheusMilliseconds } from "../../settings/units.ts";
import { type PrometheusConfig, runningConfig, runningFlags } from "../access/prometheus.ts";
import { type Check, fail, pass } from "./check.ts";
import { configNext } from "./prometheus.ts";

const durations = ["batch_send_deadline", "min_backoff", "max_backoff", "sample_age_limit"];

/** Of what the stack set, what the running Prometheus does not have; none: it runs with all of it. Pure. */
export function settingsApart(
    { remoteWriteUrl, queue = {}, externalLabels = {}, agent }: EnvironmentPrometheus,
    config: PrometheusConfig,
    flags: Record<string, string>,
): string[] {
    const entry = config.remote_write?.find(({ url }) => url === remoteWriteUrl);
    const running = entry?.queue_config ?? {};
    const labels = config.global?.external_labels ?? {};
    // Prometheus writes its durations in its own way: 60s is 1m there.
    const same = (key: string, wanted: unknown, seen: unknown) =>
        durations.includes(key)
            ? prometheusMilliseconds(String(wanted)) === prometheusMilliseconds(String(seen))
            : wanted === seen;
    const isAgent = flags.agent === "true" || (flags["enable-feature"] ?? "").split(",").includes("agent");
    return [
        ...(entry ? [] : [`no remote write to ${remoteWriteUrl}`]),
        ...Object.entries(queue).flatMap(([key, wanted]) =>
            !entry || same(key, wanted, running[key]) ? [] : [`queue_config.${key} is ${running[key]}, not ${wanted}`],
        ),
        ...Object.entries(externalLabels).flatMap(([name, wanted]) =>
            labels[name] === wanted ? [] : [`external label ${name} is ${labels[name] ?? "not set"}, not ${wanted}`],
        ),
        ...(agent === undefined || agent === isAgent ? [] : [isAgent ? "it runs as an agent" : "it runs as no agent"]),
    ];
}

export const prometheusSettings: Check = {
    id: "prometheus.settings",
    system: "prometheus",
    title: "Prometheus runs with the queue, the labels and the mode that the stack sets",
    source: "Prometheus: /api/v1/status/config and flags; queue_config",
    means: "The stack's settings have no effect: Prometheus runs with others.",
    async run(context) {
        const [config, flags] = await Promise.all([runningConfig(context), runningFlags(context)]);
        const { prometheus } = context.environment;
        const apart = settingsApart(prometheus, config, flags);
        if (apart.length > 0) {
            return fail(
                apart,
                prometheus.kind === "helm"
                    ? "the release has not been given these values"
                    : "the configuration was changed by other hands, or Prometheus has not loaded it: the next up sets it again",
                configNext(context),
            );
        }
        const labels = Object.entries(config.global?.external_labels ?? {}).map(([name, value]) => `${name}=${value}`);
        return pass(
            `${Object.keys(prometheus.queue ?? {}).length} queue settings, labels ${labels.join(", ") || "none"}${prometheus.agent ? ", agent" : ""}`,
        );
    },
};
