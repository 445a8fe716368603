import type { Observed } from "../facts.ts";
import { recorded } from "../rules/index.ts";
import { seriesOf } from "../series.ts";
import type { Row } from "./panels.ts";

/** Prometheus' side: its own metrics of the queue to M3. */
export function remoteWriteRows(observed: Observed): Row[] {
    const { remoteWrite } = seriesOf(observed);
    const metric = (name: string) => `prometheus_remote_storage_${name}{${remoteWrite}}`;
    const rate = (name: string) => `sum(rate(${metric(name)}[$__rate_interval]))`;
    return [
        {
            title: "Does it keep up?",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "s", title: "Behind what was scraped", steps: { critical: 120 } },
                    description:
                        "Seconds when all is well. It grows while M3 takes fewer samples than come, and falls while a backlog is worked off.",
                    queries: [{ expr: recorded(observed, "m3_remote_write:lag_seconds:max"), legend: "behind" }],
                },
                {
                    ...{ kind: "timeseries", unit: "wps", title: "Samples" },
                    description:
                        "Sent should follow scraped. Failed are lost, retried are sent again, dropped were relabelled away or too old.",
                    queries: [
                        {
                            expr: "sum(rate(prometheus_tsdb_head_samples_appended_total[$__rate_interval]))",
                            legend: "scraped",
                        },
                        { expr: rate("samples_total"), legend: "sent" },
                        { expr: rate("samples_retried_total"), legend: "retried" },
                        { expr: rate("samples_failed_total"), legend: "failed" },
                        { expr: rate("samples_dropped_total"), legend: "dropped" },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Shards" },
                    description: "Requests at once. Wanted above the maximum: M3 is slower than the samples come.",
                    queries: [
                        { expr: `max(${metric("shards")})`, legend: "in use" },
                        { expr: `max(${metric("shards_desired")})`, legend: "wanted" },
                        { expr: `max(${metric("shards_max")})`, legend: "maximum" },
                        { expr: `max(${metric("shards_min")})`, legend: "minimum" },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "percentunit", title: "Queue", max: 1, steps: { critical: 0.9 } },
                    description: "How full its shards are. Full ones stop Prometheus from reading on.",
                    queries: [
                        {
                            expr: `max(${metric("samples_pending")} / (${metric("shards")} * ${metric("shard_capacity")}))`,
                            legend: "full",
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "s", title: "Time of a request" },
                    description: "Mean, as Prometheus sees it: network, coordinator, M3DB.",
                    queries: [
                        {
                            expr: `${rate("sent_batch_duration_seconds_sum")} / ${rate("sent_batch_duration_seconds_count")}`,
                            legend: "mean",
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "Bps", title: "Bytes sent" },
                    description: "Compressed, as it goes over the network.",
                    queries: [{ expr: rate("bytes_total"), legend: "bytes" }],
                },
            ],
        },
    ];
}
