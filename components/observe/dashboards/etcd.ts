import type { Observed } from "../facts.ts";
import { recorded } from "../rules/index.ts";
import { seriesOf } from "../series.ts";
import type { Row } from "./panels.ts";

export function etcdRows(observed: Observed): Row[] {
    const { of, by, labels } = seriesOf(observed);
    const pod = by("pod");
    const legend = `{{${labels.pod}}}`;
    const { etcd } = of;
    const rate = (metric: string) => `rate(${metric}{${etcd}}[$__rate_interval])`;
    const mean = (metric: string) => `max by (${pod}) (${rate(`${metric}_sum`)} / ${rate(`${metric}_count`)})`;
    return [
        {
            title: "State",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "short", title: "Has a leader", max: 1 },
                    description: "1 for each member. 0: it does not reach a majority.",
                    queries: [{ expr: `min by (${pod}) (etcd_server_has_leader{${etcd}})`, legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Leads", max: 1 },
                    description: "Exactly one member.",
                    queries: [{ expr: `max by (${pod}) (etcd_server_is_leader{${etcd}})`, legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Changes of the leader in 15 minutes" },
                    description:
                        "0 when all is well. Some at a restart; more: slow disks, a starved processor, a bad network.",
                    queries: [
                        {
                            expr: `max by (${pod}) (increase(etcd_server_leader_changes_seen_total{${etcd}}[15m]))`,
                            legend,
                        },
                    ],
                },
                {
                    ...{
                        kind: "timeseries",
                        unit: "percentunit",
                        title: "Database, of its quota",
                        max: 1,
                        steps: { critical: observed.thresholds.etcdSizePercent / 100 },
                    },
                    description: "M3 keeps a few megabytes there. At 1 etcd takes no more writes.",
                    queries: [{ expr: recorded(observed, "m3_etcd:database_used:ratio"), legend }],
                },
            ],
        },
        {
            title: "Work",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "ops", title: "Proposals" },
                    description: "Changes that were agreed on, those that failed; pending ones wait for a majority.",
                    queries: [
                        { expr: `max(${rate("etcd_server_proposals_committed_total")})`, legend: "committed" },
                        { expr: `sum(${rate("etcd_server_proposals_failed_total")})`, legend: "failed" },
                        { expr: `max(etcd_server_proposals_pending{${etcd}})`, legend: "pending" },
                    ],
                },
                {
                    ...{
                        kind: "timeseries",
                        unit: "s",
                        title: "Write-ahead log: time of an fsync",
                        steps: { critical: 0.5 },
                    },
                    description: "Mean. 10 ms is good; beyond 500 ms members miss the leader's heartbeats.",
                    queries: [{ expr: mean("etcd_disk_wal_fsync_duration_seconds"), legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "s", title: "Time of a commit to the database" },
                    description: "Mean.",
                    queries: [{ expr: mean("etcd_disk_backend_commit_duration_seconds"), legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "bytes", title: "Database" },
                    description: "The file, and what of it is in use: the rest goes when it is defragmented.",
                    queries: [
                        { expr: `max by (${pod}) (etcd_mvcc_db_total_size_in_bytes{${etcd}})`, legend },
                        {
                            expr: `max by (${pod}) (etcd_mvcc_db_total_size_in_use_in_bytes{${etcd}})`,
                            legend: `${legend} in use`,
                        },
                    ],
                },
            ],
        },
    ];
}
