import type { Sample as Metric } from "../../access/prometheus.ts";
import { boundOf, bucketsOf, mostOf, sumOf } from "../exposition.ts";
import { type Counters, quantileOf } from "../rates.ts";

/** How one kind of process tells its figures: which metrics, and what they come to. Names as M3 1.5.0 and etcd 3.4 gave them. */
export interface Telling<T> {
    names: ReadonlySet<string>;
    counters(metrics: Metric[]): Counters;
    /** `rates`: the counters' growth in a second; undefined at the first look, or when they cannot be compared. */
    figures(metrics: Metric[], rates: Counters | undefined): T;
}

export interface ProcessNumbers {
    samples: number | null;
    writes: number | null;
    reads: number | null;
    errors: number | null;
    writeP50Ms: number | null;
    writeP99Ms: number | null;
}

const bucket = "bucket ";

const withBuckets = (counters: Record<string, number | undefined>, buckets: Record<string, number>): Counters => ({
    ...Object.fromEntries(
        Object.entries(counters).filter((entry): entry is [string, number] => entry[1] !== undefined),
    ),
    ...Object.fromEntries(Object.entries(buckets).map(([le, count]) => [bucket + le, count])),
});

/** Milliseconds under which a share of the interval's observations lies, by a histogram in seconds. Null: there were none. */
function quantileMs(rates: Counters | undefined, q: number): number | null {
    const buckets = Object.entries(rates ?? {}).filter(([name]) => name.startsWith(bucket));
    const seconds = quantileOf(q, new Map(buckets.map(([name, rate]) => [boundOf(name.slice(bucket.length)), rate])));
    return seconds === null ? null : seconds * 1000;
}

function numbers(rates: Counters | undefined): ProcessNumbers {
    return {
        samples: rates?.samples ?? null,
        writes: rates?.writes ?? null,
        reads: rates?.reads ?? null,
        errors: rates?.errors ?? null,
        writeP50Ms: quantileMs(rates, 0.5),
        writeP99Ms: quantileMs(rates, 0.99),
    };
}

/** Sum over several metrics; undefined when there is none of them. */
function total(metrics: Metric[], names: string[], wanted?: (labels: Record<string, string>) => boolean) {
    const found = names.flatMap((name) => sumOf(metrics, name, wanted) ?? []);
    return found.length === 0 ? undefined : found.reduce((sum, value) => sum + value, 0);
}

const writePath = ({ path }: Record<string, string>) =>
    path !== undefined && /_prom_remote_write$|_json_write$|_influxdb_write$/.test(path);

/** Coordinator and query; `prefix` is that of their metrics (components/m3/config: "coordinator", "query"). */
export function apiTelling(prefix: string): Telling<ProcessNumbers> {
    const [requests, latency] = ["request", "latency"].map((name) => `${prefix}_http_handler_http_handler_${name}`);
    const samples = ["written", "dropped"].map((name) => `${prefix}_downsampler_metrics_${name}`);
    const reads = [`${prefix}_fetch_success`];
    const errors = [`${prefix}_write_errors`, `${prefix}_fetch_errors`, `${prefix}_ingest_error`];
    return {
        names: new Set([`${requests}`, `${latency}_bucket`, ...samples, ...reads, ...errors]),
        counters: (metrics) =>
            withBuckets(
                {
                    // "dropped" are those that only aggregated namespaces get (ingest/write.go): they were taken as well.
                    samples: total(metrics, samples),
                    writes: total(metrics, [`${requests}`], writePath) ?? 0,
                    reads: total(metrics, reads),
                    errors: total(metrics, errors),
                },
                bucketsOf(metrics, `${latency}`, writePath),
            ),
        figures: (_metrics, rates) => numbers(rates),
    };
}

const batches = ["service_writeTaggedBatchRaw", "service_writeBatchRaw"];
const dbnodeSamples = batches.map((name) => `${name}_success`);
const dbnodeWrites = batches.map((name) => `${name}_rpcs`);
const dbnodeReads = ["service_fetchTagged_success", "service_query_success"];
const dbnodeErrors = [
    ...batches.map((name) => `${name}_errors`),
    "service_fetchTagged_errors",
    "commitlog_writes_errors",
];

export const dbnodeTelling: Telling<ProcessNumbers> = {
    names: new Set([
        ...dbnodeSamples,
        ...dbnodeWrites,
        ...dbnodeReads,
        ...dbnodeErrors,
        "service_writeTaggedBatchRaw_latency_bucket",
    ]),
    counters: (metrics) =>
        withBuckets(
            {
                samples: total(metrics, dbnodeSamples),
                writes: total(metrics, dbnodeWrites),
                reads: total(metrics, dbnodeReads),
                errors: total(metrics, dbnodeErrors),
            },
            bucketsOf(metrics, "service_writeTaggedBatchRaw_latency"),
        ),
    figures: (_metrics, rates) => numbers(rates),
};

const adds = ["addUntimed", "addTimed", "addPassthrough"].map((name) => `m3aggregator_aggregator_${name}`);
const aggregatorSamples = adds.map((name) => `${name}_success`);
const aggregatorErrors = adds.map((name) => `${name}_errors`);

/** What the aggregator forwards to itself (addForwarded) would count a sample twice. It has no requests: m3msg streams. */
export const aggregatorTelling: Telling<ProcessNumbers> = {
    names: new Set([
        ...aggregatorSamples,
        ...aggregatorErrors,
        ...adds.map((name) => `${name}_success_latency_bucket`),
    ]),
    counters: (metrics) =>
        withBuckets(
            { samples: total(metrics, aggregatorSamples), errors: total(metrics, aggregatorErrors) },
            bucketsOf(metrics, "m3aggregator_aggregator_addTimed_success_latency"),
        ),
    figures: (_metrics, rates) => numbers(rates),
};

export interface EtcdNumbers {
    leader: boolean | null;
    hasLeader: boolean | null;
    databaseBytes: number | null;
    walFsyncP99Ms: number | null;
    proposalsPending: number | null;
    failedProposals: number | null;
}

const fsync = "etcd_disk_wal_fsync_duration_seconds";

export const etcdTelling: Telling<EtcdNumbers> = {
    names: new Set([
        "etcd_server_is_leader",
        "etcd_server_has_leader",
        "etcd_mvcc_db_total_size_in_bytes",
        "etcd_server_proposals_pending",
        "etcd_server_proposals_failed_total",
        `${fsync}_bucket`,
    ]),
    counters: (metrics) =>
        withBuckets({ failed: sumOf(metrics, "etcd_server_proposals_failed_total") }, bucketsOf(metrics, fsync)),
    figures: (metrics, rates) => {
        const flag = (name: string) => {
            const value = mostOf(metrics, name);
            return value === undefined ? null : value === 1;
        };
        return {
            leader: flag("etcd_server_is_leader"),
            hasLeader: flag("etcd_server_has_leader"),
            databaseBytes: mostOf(metrics, "etcd_mvcc_db_total_size_in_bytes") ?? null,
            walFsyncP99Ms: quantileMs(rates, 0.99),
            proposalsPending: mostOf(metrics, "etcd_server_proposals_pending") ?? null,
            failedProposals: rates?.failed ?? null,
        };
    },
};
