import type { EnvironmentPrometheus } from "../../../settings/environment.ts";
import type { Sample as Metric } from "../../access/prometheus.ts";
import { mostOf, pick, sumOf } from "../exposition.ts";
import { type Counters, Rates } from "../rates.ts";
import type { PrometheusFigures } from "../sample.ts";
import type { Source } from "./source.ts";

export interface RemoteWrite extends Source {
    told: PrometheusFigures | null;
}

const storage = "prometheus_remote_storage_";
const names = new Set(
    [
        "highest_timestamp_in_seconds",
        "queue_highest_sent_timestamp_seconds",
        "samples_pending",
        "shards",
        "shards_max",
        "samples_total",
        "samples_failed_total",
        "samples_dropped_total",
        "samples_retried_total",
    ].map((name) => storage + name),
).add("process_start_time_seconds");

/** The site's Prometheus: how far its remote write to M3 is behind. */
export function remoteWriteSource(prometheus: EnvironmentPrometheus, everyMs: number): RemoteWrite {
    const { namespace, service, port } = prometheus;
    const rates = new Rates();
    const source: RemoteWrite = {
        id: "prometheus",
        everyMs,
        told: null,
        async look({ get, signal, now, elapsed }) {
            const path = `/api/v1/namespaces/${namespace}/services/${service}:${port}/proxy/metrics`;
            const { status, body } = await get(path, signal);
            if (status !== 200) throw new Error(`${service}:${port}/metrics answered ${status}`);
            const metrics = toM3(pick(body, names), prometheus.remoteWriteUrl);
            // Behind the Service may be two, which answer by turns: each has counters of its own.
            const process = String(mostOf(metrics, "process_start_time_seconds") ?? "");
            const grown = rates.update(process, elapsed(), countersOf(metrics, prometheus.relabels));
            source.told = { at: now(), ...remoteWriteFigures(metrics, grown) };
            return undefined;
        },
    };
    return source;
}

/** Without the queues of other remote writes, where one of them is ours by its URL. Pure. */
export function toM3(metrics: Metric[], url: string): Metric[] {
    const ours = metrics.some(({ labels }) => labels.url === url);
    return ours ? metrics.filter(({ labels }) => labels.url === undefined || labels.url === url) : metrics;
}

/**
 * What a rule of the remote write drops is dropped on purpose, and not lost. Newer Prometheus tells it by a label, `reason`; of one that does not,
 * and has such rules (`relabels`), it is not known what was lost.
 */
export function countersOf(metrics: Metric[], relabels = false): Counters {
    const counters = ["samples_total", "samples_failed_total", "samples_dropped_total", "samples_retried_total"];
    const dropped = metrics.filter(({ name }) => name === `${storage}samples_dropped_total`);
    const reasons = dropped.some(({ labels }) => labels.reason !== undefined);
    return Object.fromEntries(
        counters.flatMap((name) => {
            if (name === "samples_dropped_total" && relabels && !reasons) return [];
            const value = sumOf(metrics, storage + name, ({ reason }) => reason !== "dropped_series");
            return value === undefined ? [] : [[name, value]];
        }),
    );
}

/** Pure. */
export function remoteWriteFigures(metrics: Metric[], rates: Counters | undefined): Omit<PrometheusFigures, "at"> {
    const newest = mostOf(metrics, `${storage}highest_timestamp_in_seconds`);
    const sent = metrics.filter(({ name }) => name === `${storage}queue_highest_sent_timestamp_seconds`);
    // Before the first batch the queue's own is 0: then nothing can be told.
    const oldestSent = sent.length === 0 ? 0 : Math.min(...sent.map(({ value }) => value));
    return {
        lagSeconds: newest === undefined || oldestSent === 0 ? null : Math.max(0, newest - oldestSent),
        pending: sumOf(metrics, `${storage}samples_pending`) ?? null,
        shards: sumOf(metrics, `${storage}shards`) ?? null,
        shardsMax: sumOf(metrics, `${storage}shards_max`) ?? null,
        sent: rates?.samples_total ?? null,
        failed: rates?.samples_failed_total ?? null,
        dropped: rates?.samples_dropped_total ?? null,
        retried: rates?.samples_retried_total ?? null,
    };
}
