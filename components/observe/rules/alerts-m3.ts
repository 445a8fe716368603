import { secondsOf } from "../../../settings/units.ts";
import { majority, type Observed } from "../facts.ts";
import { type Component, groupOf, queryComponent, queryPrefix, seriesOf } from "../series.ts";
import { recorded } from "./recording.ts";
import { type AlertRule, window } from "./rule.ts";

/** Without any target of ours there is one alert, M3NotScraped, not one for each component. */
export const orNone = (observed: Observed, vector: string) =>
    `(${vector} or count(up{${seriesOf(observed).ours}}) * 0)`;

export function databaseAlerts(observed: Observed): AlertRule[] {
    const { of, by } = seriesOf(observed);
    const { groups } = observed;
    const pods = groups.reduce((sum, count) => sum + count, 0);
    const pod = by("pod");
    const bootstrapped = (matchers: string) =>
        orNone(observed, `sum(max by (${pod}) (database_bootstrapped{${matchers}}))`);
    const whole = groups.map((count, index) => `(${bootstrapped(groupOf(observed, index))} >= bool ${count})`);
    const needed = majority(groups.length);
    const rate = (metric: string) => `sum by (${pod}) (rate(${metric}{${of.dbnode}}[${window}]))`;
    const retryable = rate("service_writeTaggedBatchRaw_retryable_errors");
    const other = rate("service_writeTaggedBatchRaw_non_retryable_errors");
    return [
        {
            alert: "M3DatabasePodDown",
            value: `${pods} - ${bootstrapped(of.dbnode)}`,
            when: "> 0",
            for: "5m",
            severity: "warning",
            summary: `{{ $value }} of ${pods} database pods of M3DB do not tell that they have bootstrapped`,
            cause: "Pods that are away, or still bootstrap. One replica can be missing; what is written meanwhile is a hole in that one, which reads hide.",
            next: "m3perf verify --only m3db",
        },
        {
            alert: "M3DatabaseNotBootstrapped",
            value: `max by (${pod}) (database_bootstrapped{${of.dbnode}})`,
            when: "== 0",
            for: "15m",
            severity: "warning",
            summary: "{{ $labels.POD }} has been up for 15 minutes and has not bootstrapped",
            cause: "It reads a long commit log or streams from peers, or hangs: no namespace, no placement, etcd without a leader.",
            next: "m3perf free",
        },
        {
            alert: "M3DatabaseMajorityLost",
            value: whole.join(" + "),
            when: `< ${needed}`,
            for: "1m",
            severity: "critical",
            summary: `only {{ $value }} of ${groups.length} replicas of M3DB are whole; ${needed} are needed`,
            cause: "Pods of more than one isolation group are away: writes to their common shards fail, Prometheus keeps its samples back.",
            next: "m3perf verify --only m3db",
        },
        {
            alert: "M3DatabaseWriteErrors",
            value: `(${retryable} + ${other}) / ${rate("service_writeTaggedBatchRaw_rpcs")} * 100`,
            when: `> ${observed.thresholds.writeErrorPercent}`,
            for: "5m",
            severity: "warning",
            summary: '{{ $labels.POD }} fails {{ $value | printf "%.1f" }} % of its writes',
            cause: "The namespace is not ready, the commit log's queue is full, the disk is full, or samples are older than the namespace takes.",
            next: "m3perf logs m3db --level error",
        },
        {
            alert: "M3DatabaseOverloaded",
            value: `sum by (${pod}) (increase(service_overload_rejected{${of.dbnode}}[${window}]))`,
            when: "> 0",
            for: "5m",
            severity: "warning",
            summary: "{{ $labels.POD }} refuses requests: more are under way than it may take",
            cause: "The load is above m3perf:m3db.limits.maxOutstandingWriteRequests or …ReadRequests, or the disk or the processor has become slow.",
            next: "m3perf watch",
        },
        {
            alert: "M3CommitLogBehind",
            value: `max by (${pod}) (commitlog_writes_queue_length{${of.dbnode}} / commitlog_writes_queue_capacity)`,
            when: "> 0.8",
            for: "5m",
            severity: "warning",
            summary: "{{ $labels.POD }}: the commit log's queue is {{ $value | humanizePercentage }} full",
            cause: "The disk does not keep up with what is written; when the queue is full, writes fail.",
            next: "m3perf watch",
        },
        {
            alert: "M3DatabaseFilesNearLimit",
            value: `max by (${pod}) (process_num_fds{${of.dbnode}}) / max by (${pod}) (process_max_fds{${of.dbnode}})`,
            when: "> 0.8",
            for: "5m",
            severity: "critical",
            summary: "{{ $labels.POD }} has {{ $value | humanizePercentage }} of the files open that it may",
            cause: "More shards, namespaces or blocks than the limit is for (two files for each shard and block). At the limit M3DB ends.",
            next: "m3perf verify --only m3db",
        },
        {
            alert: "M3DatabaseCollectsGarbage",
            value: recorded(observed, "m3_dbnode:garbage_collection:ratio10m"),
            when: "> 0.1",
            for: "5m",
            severity: "warning",
            summary:
                "{{ $labels.POD }} spends {{ $value | humanizePercentage }} of its processors on garbage collection",
            cause: "What it holds is near GOMEMLIMIT (80 % of the pod's limit): more series than planned, or new ones all the time. It takes a core or two for that, and with more series it is killed for its memory.",
            next: "m3perf size",
        },
    ];
}

