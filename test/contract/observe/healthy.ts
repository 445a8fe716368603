/** An environment as Prometheus sees it, as input series of `promtool test rules`: healthy at first, with a fault from `faultAt` on. */

/** Seconds between two samples. */
export const step = 30;
const before = 40;
const after = 140;
/** Seconds. */
export const faultAt = before * step;

/**
 * A gauge stays at its value, a counter grows by it per second; "gone": its target is, or the process that told it; what a counter
 * grows by at once.
 */
export interface Told {
    kind: "gauge" | "counter" | "time";
    value: number;
}
export type Fault = Record<string, number | "gone" | { atOnce: number }>;

const gauge = (value: number): Told => ({ kind: "gauge", value });
const counter = (perSecond: number): Told => ({ kind: "counter", value: perSecond });
/** Seconds since 1970, this much ago. */
const time = (ago: number): Told => ({ kind: "time", value: ago });

const namespace = 'namespace="m3db"';
const series = (metric: string, pod: string, more = "") => `${metric}{${namespace},pod="${pod}"${more}}`;

export const pods = {
    dbnode: ["m3-cluster-rep0-0", "m3-cluster-rep1-0", "m3-cluster-rep2-0"],
    coordinator: ["m3coordinator-7d9-a", "m3coordinator-7d9-b"],
    query: ["m3query-5c8-a", "m3query-5c8-b"],
    aggregator: ["m3aggregator-0"],
    etcd: ["etcd-0", "etcd-1", "etcd-2"],
};

const of: Record<keyof typeof pods, (pod: string) => Record<string, Told>> = {
    dbnode: (pod) => ({
        [series("process_num_fds", pod)]: gauge(6600),
        [series("runtime_memory_gc_cpu_fraction", pod)]: gauge(0.01),
        [series("process_max_fds", pod)]: gauge(1_048_576),
        [series("database_bootstrapped", pod)]: gauge(1),
        [series("service_writeTaggedBatchRaw_rpcs", pod)]: counter(10),
        [series("service_writeTaggedBatchRaw_retryable_errors", pod)]: counter(0),
        [series("service_writeTaggedBatchRaw_non_retryable_errors", pod)]: counter(0),
        [series("service_overload_rejected", pod)]: counter(0),
        [series("commitlog_writes_queue_length", pod)]: gauge(100),
        [series("commitlog_writes_queue_capacity", pod)]: gauge(1000),
    }),
    coordinator: (pod) => ({
        [series("coordinator_write_success", pod)]: counter(5),
        [series("coordinator_write_errors", pod, ',code="5XX"')]: counter(0),
        [series("coordinator_write_errors", pod, ',code="4XX"')]: counter(0),
        [series("coordinator_ingest_latency_sum", pod)]: counter(20),
        [series("coordinator_ingest_latency_count", pod)]: counter(10),
        [series("coordinator_downsampler_remote_aggregator_client_message_dropped", pod)]: counter(0),
    }),
    query: (pod) => ({
        [series("query_http_handler_http_handler_request", pod, ',status="200"')]: counter(2),
        [series("query_http_handler_http_handler_request", pod, ',status="500"')]: counter(0),
    }),
    aggregator: (pod) => ({
        [series("m3aggregator_aggregator_election_manager_election_state", pod)]: gauge(3),
        [series("m3aggregator_aggregator_flush_handler_message_acked", pod)]: counter(3),
        [series("m3aggregator_aggregator_flush_handler_message_dropped", pod)]: counter(0),
        [series("m3aggregator_aggregator_addUntimed_success", pod)]: counter(50),
    }),
    etcd: (pod) => ({
        [series("etcd_server_has_leader", pod)]: gauge(1),
        [series("etcd_server_leader_changes_seen_total", pod)]: counter(0),
        [series("etcd_mvcc_db_total_size_in_bytes", pod)]: gauge(5e6),
        [series("etcd_server_quota_backend_bytes", pod)]: gauge(5e8),
        [series("etcd_disk_wal_fsync_duration_seconds_sum", pod)]: counter(0.02),
        [series("etcd_disk_wal_fsync_duration_seconds_count", pod)]: counter(2),
    }),
};

