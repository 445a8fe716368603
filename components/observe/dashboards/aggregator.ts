import type { Observed } from "../facts.ts";
import { recorded } from "../rules/index.ts";
import { seriesOf } from "../series.ts";
import type { Row } from "./panels.ts";

export function aggregatorRows(observed: Observed): Row[] {
    const { of, by, labels } = seriesOf(observed);
    const pod = by("pod");
    const legend = `{{${labels.pod}}}`;
    const name = (metric: string) => `m3aggregator_aggregator_${metric}`;
    const rate = (metric: string) => `rate(${name(metric)}{${of.aggregator}}[$__rate_interval])`;
    return [
        {
            title: "State",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "short", title: "Election", max: 3 },
                    description: "3 leads and writes, 1 follows. One leads when all is well.",
                    queries: [
                        {
                            expr: `max by (${pod}) (${name("election_manager_election_state")}{${of.aggregator}})`,
                            legend,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Shards owned" },
                    description: "All of the placement's, by each instance.",
                    queries: [{ expr: `max by (${pod}) (${name("shards_owned")}{${of.aggregator}})`, legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Series that it aggregates" },
                    description: "Its memory goes with them.",
                    queries: [{ expr: `sum by (${pod}) (${name("tick_active_entries")}{${of.aggregator}})`, legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "New series per second" },
                    description: "Churn; above the limit new ones are refused.",
                    queries: [
                        { expr: `sum by (${pod}) (${rate("map_new_entries")})`, legend },
                        {
                            expr: `sum by (${pod}) (${rate("map_new_metric_rate_limit_exceeded")})`,
                            legend: `${legend} refused`,
                        },
                    ],
                },
            ],
        },
        {
            title: "In",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "wps", title: "Samples taken" },
                    description: "From the coordinators. Every instance gets every sample.",
                    queries: [{ expr: recorded(observed, "m3_aggregator:samples_taken:rate5m"), legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "wps", title: "Samples refused by reason" },
                    description:
                        "too_far_in_the_past, arrived_too_late: older than m3perf:aggregator.bufferPast, so the aggregate was written without them.",
                    queries: [
                        {
                            expr: `sum by (reason) (${rate("addUntimed_errors")} + ${rate("addTimed_errors")})`,
                            legend: "{{reason}}",
                        },
                    ],
                },
            ],
        },
        {
            title: "Out",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "mps", title: "Results to the coordinators" },
                    description:
                        "Acknowledged should follow what is enqueued. A queue that grows: coordinators do not take them.",
                    queries: [
                        { expr: `sum(${rate("flush_handler_message_enqueue")})`, legend: "enqueued" },
                        { expr: `sum(${rate("flush_handler_message_acked")})`, legend: "acknowledged" },
                        { expr: `sum(${rate("flush_handler_message_dropped")})`, legend: "dropped" },
                        { expr: `sum(${rate("flush_handler_message_retry")})`, legend: "sent again" },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Results that wait" },
                    description: "Messages in the producer's buffer. Near 0 when all is well.",
                    queries: [
                        {
                            expr: `max by (${pod}) (${name("flush_handler_message_buffered")}{${of.aggregator}})`,
                            legend,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Flush times written to etcd, per second" },
                    description:
                        "The leader notes how far it has written; a follower takes over from there. Errors: etcd has no leader.",
                    queries: [
                        {
                            expr: `sum by (${pod}) (${rate("flush_times_manager_flush_times_persist_success")})`,
                            legend,
                        },
                        {
                            expr: `sum by (${pod}) (${rate("flush_times_manager_flush_times_persist_errors")})`,
                            legend: `${legend} failed`,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "s", title: "Time of a tick" },
                    description: "Mean of the round over all series.",
                    queries: [
                        {
                            expr: `sum by (${pod}) (${rate("tick_duration_sum")}) / sum by (${pod}) (${rate("tick_duration_count")})`,
                            legend,
                        },
                    ],
                },
            ],
        },
    ];
}