export function coordinatorAlerts(observed: Observed): AlertRule[] {
    const { of, by } = seriesOf(observed);
    const { thresholds } = observed;
    const errors = (code: string) => `sum(rate(coordinator_write_errors{${of.coordinator},code="${code}"}[${window}]))`;
    return [
        replicasMissing(observed, "coordinator", observed.coordinators, {
            alert: "M3CoordinatorDown",
            cause: "Prometheus writes to the others; with none it keeps its samples back for about two hours.",
        }),
        {
            alert: "M3CoordinatorWriteErrors",
            value: `${errors("5XX")} / (sum(rate(coordinator_write_success{${of.coordinator}}[${window}])) + ${errors("5XX")}) * 100`,
            when: `> ${thresholds.writeErrorPercent}`,
            for: "2m",
            severity: "critical",
            summary:
                'coordinators answer {{ $value | printf "%.1f" }} % of Prometheus\' writes with an error of theirs',
            cause: "No majority of M3DB's replicas, the unaggregated namespace is not ready, or M3DB is too slow. Prometheus repeats them.",
            next: "m3perf verify",
        },
        {
            alert: "M3CoordinatorRefusesSamples",
            value: errors("4XX"),
            when: "> 0",
            for: "10m",
            severity: "warning",
            summary:
                'coordinators refuse {{ $value | printf "%.2f" }} write requests per second; Prometheus drops these samples',
            cause: "Samples older than the namespace's bufferPast or in the future (clocks), or requests that are none.",
            next: "m3perf logs coordinator --level error",
        },
        {
            alert: "M3IngestLate",
            value: `max by (${by("pod")}) (${recorded(observed, "m3_coordinator:ingest_latency_seconds:mean5m")})`,
            when: `> ${secondsOf(thresholds.ingestLatency)}`,
            for: "5m",
            severity: "warning",
            summary: "{{ $labels.POD }} writes samples that are {{ $value | humanizeDuration }} old on average",
            cause: "Prometheus works off a backlog (M3RemoteWriteBehind), or the coordinator or M3DB is slow.",
            next: "m3perf diagnose",
        },
        {
            alert: "M3AggregationInputDropped",
            value: `sum(rate(coordinator_downsampler_remote_aggregator_client_message_dropped{${of.coordinator}}[${window}]))`,
            when: "> 0",
            for: "5m",
            severity: "warning",
            summary:
                'coordinators drop {{ $value | printf "%.1f" }} messages per second that the aggregator did not take',
            cause: "The aggregator is away or too slow: what is dropped is missing in the aggregated namespaces.",
            next: "m3perf verify --only aggregator",
        },
    ];
}

