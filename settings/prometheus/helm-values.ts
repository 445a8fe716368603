import { Document } from "yaml";
import type { PrometheusSettings } from "../schema/prometheus.ts";
import type { HelmChart } from "../site.ts";
import { filled, remoteConfig, secretMounts } from "./entries.ts";
import { resourceConfig } from "./resource.ts";

/** Values for the community's charts (github.com/prometheus-community/helm-charts); test/contract/prometheus checks their keys. Pure. */
export function helmValues(
    chart: HelmChart,
    settings: PrometheusSettings,
    observe: Record<string, unknown> = {},
): Record<string, unknown> {
    return merged(chart === "prometheus" ? serverValues(settings) : stackValues(settings), observe);
}

/** Maps are merged, key by key; nothing is in both that is none. */
function merged(one: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown> {
    const isMap = (value: unknown): value is Record<string, unknown> =>
        typeof value === "object" && value !== null && !Array.isArray(value);
    const both = Object.entries(other).map(([key, value]) => {
        const there = one[key];
        return [key, isMap(there) && isMap(value) ? merged(there, value) : value];
    });
    return { ...one, ...Object.fromEntries(both) };
}

/** The same as text, with what a person has to know as comments. */
export function helmValuesText(
    chart: HelmChart,
    settings: PrometheusSettings,
    observe: Record<string, unknown> = {},
): string {
    const document = new Document(helmValues(chart, settings, observe), { aliasDuplicateObjects: false });
    document.commentBefore = notes(chart, settings)
        .map((line) => ` ${line}`)
        .join("\n");
    return document.toString({ lineWidth: 0 });
}

// What the chart starts Prometheus with, but for --storage.tsdb.*: its template writes those in any other way (templates/deploy.yaml).
const flags = [
    "--config.file=/etc/config/prometheus.yml",
    "--web.console.libraries=/etc/prometheus/console_libraries",
    "--web.console.templates=/etc/prometheus/consoles",
    "--web.enable-lifecycle",
];

function serverValues(settings: PrometheusSettings): Record<string, unknown> {
    const { external_labels, remote_write, remote_read } = remoteConfig(settings);
    const mounts = secretMounts(settings).map((mount) => ({ ...mount, readOnly: true }));
    const agent = settings.localStorage === "agent";
    // The chart writes `global`, `remoteWrite` and `remoteRead` as they are into prometheus.yml.
    return {
        server: {
            ...(filled(external_labels) ? { global: { external_labels } } : {}),
            remoteWrite: [remote_write],
            ...(remote_read ? { remoteRead: [remote_read] } : {}),
            ...(mounts.length > 0 ? { extraSecretMounts: mounts } : {}),
            ...(settings.localStorage === "keep" ? {} : { persistentVolume: { enabled: false } }),
            ...(settings.localStorage === "minimal" ? { defaultFlagsOverride: flags } : {}),
            // Its data is under the mount of the emptyDir: elsewhere it would fill the container's own layer.
            ...(agent ? { defaultFlagsOverride: [...flags, "--agent", "--storage.agent.path=/data"] } : {}),
        },
        ...(agent ? { serverFiles: { "prometheus.yml": { rule_files: [] } }, alertmanager: { enabled: false } } : {}),
    };
}

function stackValues(settings: PrometheusSettings): Record<string, unknown> {
    const { externalLabels, remoteWrite, remoteRead, storage } = resourceConfig(settings);
    const agent = settings.localStorage === "agent";
    return {
        prometheus: {
            ...(agent ? { agentMode: true } : {}),
            prometheusSpec: {
                ...(filled(externalLabels) ? { externalLabels } : {}),
                remoteWrite: [remoteWrite],
                ...(agent ? {} : { remoteRead: [remoteRead] }),
                ...(storage ? { storageSpec: storage } : {}),
            },
        },
    };
}

function notes(chart: HelmChart, { localStorage, remoteWrite, remoteRead }: PrometheusSettings): string[] {
    const secrets = [remoteWrite.credentials, remoteRead.credentials].flatMap((one) => (one ? [one.secretName] : []));
    return [
        `M3 as the long-term store: values for the chart prometheus-community/${chart}, by m3perf helm-values.`,
        `  helm upgrade RELEASE prometheus-community/${chart} --version INSTALLED --namespace NAMESPACE --reuse-values -f THIS_FILE`,
        "Lists replace those of the release: add entries of your own remote write and read here. m3perf does not run helm.",
        ...(secrets.length > 0
            ? [`Needs in the same namespace: Secret ${[...new Set(secrets)].join(", Secret ")}.`]
            : []),
        ...(localStorage === "minimal" && chart === "prometheus"
            ? [
                  "defaultFlagsOverride replaces every flag, server.retention, server.extraFlags and server.extraArgs too: add those that you set.",
                  "Prometheus still stores samples: in data/ of its working folder, for 15 d (docs/prometheus.md).",
              ]
            : []),
        ...(localStorage === "minimal" && chart !== "prometheus"
            ? ["The operator goes on writing --storage.tsdb.path and the retention: only the volume claim goes away."]
            : []),
        ...(localStorage === "agent"
            ? [
                  "Agent mode (Prometheus 3): no queries, no rules, no alerts, no remote read. What evaluates rules has to be elsewhere.",
              ]
            : []),
    ];
}
