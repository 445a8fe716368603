import type { Observed } from "../facts.ts";
import { recorded } from "../rules/index.ts";
import { seriesOf } from "../series.ts";
import type { Row } from "./panels.ts";

export function m3dbRows(observed: Observed): Row[] {
    const { of, by, labels } = seriesOf(observed);
    const pod = by("pod");
    const legend = `{{${labels.pod}}}`;
    const m3Namespace = labels.m3Namespace;
    const rate = (metric: string) => `rate(${metric}{${of.dbnode}}[$__rate_interval])`;
    const mean = (metric: string) =>
        `sum by (${pod}) (${rate(`${metric}_sum`)}) / sum by (${pod}) (${rate(`${metric}_count`)})`;
    return [
        {
            title: "State",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "short", title: "Bootstrapped", max: 1 },
                    description: "1: the node has read what it holds and answers in full.",
                    queries: [{ expr: `max by (${pod}) (database_bootstrapped{${of.dbnode}})`, legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Shards that are not available" },
                    description: "Initializing or leaving: a node is being replaced, added or removed. 0 otherwise.",
                    queries: [
                        {
                            expr: `max by (${pod}) (cluster_shards_initializing{${of.dbnode}})`,
                            legend: `${legend} initializing`,
                        },
                        { expr: `max by (${pod}) (cluster_shards_leaving{${of.dbnode}})`, legend: `${legend} leaving` },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Series in memory by namespace" },
                    description: "Of the fullest node. Memory goes with it.",
                    queries: [
                        {
                            expr: `max by (${m3Namespace}) (database_status_active_series{${of.dbnode}})`,
                            legend: `{{${m3Namespace}}}`,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Documents in the index by namespace" },
                    description: "Of the fullest node: series of all index blocks. It grows with churn.",
                    queries: [
                        {
                            expr: `max by (${m3Namespace}) (database_status_index_num_docs{${of.dbnode}})`,
                            legend: `{{${m3Namespace}}}`,
                        },
                    ],
                },
                {
                    ...{
                        kind: "timeseries",
                        unit: "percentunit",
                        title: "Garbage collection",
                        steps: { critical: 0.1 },
                    },
                    description:
                        "Of the processors that the node may use. It grows when what is held comes near GOMEMLIMIT.",
                    queries: [{ expr: recorded(observed, "m3_dbnode:garbage_collection:ratio10m"), legend }],
                },
            ],
        },
        {
            title: "Writes",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "wps", title: "Samples taken" },
                    description:
                        "By node. With as many groups as replicas all nodes of a group together take every sample.",
                    queries: [{ expr: recorded(observed, "m3_dbnode:writes:rate5m"), legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "wps", title: "Samples refused" },
                    description:
                        "Too old or too new for the namespace, an unknown namespace, or a limit. 0 when all is well.",
                    queries: [
                        { expr: `sum by (${pod}) (${rate("database_write_tagged_errors")})`, legend },
                        {
                            expr: `sum by (${pod}) (${rate("database_unknown_namespace_write_tagged_batch")})`,
                            legend: `${legend} unknown namespace`,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "s", title: "Time of a batch of writes" },
                    description: "Mean, on the node itself: queue, memory, commit log.",
                    queries: [{ expr: mean("service_writeTaggedBatchRaw_latency"), legend }],
                },
                {
                    ...{
                        kind: "timeseries",
                        unit: "percentunit",
                        title: "Commit log's queue",
                        max: 1,
                        steps: { critical: 0.8 },
                    },
                    description: "How full. At 1 writes fail: the disk does not keep up.",
                    queries: [
                        {
                            expr: `max by (${pod}) (commitlog_writes_queue_length{${of.dbnode}} / commitlog_writes_queue_capacity)`,
                            legend,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "New series per second" },
                    description: "What goes into the index: churn. It costs far more than a sample of a known series.",
                    queries: [{ expr: `sum by (${pod}) (${rate("dbindex_index_success")})`, legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "reqps", title: "Requests refused for load" },
                    description: "More under way than m3perf:m3db.limits.maxOutstanding… allows.",
                    queries: [{ expr: `sum by (${pod}) (${rate("service_overload_rejected")})`, legend }],
                },
            ],
        },
        {
            title: "Reads and the disk",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "reqps", title: "Reads" },
                    description: "fetchTagged: what queries and remote reads become.",
                    queries: [
                        { expr: `sum by (${pod}) (${rate("service_fetchTagged_success")})`, legend },
                        { expr: `sum by (${pod}) (${rate("service_fetchTagged_errors")})`, legend: `${legend} failed` },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "s", title: "Time of a read" },
                    description: "Mean, on the node itself.",
                    queries: [{ expr: mean("service_fetchTagged_success_latency"), legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Flush, snapshot, index flush under way" },
                    description: "1 while it works. One that is always on does not come to its end.",
                    queries: [
                        { expr: `max by (${pod}) (database_fs_flush{${of.dbnode}})`, legend: `${legend} flush` },
                        { expr: `max by (${pod}) (database_fs_snapshot{${of.dbnode}})`, legend: `${legend} snapshot` },
                        {
                            expr: `max by (${pod}) (database_fs_index_flush{${of.dbnode}})`,
                            legend: `${legend} index flush`,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Errors on the disk" },
                    description: "Commit log, snapshots, flushes. 0 when all is well; otherwise data is at risk.",
                    queries: [
                        {
                            expr: `sum by (${pod}) (${rate("commitlog_writes_errors")} + ${rate("commitlog_writes_flush_errors")})`,
                            legend: `${legend} commit log`,
                        },
                        { expr: `sum by (${pod}) (${rate("database_snapshot_errors")})`, legend: `${legend} snapshot` },
                        {
                            expr: `sum by (${pod}) (${rate("database_flushWarmData_errors")})`,
                            legend: `${legend} flush`,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "s", title: "Time of a tick" },
                    description:
                        "The round over all series that throws away what has expired. Long ticks: too many series for the processor.",
                    queries: [
                        { expr: `max by (${pod}) (database_tick_duration{${of.dbnode},quantile="0.99"})`, legend },
                    ],
                },
            ],
        },
    ];
}