export function queryAlerts(observed: Observed): AlertRule[] {
    const { of } = seriesOf(observed);
    const requests = `${queryPrefix(observed)}_http_handler_http_handler_request`;
    const matchers = of[queryComponent(observed)];
    const all = `sum(rate(${requests}{${matchers}}[${window}]))`;
    return [
        ...(observed.ownQueries
            ? [
                  replicasMissing(observed, "query", observed.queries, {
                      alert: "M3QueryDown",
                      cause: "Dashboards and remote reads go to the others; the node, an OOM kill after a large query, or etcd without a leader at its start.",
                  }),
              ]
            : []),
        {
            alert: "M3QueryErrors",
            value: `(sum(rate(${requests}{${matchers},status=~"5.."}[${window}])) or ${all} * 0) / ${all} * 100`,
            when: "> 5",
            for: "10m",
            severity: "warning",
            summary: '{{ $value | printf "%.1f" }} % of the requests to M3\'s query API end in an error of its own',
            cause: "Too few replicas of M3DB answer, a limit of m3perf:query is hit, or queries run into their time-out.",
            next: "m3perf verify --only query",
        },
    ];
}

export function aggregatorAlerts(observed: Observed): AlertRule[] {
    const { of } = seriesOf(observed);
    const { aggregators } = observed;
    const state = `m3aggregator_aggregator_election_manager_election_state{${of.aggregator}}`;
    const rate = (metric: string) => `sum(rate(m3aggregator_aggregator_${metric}{${of.aggregator}}[${window}]))`;
    return [
        replicasMissing(observed, "aggregator", aggregators, {
            alert: "M3AggregatorDown",
            cause: "With another instance that one goes on; with none, aggregated namespaces get nothing, raw data is not touched.",
        }),
        {
            alert: "M3AggregatorNoLeader",
            value: orNone(observed, `count(${state} == 3)`),
            when: "< 1",
            for: "2m",
            severity: "critical",
            summary: "no aggregator leads: nothing is written to the aggregated namespaces",
            cause: "No aggregator is up, etcd has no leader, or the instance is not in the placement.",
            next: "m3perf verify --only aggregator",
        },
        {
            alert: "M3AggregatorNotFlushing",
            value: rate("flush_handler_message_acked"),
            when: `== 0 and ${rate("addUntimed_success")} > 0`,
            for: "10m",
            severity: "critical",
            summary: "the aggregator takes samples and none of its results reaches a coordinator",
            cause: "The topic aggregated_metrics or the coordinators' placement is missing, or their port 7507 is not reached.",
            next: "m3perf verify --only aggregator",
        },
        {
            alert: "M3AggregatorResultsDropped",
            value: rate("flush_handler_message_dropped"),
            when: "> 0",
            for: "5m",
            severity: "warning",
            summary: 'the aggregator drops {{ $value | printf "%.1f" }} of its results per second',
            cause: "The coordinators did not take them within ten minutes, or its buffer is full.",
            next: "m3perf verify --only aggregator",
        },
    ];
}

function replicasMissing(
    observed: Observed,
    component: Component,
    expected: number,
    { alert, cause }: Pick<AlertRule, "alert" | "cause">,
): AlertRule {
    const { of, by } = seriesOf(observed);
    return {
        alert,
        value: `${expected} - ${orNone(observed, `sum(max by (${by("pod")}) (up{${of[component]}}))`)}`,
        when: "> 0",
        for: "5m",
        severity: "warning",
        summary: `{{ $value }} of ${expected} pods of M3's ${component} do not answer Prometheus`,
        cause,
        next: "m3perf verify --only pods",
    };
}
