import type { Observed } from "../facts.ts";
import { seriesOf } from "../series.ts";
import { type RecordingRule, window } from "./rule.ts";

/** A recorded series of this environment: another stack in the same Prometheus records under the same names. */
export const recorded = ({ namespace, labels }: Observed, record: string) =>
    `${record}{${labels.namespace}="${namespace}"}`;

/** `second` only where there is nothing of `first`: who has both would count twice. */
const firstOf = (first: string, second: string) => `${first} or (${second} unless on () count(${first}))`;

/** Of what a kubelet lists: disks, not what lives in memory, nor images that are always full. */
const disks = 'id="/",device=~"/dev/.+",device!~"/dev/(shm|loop.*)"';

/**
 * Go tells the share since the process began (runtime.MemStats, GCCPUFraction): with the process's age it is the work done so far. Before a
 * young process, which nobody has looked at for ten minutes, there was none. Less than nothing for a while after a restart.
 */
function garbageCollection(pod: string, matchers: string): string {
    const newest = (metric: string, offset: string) => `max by (${pod}) (${metric}{${matchers}}${offset})`;
    const age = (at: string, offset: string) => `(${at} - ${newest("process_start_time_seconds", offset)})`;
    const done = (at: string, offset: string) =>
        `${newest("runtime_memory_gc_cpu_fraction", offset)} * ${age(at, offset)}`;
    const now = done("time()", "");
    return `(${now} - (${done("(time() - 600)", " offset 10m")} or (${now} and ${age("time()", "")} < 900) * 0)) / 600`;
}

/**
 * What dashboards and alerts use again and again. Where sites differ in who tells a figure, both sources are here: the kubelet
 * (cAdvisor) is there everywhere, kube-state-metrics and node-exporter know more where they run, and the kube-prometheus-stack drops
 * what they tell, too (its values, cAdvisorMetricRelabelings).
 */
export function recordingRules(observed: Observed): RecordingRule[] {
    const { of, containers, remoteWrite, by } = seriesOf(observed);
    const pod = by("namespace", "pod");
    const container = by("namespace", "pod", "container");
    const node = `${by("node")}, instance`;
    const rate = (metric: string, matchers: string) => `rate(${metric}{${matchers}}[${window}])`;
    const mean = (metric: string, matchers: string) =>
        `sum by (${pod}) (${rate(`${metric}_sum`, matchers)}) / sum by (${pod}) (${rate(`${metric}_count`, matchers)})`;
    return [
        {
            record: "m3_pod:cpu_usage_cores:rate5m",
            expr: `sum by (${pod}) (${rate("container_cpu_usage_seconds_total", containers)})`,
            title: "processor cores that a pod uses",
        },
        {
            record: "m3_container:memory_working_set_bytes:max",
            expr: `max by (${container}) (container_memory_working_set_bytes{${containers}})`,
            title: "memory that a container cannot do without",
        },
        {
            record: "m3_container:memory_limit_bytes:max",
            expr: `max by (${container}) (kube_pod_container_resource_limits{resource="memory",${containers}}) or max by (${container}) (container_spec_memory_limit_bytes{${containers}} > 0)`,
            title: "memory limit of a container: kube-state-metrics, or the kubelet",
        },
        {
            record: "m3_container:memory_used:ratio",
            expr: `${recorded(observed, "m3_container:memory_working_set_bytes:max")} / ${recorded(observed, "m3_container:memory_limit_bytes:max")}`,
            title: "memory of a container, of its limit",
        },
        {
            record: "m3_node:memory_used:ratio",
            expr: firstOf(
                `max by (${node}) (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)`,
                `max by (${node}) (container_memory_working_set_bytes{id="/"}) / max by (${node}) (machine_memory_bytes)`,
            ),
            title: "memory of a node that is in use: node-exporter, or else the kubelet",
        },
        {
            record: "m3_node:disk_used:ratio",
            expr: firstOf(
                `max by (${node}) (1 - node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs|ramfs"} / node_filesystem_size_bytes)`,
                `max by (${node}) (container_fs_usage_bytes{${disks}} / (container_fs_limit_bytes{${disks}} > 0))`,
            ),
            title: "use of a node's fullest file system: node-exporter, or else the kubelet",
        },
        {
            record: "m3_coordinator:samples_written:rate5m",
            expr: `sum by (${pod}) (${rate("coordinator_ingest_success", of.coordinator)})`,
            title: "samples that a coordinator has written to M3DB, per second",
        },
        {
            record: "m3_coordinator:write_requests:rate5m",
            expr: `sum by (${pod}) (${rate("coordinator_write_success", of.coordinator)}) + sum by (${pod}) (${rate("coordinator_write_errors", of.coordinator)})`,
            title: "write requests that a coordinator has answered, per second",
        },
        {
            record: "m3_coordinator:ingest_latency_seconds:mean5m",
            expr: mean("coordinator_ingest_latency", of.coordinator),
            title: "mean age of samples when a coordinator has written them",
        },
        {
            record: "m3_dbnode:writes:rate5m",
            expr: `sum by (${pod}) (${rate("database_write_tagged_success", of.dbnode)})`,
            title: "samples that a database node has taken, per second",
        },
        {
            record: "m3_dbnode:active_series:sum",
            expr: `sum by (${pod}) (database_status_active_series{${of.dbnode}})`,
            title: "series in a database node's memory",
        },
        {
            record: "m3_dbnode:garbage_collection:ratio10m",
            expr: garbageCollection(pod, of.dbnode),
            title: "share of the processors that a database node may use which went into garbage collection, over 10 minutes",
        },
        {
            record: "m3_aggregator:samples_taken:rate5m",
            expr: `sum by (${pod}) (${rate("m3aggregator_aggregator_addUntimed_success", of.aggregator)}) + sum by (${pod}) (${rate("m3aggregator_aggregator_addTimed_success", of.aggregator)})`,
            title: "samples that an aggregator has taken, per second",
        },
        {
            record: "m3_etcd:database_used:ratio",
            expr: `max by (${pod}) (etcd_mvcc_db_total_size_in_bytes{${of.etcd}}) / max by (${pod}) (etcd_server_quota_backend_bytes{${of.etcd}})`,
            title: "size of a member's database, of its quota",
        },
        {
            record: "m3_remote_write:samples_sent:rate5m",
            expr: `sum(${rate("prometheus_remote_storage_samples_total", remoteWrite)})`,
            title: "samples that Prometheus has sent to M3, per second",
        },
        {
            record: "m3_remote_write:lag_seconds:max",
            // Prometheus 3 tells the newest sample of each queue; 2 the newest of all, and of what it has scraped.
            expr: `(max(prometheus_remote_storage_queue_highest_timestamp_seconds{${remoteWrite}}) or max(prometheus_remote_storage_highest_timestamp_in_seconds)) - min(prometheus_remote_storage_queue_highest_sent_timestamp_seconds{${remoteWrite}} > 0)`,
            title: "how far what was sent is behind what was scraped",
        },
    ];
}
