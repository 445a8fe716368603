import { secondsOf } from "../../../settings/units.ts";
import { majority, type Observed } from "../facts.ts";
import { seriesOf } from "../series.ts";
import { orNone } from "./alerts-m3.ts";
import { recorded } from "./recording.ts";
import { type AlertRule, window } from "./rule.ts";

/** What M3 stands on: etcd, Prometheus' remote write, nodes and containers. */

/** pkg/volume/hostpath has no metrics provider. */
export const noVolumeStats =
    "the lab's volumes are folders of the host (hostPath), of which a kubelet tells no figures";

export function etcdAlerts(observed: Observed): AlertRule[] {
    const { of, by } = seriesOf(observed);
    const { etcdMembers, thresholds } = observed;
    const pod = by("pod");
    const needed = majority(etcdMembers);
    const mean = (metric: string) =>
        `max by (${pod}) (rate(${metric}_sum{${of.etcd}}[${window}]) / rate(${metric}_count[${window}]))`;
    const leading = orNone(observed, `sum(max by (${pod}) (etcd_server_has_leader{${of.etcd}}))`);
    return [
        {
            alert: "M3EtcdMemberDown",
            value: `${etcdMembers} - ${orNone(observed, `sum(max by (${pod}) (up{${of.etcd}}))`)}`,
            when: "> 0",
            for: "3m",
            severity: "warning",
            summary: `{{ $value }} of ${etcdMembers} members of etcd do not answer Prometheus`,
            cause: "The pod is away, or its node. M3 works on while a majority is left.",
            next: "m3perf etcd status",
        },
        {
            alert: "M3EtcdNoLeader",
            value: `min by (${pod}) (etcd_server_has_leader{${of.etcd}})`,
            when: "== 0",
            for: "1m",
            severity: "critical",
            summary: "{{ $labels.POD }} has no leader",
            cause: "It does not reach a majority: members are down, or the network between them is.",
            next: "m3perf etcd status",
        },
        {
            alert: "M3EtcdQuorumLost",
            value: leading,
            when: `< ${needed}`,
            for: "1m",
            severity: "critical",
            summary: `only {{ $value }} of ${etcdMembers} members of etcd have a leader; ${needed} are needed`,
            cause: "Data goes on flowing, but whatever of M3 restarts now does not come up, and the operator's probes mark database pods as not ready.",
            next: "m3perf etcd status",
        },
        {
            alert: "M3EtcdDatabaseLarge",
            value: `max by (${pod}) (${recorded(observed, "m3_etcd:database_used:ratio")}) * 100`,
            when: `> ${thresholds.etcdSizePercent}`,
            for: "10m",
            severity: "warning",
            summary: '{{ $labels.POD }}: etcd\'s database is at {{ $value | printf "%.0f" }} % of its quota',
            cause: "At the quota etcd raises the alarm NOSPACE and takes no more writes (it has no metric for alarms). Old revisions are compacted each hour; the file shrinks only when it is defragmented.",
            next: "m3perf etcd status",
        },
        {
            alert: "M3EtcdLeaderChanges",
            value: `max by (${pod}) (increase(etcd_server_leader_changes_seen_total{${of.etcd}}[15m]))`,
            // Not "> 3": three changes are up to 3.1 where Prometheus extrapolates the range to its ends.
            when: ">= 4",
            for: "0m",
            severity: "warning",
            summary: '{{ $labels.POD }} has seen {{ $value | printf "%.0f" }} changes of the leader in 15 minutes',
            cause: "Slow disks, a starved processor or a bad network: members do not hear of the leader in time.",
            next: "m3perf etcd status",
        },
        {
            alert: "M3EtcdSlowDisk",
            value: mean("etcd_disk_wal_fsync_duration_seconds"),
            when: "> 0.5",
            for: "10m",
            severity: "warning",
            summary: "{{ $labels.POD }}: a write to etcd's disk takes {{ $value | humanizeDuration }} on average",
            cause: "The disk is shared with something busy, or is a network volume; elections follow.",
            next: "m3perf diagnose",
        },
    ];
}

export function remoteWriteAlerts(observed: Observed): AlertRule[] {
    const { remoteWrite } = seriesOf(observed);
    const { thresholds } = observed;
    const metric = (name: string) => `prometheus_remote_storage_${name}{${remoteWrite}}`;
    const rate = (name: string) => `sum(rate(${metric(name)}[${window}]))`;
    return [
        {
            alert: "M3NoNewSamples",
            value: `time() - max(${metric("queue_highest_sent_timestamp_seconds")} > 0)`,
            when: `> ${secondsOf(thresholds.lastSample)}`,
            for: "1m",
            severity: "critical",
            summary: "the newest sample of this Prometheus in M3 is {{ $value | humanizeDuration }} old",
            cause: "No coordinator answers, M3DB has no majority, the namespace is not ready, or the URL of remote write is wrong.",
            next: "m3perf diagnose",
        },
        {
            alert: "M3RemoteWriteBehind",
            value: recorded(observed, "m3_remote_write:lag_seconds:max"),
            when: `> ${secondsOf(thresholds.remoteWriteLag)}`,
            for: "5m",
            severity: "warning",
            summary: "remote write is {{ $value | humanizeDuration }} behind what Prometheus has scraped",
            cause: "M3 takes fewer samples than come, or was away. What it does not take within about two hours is lost.",
            next: "m3perf diagnose",
        },
        {
            alert: "M3RemoteWriteFails",
            value: rate("samples_failed_total"),
            when: "> 0",
            for: "5m",
            severity: "critical",
            summary: '{{ $value | printf "%.1f" }} samples per second are refused by M3 for good and lost',
            cause: "4xx answers: too old, from the future, or requests that go to m3query, which takes no writes.",
            next: "m3perf diagnose",
        },
        {
            alert: "M3RemoteWriteRetries",
            value: rate("samples_retried_total"),
            when: "> 0",
            for: "10m",
            severity: "warning",
            summary: '{{ $value | printf "%.1f" }} samples per second have to be sent again',
            cause: "5xx answers or time-outs of coordinators: see M3CoordinatorWriteErrors.",
            next: "m3perf diagnose",
        },
        {
            alert: "M3RemoteWriteBacklog",
            value: `max(${metric("samples_pending")} / (${metric("shards")} * ${metric("shard_capacity")}))`,
            when: "> 0.9",
            for: "10m",
            severity: "warning",
            summary: "the queue of remote write is {{ $value | humanizePercentage }} full",
            cause: "Prometheus reads no more of its write-ahead log until M3 has taken some: the lag grows.",
            next: "m3perf diagnose",
        },
        {
            alert: "M3RemoteWriteMaxShards",
            value: `max(${metric("shards_desired")} - ${metric("shards_max")})`,
            when: "> 0",
            for: "10m",
            severity: "warning",
            summary:
                'Prometheus wants {{ $value | printf "%.1f" }} more shards than m3perf:prometheus.remoteWrite.queue.maxShards',
            cause: "M3 is slower than the samples come. More shards only help while coordinators have processor to spare.",
            next: "m3perf size",
        },
    ];
}

