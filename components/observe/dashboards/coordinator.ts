import type { Observed } from "../facts.ts";
import { recorded } from "../rules/index.ts";
import { queryComponent, queryPrefix, seriesOf } from "../series.ts";
import type { Row } from "./panels.ts";

export function coordinatorRows(observed: Observed): Row[] {
    const { of, by, labels } = seriesOf(observed);
    const pod = by("pod");
    const legend = `{{${labels.pod}}}`;
    const rate = (metric: string, matchers: string) => `rate(${metric}{${matchers}}[$__rate_interval])`;
    const mean = (metric: string, matchers: string, group = pod) =>
        `sum by (${group}) (${rate(`${metric}_sum`, matchers)}) / sum by (${group}) (${rate(`${metric}_count`, matchers)})`;
    const client = "coordinator_m3db_client";
    const asked = of[queryComponent(observed)];
    const prefix = queryPrefix(observed);
    const remote = "coordinator_downsampler_remote_aggregator_client";
    return [
        {
            title: "Writes",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "wps", title: "Samples written to M3DB" },
                    description:
                        "By coordinator. Clients that keep a connection through the Service may all be with one of them.",
                    queries: [{ expr: recorded(observed, "m3_coordinator:samples_written:rate5m"), legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "reqps", title: "Remote write requests by outcome" },
                    description: "5XX: Prometheus sends them again. 4XX: it drops their samples.",
                    queries: [
                        { expr: `sum(${rate("coordinator_write_success", of.coordinator)})`, legend: "success" },
                        {
                            expr: `sum by (code) (${rate("coordinator_write_errors", of.coordinator)})`,
                            legend: "{{code}}",
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "s", title: "Time of a remote write request" },
                    description:
                        "Mean. It includes the majority of M3DB's replicas; compare with M3DB's own time below.",
                    queries: [{ expr: mean("coordinator_write_batch_latency", of.coordinator), legend }],
                },
                {
                    ...{
                        kind: "timeseries",
                        unit: "s",
                        title: "Age of samples when they are written",
                        steps: { critical: 30 },
                    },
                    description: "Mean. Seconds are normal; minutes mean that Prometheus works off a backlog.",
                    queries: [{ expr: recorded(observed, "m3_coordinator:ingest_latency_seconds:mean5m"), legend }],
                },
            ],
        },
        {
            title: "To M3DB",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "s", title: "Time of a write to M3DB's replicas" },
                    description: "Mean, until a majority has answered.",
                    queries: [{ expr: mean(`${client}_write_latency`, of.coordinator), legend }],
                },
                {
                    ...{ kind: "timeseries", unit: "wps", title: "Writes to M3DB that fail" },
                    description:
                        "0 when all is well. They fail when no majority of a shard's replicas has taken the sample.",
                    queries: [
                        {
                            expr: `sum by (error_type) (${rate(`${client}_write_errors`, of.coordinator)})`,
                            legend: "{{error_type}}",
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Database nodes that coordinators reach" },
                    steps: { below: observed.groups.length },
                    description:
                        "Health of the client's queue to each host, summed; less than the number of database pods: some are not reached.",
                    queries: [
                        {
                            expr: `sum by (${pod}) (min by (${pod}, hostID) (${client}_hostqueue_health_status{${of.coordinator}}))`,
                            legend,
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Busy write workers" },
                    description:
                        "Near the size of the pool (m3perf:coordinator.writeWorkers): writes wait for each other.",
                    queries: [
                        {
                            expr: `max by (${pod}) (coordinator_write_worker_pool_num_working_routines{${of.coordinator}})`,
                            legend,
                        },
                    ],
                },
            ],
        },
        {
            title: "To and from the aggregator",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "mps", title: "Messages to the aggregator" },
                    description:
                        "Acknowledged should follow what is enqueued; dropped is lost for the aggregated namespaces.",
                    queries: [
                        { expr: `sum(${rate(`${remote}_message_enqueue`, of.coordinator)})`, legend: "enqueued" },
                        { expr: `sum(${rate(`${remote}_message_acked`, of.coordinator)})`, legend: "acknowledged" },
                        { expr: `sum(${rate(`${remote}_message_dropped`, of.coordinator)})`, legend: "dropped" },
                        { expr: `sum(${rate(`${remote}_message_retry`, of.coordinator)})`, legend: "sent again" },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "mps", title: "Aggregated values that come back" },
                    description:
                        "Each is written to an aggregated namespace. Nothing for minutes: the aggregator does not flush, or the topic is missing.",
                    queries: [
                        {
                            expr: `sum by (${pod}) (${rate("coordinator_ingest_m3msg_metric_accepted", of.coordinator)})`,
                            legend,
                        },
                    ],
                },
            ],
        },
        {
            title: "Queries",
            panels: [
                {
                    ...{ kind: "timeseries", unit: "reqps", title: "Requests by path" },
                    description: `Of ${observed.ownQueries ? "m3query" : "the coordinators, which answer queries here"}. Remote reads of Prometheus are _api_v1_prom_remote_read.`,
                    queries: [
                        {
                            expr: `sum by (path) (${rate(`${prefix}_http_handler_http_handler_latency_count`, asked)})`,
                            legend: "{{path}}",
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "reqps", title: "Requests by status" },
                    description: "5xx: M3's own failure. 4xx: a wrong query, or a limit of m3perf:query.",
                    queries: [
                        {
                            expr: `sum by (status) (${rate(`${prefix}_http_handler_http_handler_request`, asked)})`,
                            legend: "{{status}}",
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "s", title: "Time of a request by path" },
                    description: "Mean.",
                    queries: [
                        {
                            expr: mean(`${prefix}_http_handler_http_handler_latency`, asked, "path"),
                            legend: "{{path}}",
                        },
                    ],
                },
                {
                    ...{ kind: "timeseries", unit: "short", title: "Series that a query reads" },
                    description:
                        "Mean. A jump is a dashboard that reads everything; memory of the query processes follows.",
                    queries: [{ expr: mean(`${prefix}_fetch_series`, asked), legend }],
                },
            ],
        },
    ];
}
