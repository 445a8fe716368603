import { majority, type Observed } from "../facts.ts";
import { recorded } from "../rules/index.ts";
import { seriesOf } from "../series.ts";
import type { Row } from "./panels.ts";

/** Is it well, and how much goes through it? */
export function overviewRows(observed: Observed): Row[] {
    const { of, by, remoteWrite, labels } = seriesOf(observed);
    const { groups, etcdMembers, thresholds, namespace } = observed;
    const pods = groups.reduce((sum, count) => sum + count, 0);
    const pod = by("pod");
    const total = (record: string) => `sum(${recorded(observed, record)})`;
    const up = (component: keyof typeof of) => `sum(max by (${pod}) (up{${of[component]}}))`;
    return [
        {
            title: "Is it well?",
            panels: [
                {
                    ...{ kind: "stat", unit: "short", title: "Database pods, bootstrapped", steps: { below: pods } },
                    description: `All ${pods} should tell that they have bootstrapped. With one less, writes still reach a majority.`,
                    queries: [{ expr: `sum(max by (${pod}) (database_bootstrapped{${of.dbnode}}))`, legend: "pods" }],
                },
                {
                    ...{ kind: "stat", unit: "short", title: "etcd members with a leader" },
                    steps: { below: majority(etcdMembers) },
                    description: `${etcdMembers} when all is well, ${majority(etcdMembers)} at least.`,
                    queries: [{ expr: `sum(etcd_server_has_leader{${of.etcd}})`, legend: "members" }],
                },
                {
                    ...{ kind: "stat", unit: "short", title: "Coordinators", steps: { below: observed.coordinators } },
                    description: `${observed.coordinators} answer Prometheus when all is well.`,
                    queries: [{ expr: up("coordinator"), legend: "pods" }],
                },
                {
                    ...{ kind: "stat", unit: "s", title: "Newest sample in M3" },
                    steps: { warning: 60, critical: 300 },
                    description:
                        "Age of the newest sample that Prometheus has brought into M3: seconds when all is well.",
                    queries: [
                        {
                            expr: `time() - max(prometheus_remote_storage_queue_highest_sent_timestamp_seconds{${remoteWrite}} > 0)`,
                            legend: "age",
                        },
                    ],
                },
                {
                    ...{ kind: "stat", unit: "s", title: "Remote write behind", steps: { warning: 30, critical: 120 } },
                    description:
                        "How far what was sent is behind what was scraped. It grows while M3 takes fewer samples than come.",
                    queries: [{ expr: recorded(observed, "m3_remote_write:lag_seconds:max"), legend: "behind" }],
                },
                {
                    ...{ kind: "stat", unit: "percentunit", title: "Fullest container", max: 1 },
                    steps: { warning: 0.85, critical: thresholds.memoryPercent / 100 },
                    description: "Memory of the container that is nearest to its limit; at the limit it is killed.",
                    queries: [
                        { expr: `max(${recorded(observed, "m3_container:memory_used:ratio")})`, legend: "memory" },
                    ],
                },
            ],
        },
        {
            title: "Alerts",
            panels: [
                {
                    ...{ kind: "table", unit: "short", title: "Alerts of M3" },
                    description: "Those that fire, or are about to. What each means: docs/observe.md.",
                    queries: [
                        {
                            expr: `ALERTS{alertname=~"M3.+",${labels.namespace}="${namespace}"}`,
                            legend: "",
                            emptyWhenHealthy: {
                                reason: "no alert is active when all is well",
                                inner: `prometheus_rule_group_rules{rule_group=~".*m3perf-${namespace}-.*"}`,
                            },
                        },
                    ],
                },
            ],
        },
        {
            title: "How much goes through it",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "wps", title: "Samples per second" },
                    description:
                        "What Prometheus sends, coordinators write and database nodes take. Each sample reaches every replica, so the nodes together take it as often as there are replicas.",
                    queries: [
                        { expr: total("m3_remote_write:samples_sent:rate5m"), legend: "sent by Prometheus" },
                        { expr: total("m3_coordinator:samples_written:rate5m"), legend: "written by coordinators" },
                        { expr: total("m3_dbnode:writes:rate5m"), legend: "taken by database nodes" },
                        { expr: total("m3_aggregator:samples_taken:rate5m"), legend: "taken by aggregators" },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Series in memory" },
                    description:
                        "Of each database node; a replica of every series is on each group. Steps up with churn, down when blocks are flushed.",
                    queries: [{ expr: recorded(observed, "m3_dbnode:active_series:sum"), legend: `{{${labels.pod}}}` }],
                },
                {
                    ...{ kind: "timeseries", unit: "s", title: "Age of samples when they are written" },
                    steps: { critical: 30 },
                    description:
                        "Mean, by coordinator. Seconds are normal (Prometheus collects a request for up to 5 s); minutes are a backlog.",
                    queries: [
                        {
                            expr: recorded(observed, "m3_coordinator:ingest_latency_seconds:mean5m"),
                            legend: `{{${labels.pod}}}`,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Processor cores by pod", stacked: true },
                    description: "Who works. M3 is bound by the processor when writes come in.",
                    queries: [
                        { expr: recorded(observed, "m3_pod:cpu_usage_cores:rate5m"), legend: `{{${labels.pod}}}` },
                    ],
                },
            ],
        },
    ];
}