const everyPod = (component: keyof typeof pods, pod: string): Record<string, Told> => {
    const kubelet = (metric: string) => series(metric, pod, ',container="main"');
    return {
        [series("up", pod)]: gauge(1),
        [series("process_start_time_seconds", pod)]: gauge(100),
        [kubelet("container_memory_working_set_bytes")]: gauge(5e8),
        [kubelet("container_spec_memory_limit_bytes")]: gauge(1e9),
        [kubelet("container_oom_events_total")]: gauge(0),
        ...of[component](pod),
    };
};

const node = 'node="worker-1",instance="10.0.0.1:10250"';
const queue = (name: string) => `prometheus_remote_storage_${name}{remote_name="m3perf"}`;
const others: Record<string, Told> = {
    [`container_memory_working_set_bytes{id="/",${node}}`]: gauge(4e9),
    [`machine_memory_bytes{${node}}`]: gauge(8e9),
    [`container_fs_usage_bytes{id="/",device="/dev/sda",${node}}`]: gauge(4e10),
    [`container_fs_limit_bytes{id="/",device="/dev/sda",${node}}`]: gauge(8e10),
    [`kubelet_volume_stats_available_bytes{${namespace},persistentvolumeclaim="data-etcd-0"}`]: gauge(8e8),
    [`kubelet_volume_stats_capacity_bytes{${namespace},persistentvolumeclaim="data-etcd-0"}`]: gauge(1e9),
    prometheus_remote_storage_highest_timestamp_in_seconds: time(0),
    [queue("queue_highest_sent_timestamp_seconds")]: time(5),
    [queue("samples_failed_total")]: counter(0),
    [queue("samples_retried_total")]: counter(0),
    [queue("samples_pending")]: gauge(100),
    [queue("shards")]: gauge(1),
    [queue("shard_capacity")]: gauge(10_000),
    [queue("shards_desired")]: gauge(0.5),
    [queue("shards_max")]: gauge(50),
};

export const healthy: Record<string, Told> = Object.assign(
    {},
    ...(Object.keys(pods) as (keyof typeof pods)[]).flatMap((component) =>
        pods[component].map((pod) => everyPod(component, pod)),
    ),
    others,
);

/** Everything of a pod that is away. */
export const gone = (...names: string[]): Fault =>
    Object.fromEntries(
        Object.keys(healthy)
            .filter((name) => names.some((pod) => name.includes(`pod="${pod}"`)))
            .map((name) => [name, "gone"]),
    );

/** A metric of one pod, or of all; with `code` and the like where it has several. */
export function told(metric: string, value: Fault[string], matching = ""): Fault {
    const found = Object.keys(healthy).filter((name) => name.replace(/\{.*/, "") === metric && name.includes(matching));
    if (found.length === 0) throw new Error(`no series ${metric} with ${matching}`);
    return Object.fromEntries(found.map((name) => [name, value]));
}

/** As promtool writes series: "start+increment x times". */
export function inputSeries(fault: Fault = {}): { series: string; values: string }[] {
    for (const name of Object.keys(fault)) if (!healthy[name]) throw new Error(`no such series: ${name}`);
    return Object.entries(healthy).map(([name, { kind, value }]) => {
        const now = fault[name];
        const rise = kind === "gauge" ? 0 : kind === "time" ? step : value * step;
        const start = kind === "gauge" ? value : kind === "time" ? -value : 0;
        const first = `${start}+${rise}x${before - 1}`;
        if (now === undefined) return { series: name, values: `${start}+${rise}x${before + after}` };
        if (now === "gone") return { series: name, values: `${first} stale` };
        const last = start + rise * (before - 1);
        if (typeof now === "object") return { series: name, values: `${first} ${last + now.atOnce}+${rise}x${after}` };
        // A time that is told late: what was newest stays so.
        if (kind === "time") return { series: name, values: `${first} ${last}+${now * step}x${after}` };
        const next = kind === "gauge" ? now : last + now * step;
        return { series: name, values: `${first} ${next}+${kind === "gauge" ? 0 : now * step}x${after}` };
    });
}
