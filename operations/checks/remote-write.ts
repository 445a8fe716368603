import { ownMetrics, runningConfig, type Sample } from "../access/prometheus.ts";
import { type Check, fail, pass } from "./check.ts";
import { configNext } from "./prometheus.ts";

/** Of Prometheus' own measures of one remote write queue; undefined when it has no such queue. Pure. */
export function queueState(samples: Sample[], url: string) {
    const all = (name: string) =>
        samples.filter((one) => one.name === `prometheus_remote_storage_${name}` && one.labels.url === url);
    const one = (name: string) => all(name)[0]?.value;
    const sent = one("samples_total");
    if (sent === undefined) return undefined;
    const newest =
        one("queue_highest_timestamp_seconds") ??
        samples.find(({ name }) => name === "prometheus_remote_storage_highest_timestamp_in_seconds")?.value;
    const newestSent = one("queue_highest_sent_timestamp_seconds");
    const known = newest !== undefined && newestSent !== undefined;
    return {
        sent,
        failed: one("samples_failed_total") ?? 0,
        retried: one("samples_retried_total") ?? 0,
        /** By reason, where this Prometheus tells it ("dropped_series", "too_old", …). */
        dropped: all("samples_dropped_total")
            .filter(({ value }) => value > 0)
            .map(({ labels, value }) => ({ reason: labels.reason ?? "", value })),
        pending: one("samples_pending") ?? 0,
        shards: one("shards"),
        shardsDesired: one("shards_desired"),
        shardsMost: one("shards_max"),
        /** Seconds between the newest sample and the newest that M3 has acknowledged. */
        behind: known ? Math.max(0, newest - newestSent) : undefined,
    };
}
export type QueueState = NonNullable<ReturnType<typeof queueState>>;

/** A queue further behind than this (s) is not keeping up; Prometheus batches for at most 5 s. */
const behindLimit = 60;
/** Past this (s), a queue that wants more shards than it may have will not catch up by itself. */
const behindAndCapped = 10;
const failedShare = 0.01;

/** "1200 samples sent, 0 refused, …" Pure. */
export function queueText(state: QueueState): string {
    const { sent, failed, retried, dropped, pending, shards, shardsDesired, shardsMost, behind } = state;
    const of = shardsMost === undefined ? "" : ` of at most ${shardsMost}`;
    const wants = shardsDesired === undefined ? "" : ` (wants ${shardsDesired.toFixed(1)})`;
    return [
        `${sent} samples sent`,
        `${failed} refused`,
        `${retried} sent again`,
        ...dropped.map(({ reason, value }) => `${value} dropped${reason ? ` (${reason})` : ""}`),
        `${pending} pending`,
        ...(shards === undefined ? [] : [`${shards} shard${shards === 1 ? "" : "s"}${of}${wants}`]),
        behind === undefined ? "lag not told" : `${behind.toFixed(1)} s behind`,
    ].join(", ");
}

/** The likeliest cause of a queue that does not do its work; undefined: it does. Pure. */
export function queueFault(state: QueueState): string | undefined {
    const { sent, failed, dropped, shardsDesired = 0, shardsMost = Number.POSITIVE_INFINITY, behind = 0 } = state;
    const capped = shardsDesired > shardsMost;
    if (capped && behind > behindAndCapped) {
        return `it wants ${shardsDesired.toFixed(1)} shards and may have ${shardsMost}: the coordinators are too slow, or m3perf:prometheus.remoteWrite.queue.maxShards is too low`;
    }
    if (sent === 0 || behind > behindLimit) {
        return "the coordinators do not answer or are too slow, or Prometheus has just started";
    }
    if (failed > sent * failedShare) return "M3 refuses samples: too old, too far ahead, or over a limit";
    const tooOld = dropped.find(({ reason }) => reason === "too_old")?.value ?? 0;
    if (tooOld > sent * failedShare) {
        return "Prometheus gives up samples older than its sample_age_limit: remote write was away, or too slow, for longer";
    }
    return undefined;
}

export const remoteWrite: Check = {
    id: "prometheus.remote_write",
    system: "prometheus",
    title: "Prometheus' remote write to the coordinators keeps up and loses nothing",
    source: "Prometheus: prometheus_remote_storage_* (sent, failed, retried, dropped, pending, shards, highest timestamps)",
    means: "Samples are late in M3, or never get there. What is refused (4xx) or dropped is lost; what is sent again is not.",
    async run(context) {
        const { remoteWriteUrl } = context.environment.prometheus;
        const state = queueState(await ownMetrics(context), remoteWriteUrl);
        if (!state) {
            const urls = ((await runningConfig(context)).remote_write ?? []).map(({ url }) => url);
            return fail(
                `Prometheus writes to ${urls.join(", ") || "nowhere"}, not to ${remoteWriteUrl}`,
                "the configuration was changed by other hands, or Prometheus has not loaded it",
                configNext(context),
            );
        }
        const cause = queueFault(state);
        return cause === undefined ? pass(queueText(state)) : fail(queueText(state), cause, configNext(context));
    },
};