export function nodeAlerts(observed: Observed): AlertRule[] {
    const { ours, containers, by, labels } = seriesOf(observed);
    const { thresholds, namespace } = observed;
    const container = by("namespace", "pod", "container");
    const node = `${by("node")}, instance`;
    return [
        {
            alert: "M3NotScraped",
            value: `(count(up{${ours}}) or vector(0))`,
            when: "== 0",
            for: "10m",
            severity: "warning",
            summary: `Prometheus scrapes nothing of M3 in the namespace ${namespace}: no other alert of M3 can fire`,
            cause: "It was not told to, or names the labels otherwise (m3perf:observe.labels).",
            next: 'docs/observe.md, "What has to be scraped"',
        },
        {
            alert: "M3ContainerOomKilled",
            value: `(max by (${container}) (kube_pod_container_status_last_terminated_reason{reason="OOMKilled",${containers}}) * max by (${container}) (increase(kube_pod_container_status_restarts_total{${containers}}[15m])) or max by (${container}) (max_over_time(container_oom_events_total{${containers}}[15m])))`,
            when: "> 0",
            for: "0m",
            severity: "critical",
            summary: "{{ $labels.POD }}, container {{ $labels.CONTAINER }}, was killed for its memory",
            cause: "It needs more than its limit: more series, larger queries, more writes than planned.",
            next: "m3perf size",
        },
        {
            alert: "M3ContainerRestarts",
            value: `max by (${by("pod")}) (changes(process_start_time_seconds{${ours}}[15m]))`,
            when: `>= ${thresholds.restarts}`,
            for: "0m",
            severity: "warning",
            summary: "a container of {{ $labels.POD }} has restarted {{ $value }} times in 15 minutes",
            cause: "It was killed for its memory or by its liveness probe, or ended by itself: etcd, topic or placement not there.",
            next: "m3perf verify --only pods",
        },
        {
            alert: "M3MemoryNearLimit",
            value: `max by (${container}) (${recorded(observed, "m3_container:memory_used:ratio")}) * 100`,
            when: `> ${thresholds.memoryPercent}`,
            for: "10m",
            severity: "warning",
            summary:
                '{{ $labels.POD }}, container {{ $labels.CONTAINER }}, uses {{ $value | printf "%.0f" }} % of its memory limit',
            cause: "More series or queries than planned; at the limit it is killed.",
            next: "m3perf size",
        },
        {
            alert: "M3NodeMemoryHigh",
            value: `max by (${node}) (${recorded(observed, "m3_node:memory_used:ratio")}) * 100`,
            when: `> ${thresholds.nodeMemoryPercent}`,
            for: "10m",
            severity: "warning",
            summary:
                'node {{ $labels.NODE }} ({{ $labels.instance }}) uses {{ $value | printf "%.0f" }} % of its memory',
            cause: "Pods beside M3's, or requests below what is used: the kubelet evicts pods next.",
            next: "m3perf diagnose",
        },
        {
            alert: "M3NodeDiskFull",
            value: `max by (${node}) (${recorded(observed, "m3_node:disk_used:ratio")}) * 100`,
            when: `> ${thresholds.diskPercent}`,
            for: "10m",
            severity: "warning",
            summary:
                'node {{ $labels.NODE }} ({{ $labels.instance }}): a file system is {{ $value | printf "%.0f" }} % full',
            cause: "Retention times samples is more than the disk; or images and logs. M3DB stops taking writes on a full disk.",
            next: "m3perf size",
        },
        {
            alert: "M3VolumeFull",
            notInLab: noVolumeStats,
            value: `max by (persistentvolumeclaim) (1 - kubelet_volume_stats_available_bytes{${labels.namespace}="${namespace}"} / kubelet_volume_stats_capacity_bytes) * 100`,
            when: `> ${thresholds.diskPercent}`,
            for: "10m",
            severity: "warning",
            summary: 'the volume {{ $labels.persistentvolumeclaim }} is {{ $value | printf "%.0f" }} % full',
            cause: "Retention times samples is more than the volume. M3DB stops taking writes on a full disk.",
            next: "m3perf size",
        },
    ];
}
