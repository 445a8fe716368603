import type { Observed } from "../facts.ts";
import { noVolumeStats } from "../rules/alerts-base.ts";
import { recorded } from "../rules/index.ts";
import { seriesOf } from "../series.ts";
import type { Row } from "./panels.ts";

export function nodesRows(observed: Observed): Row[] {
    const { ours, by, labels } = seriesOf(observed);
    const pod = by("pod");
    const podLegend = `{{${labels.pod}}}`;
    const container = `{{${labels.pod}}} {{${labels.container}}}`;
    const node = `{{${labels.node}}} {{instance}}`;
    const volume = `${labels.namespace}="${observed.namespace}"`;
    return [
        {
            title: "Pods of M3 and etcd",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "short", title: "Processor cores", stacked: true },
                    description: "There is no limit on processors: a busy node shows as latency.",
                    queries: [{ expr: recorded(observed, "m3_pod:cpu_usage_cores:rate5m"), legend: podLegend }],
                },
                {
                    ...{ kind: "timeseries", unit: "bytes", title: "Memory" },
                    description:
                        "Working set: what the kernel cannot take back. The limit is what a container is killed at.",
                    queries: [
                        { expr: recorded(observed, "m3_container:memory_working_set_bytes:max"), legend: container },
                    ],
                },
                {
                    ...{
                        kind: "timeseries",
                        unit: "percentunit",
                        title: "Memory, of the limit",
                        max: 1,
                        steps: { critical: observed.thresholds.memoryPercent / 100 },
                    },
                    description: "Go collects harder near the limit (GOMEMLIMIT), so processor goes up first.",
                    queries: [{ expr: recorded(observed, "m3_container:memory_used:ratio"), legend: container }],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Restarts in 15 minutes" },
                    description: "0 when all is well.",
                    queries: [
                        {
                            expr: `max by (${pod}) (changes(process_start_time_seconds{${ours}}[15m]))`,
                            legend: podLegend,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "Bps", title: "Network, received" },
                    description: "Database nodes get every sample from coordinators, and a copy at a replacement.",
                    queries: [
                        {
                            expr: `sum by (${pod}) (rate(container_network_receive_bytes_total{${ours}}[$__rate_interval]))`,
                            legend: podLegend,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "Bps", title: "Network, sent" },
                    description: "Coordinators send each sample to every replica.",
                    queries: [
                        {
                            expr: `sum by (${pod}) (rate(container_network_transmit_bytes_total{${ours}}[$__rate_interval]))`,
                            legend: podLegend,
                        },
                    ],
                },
            ],
        },
        {
            title: "Nodes and volumes",
            panels: [
                {
                    ...{
                        kind: "timeseries",
                        unit: "percentunit",
                        title: "Memory of nodes",
                        max: 1,
                        steps: { critical: observed.thresholds.nodeMemoryPercent / 100 },
                    },
                    description:
                        "All of the node's, whoever uses it. In m3perf's lab, the whole machine's for each node.",
                    queries: [{ expr: recorded(observed, "m3_node:memory_used:ratio"), legend: node }],
                },
                {
                    ...{
                        kind: "timeseries",
                        unit: "percentunit",
                        title: "Fullest file system of nodes",
                        max: 1,
                        steps: { critical: observed.thresholds.diskPercent / 100 },
                    },
                    description: "M3DB stops taking writes on a full disk, and the kubelet evicts pods before.",
                    queries: [{ expr: recorded(observed, "m3_node:disk_used:ratio"), legend: node }],
                },
                {
                    ...{
                        kind: "timeseries",
                        unit: "percentunit",
                        title: "Volumes of M3DB and etcd",
                        max: 1,
                        steps: { critical: observed.thresholds.diskPercent / 100 },
                    },
                    description:
                        "Use of each claim. The kubelet tells it for most kinds of volumes, not for a hostPath.",
                    queries: [
                        {
                            expr: `max by (persistentvolumeclaim) (1 - kubelet_volume_stats_available_bytes{${volume}} / kubelet_volume_stats_capacity_bytes)`,
                            legend: "{{persistentvolumeclaim}}",
                            notInLab: noVolumeStats,
                        },
                    ],
                },
            ],
        },
    ];
}
