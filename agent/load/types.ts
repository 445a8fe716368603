/**
 * What the load generator is asked for and what it tells: shared by the agent (which runs without npm packages), the m3perf command,
 * the scenarios and the report. Counts are samples unless named otherwise; times are ms since 1970.
 */

/** A load, whole and checked (agent/load/plan.ts makes it from options and refuses bad combinations). */
export interface LoadPlan {
    /** Label `run` of every series, so that one run's samples are told from another's. */
    run: string;
    /** Series that are active at the same time, over all tenants; each replica sends all of them again. */
    series: number;
    /** Time between two samples of a series. Samples a second = series × replicas × 1000 / intervalMs. */
    intervalMs: number;
    /** Undefined: until it is ended. */
    durationMs: number | undefined;
    /** Shares of the series by kind; their sum is 1. A histogram's buckets, sum and count are series, too, and counted as such. */
    kinds: { counter: number; gauge: number; histogram: number };
    /** Labels beside the generator's own, and the bytes of each value. */
    extraLabels: number;
    labelValueBytes: number;
    /** Of the series that are replaced by new ones in an hour. */
    churnPercentPerHour: number;
    /** Values of the label `tenant`: "tenant-0" …; each has its share of the series. */
    tenants: number;
    /** Labels that each tenant's series have, too, as a Prometheus' external labels: one set for each tenant. Absent: none. */
    tenantLabels?: Record<string, string>[];
    /** Bearer tokens that it sends with: 1 for all, or one for each tenant. They are told apart from the plan. Absent: none. */
    tokens?: number;
    /** Identical senders, as Prometheus servers in pairs are: label `replica` = "0" …. 1: no such label. */
    replicas: number;
    /** Samples of one request at most. */
    batch: number;
    /** Requests in hand at most; more wait, and their latency counts from when they should have gone out. */
    concurrency: number;
    /** After this long a request's outcome is unknown: neither acknowledged nor refused. */
    timeoutMs: number;
    /** Where to; taken in turn. */
    urls: string[];
    /** Certificate in PEM of the authority that https URLs' have to be from. Absent: one that Node trusts. */
    ca?: string;
    /** Which of several workers this is, each of which has its own part of the series. */
    worker: { index: number; of: number };
}

/** Latencies in HDR-style buckets: [value in µs at the bucket's lower edge, count] of those that are not empty, ascending. */
export type LatencyBuckets = [number, number][];

/** One line of load.jsonl or reads.jsonl: what one second (or the last, shorter one) brought. */
export interface LoadInterval {
    v: 1;
    kind: "write" | "read";
    /** End of the interval, and its length in seconds. */
    at: number;
    seconds: number;
    /** What the plan says for it. Samples for writes, queries for reads; so are the four that follow. */
    intended: number;
    acknowledged: number;
    /** Answered with anything but 2xx, or not reached at all. */
    refused: number;
    /** No answer in time. */
    unknown: number;
    /** Never sent, since too much waited. */
    unsent: number;
    requests: number;
    /** By text, how often: "HTTP 500 …", "ECONNREFUSED". */
    errors: Record<string, number>;
    /** From the intended time to the answer, of acknowledged requests. */
    latency: LatencyBuckets;
    /** Requests in hand and waiting at the interval's end. */
    inHand: number;
    waiting: number;
    /** CPU that the generator itself took, in seconds. */
    cpuSeconds: number;
}

/** Outcome of one request, one line of ledger.jsonl: samples of the series `from` … `to` (excluded) of one replica at `time`. */
export interface LedgerEntry {
    time: number;
    from: number;
    to: number;
    replica: number;
    /** How often the slot's series were replaced by churn, where that is above 0. */
    generation?: number;
    outcome: "acknowledged" | "refused" | "unknown" | "unsent";
}
