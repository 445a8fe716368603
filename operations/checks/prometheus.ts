import { randomBytes } from "node:crypto";
import { nanosecondsOf } from "../access/m3.ts";
import { activeTargets, queryPrometheus, runningConfig } from "../access/prometheus.ts";
import { untilNothing } from "./again.ts";
import { type Check, type CheckContext, count, fail, pass } from "./check.ts";
import { queryM3, writePoint } from "./data.ts";

export const configNext = ({ environment: { prometheus } }: CheckContext) =>
    (
        prometheus.inspect ?? [
            `kubectl -n ${prometheus.namespace} get configmap ${prometheus.configMap} -o yaml`,
            `kubectl -n ${prometheus.namespace} logs deployment/${prometheus.deployment}`,
        ]
    ).join("; ");

/** {cluster="a",replica="b"}: remote reads carry Prometheus' external labels as matchers (facts.md 4). */
function matchers(labels: Record<string, string>): string {
    return Object.entries(labels)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(",");
}

/** A series counts as arriving when its newest sample in M3 is no older than this many scrape intervals, and a minute. */
const intervals = 3;

export const seriesArrive: Check = {
    id: "prometheus.series",
    system: "prometheus",
    title: "what Prometheus scrapes arrives in M3, every job of it",
    source: "manual run: metrics collection seen in the dashboards",
    means: "What people look at in dashboards is missing in M3, though Prometheus itself may have it.",
    async run(context) {
        const [targets, config] = await Promise.all([activeTargets(context), runningConfig(context)]);
        const jobs = [...new Set(targets.map(({ labels }) => labels.job ?? ""))].sort();
        if (jobs.length === 0) {
            return fail(
                "Prometheus has no targets",
                "its scrape_configs are empty or find nothing",
                configNext(context),
            );
        }
        const longest = Math.max(...targets.map(({ scrapeInterval }) => nanosecondsOf(scrapeInterval ?? "60s") / 1e9));
        const limit = 60 + intervals * longest;
        const now = Math.floor(context.now() / 1000);
        const labels = matchers(config.global?.external_labels ?? {});
        const answer = await queryM3(context, `max by (job) (timestamp(up{${labels}}))`, now);
        const newest = new Map(
            (answer.data?.result ?? []).map(({ metric, value }) => [metric.job ?? "", Number(value?.[1] ?? 0)]),
        );
        const wrong = jobs.flatMap((job) => {
            const at = newest.get(job);
            if (at === undefined) return [`job ${job}: nothing in M3`];
            return now - at > limit ? [`job ${job}: newest sample in M3 is ${(now - at).toFixed(0)} s old`] : [];
        });
        if (wrong.length === 0) {
            const oldest = Math.max(...jobs.map((job) => now - (newest.get(job) ?? 0)));
            return pass(
                `${count(jobs.length, "job")}, ${count(targets.length, "target")}, at most ${Math.max(0, oldest).toFixed(0)} s old`,
            );
        }
        return fail(
            wrong,
            "remote write is not set, does not keep up, or goes to another M3 than m3query reads",
            configNext(context),
        );
    },
};

export const remoteRead: Check = {
    id: "prometheus.remote_read",
    system: "prometheus",
    title: "Prometheus reads from M3 what it has never scraped itself",
    source: "facts.md 4: external labels become remote-read matchers; manual run: readRecent",
    means: "What Prometheus no longer holds itself cannot be seen through it.",
    async run(context) {
        const { remoteReadUrl, readRecent = true, agent } = context.environment.prometheus;
        if (agent) return pass("Prometheus is an agent (m3perf:prometheus.localStorage): it answers no queries");
        const config = await runningConfig(context);
        const read = config.remote_read?.find(({ url }) => url === remoteReadUrl);
        if (!read) {
            const urls = (config.remote_read ?? []).map(({ url }) => url);
            return fail(
                `Prometheus reads from ${urls.join(", ") || "nowhere"}, not from ${remoteReadUrl}`,
                "the configuration was changed by other hands, or Prometheus has not loaded it",
                configNext(context),
            );
        }
        // Then Prometheus answers recent ranges from its own storage, and a marker that was written now is a recent one.
        if (!readRecent) {
            return pass(
                `Prometheus' configuration reads from ${remoteReadUrl}; with readRecent false nothing was read through it`,
            );
        }
        // A series of this run alone: if Prometheus answers with it, the answer came from M3.
        const run = randomBytes(6).toString("hex");
        const value = Number.parseInt(run.slice(0, 6), 16);
        const time = Math.floor(context.now() / 1000);
        const tags = { ...config.global?.external_labels, __name__: "m3perf_verify_marker", run };
        await writePoint(context, { tags, timestamp: time, value });
        const wrong = await untilNothing(context, async () => {
            const answer = await queryPrometheus(context, `m3perf_verify_marker{run="${run}"}`);
            const seen = answer.data?.result[0]?.value?.[1] ?? "nothing";
            return Number(seen) === value ? [] : [seen];
        });
        if (wrong.length === 0) return pass(`marker ${run} = ${value}, written to M3, read through Prometheus`);
        return fail(
            `marker ${run} = ${value} was written to M3; Prometheus answers ${wrong[0]}`,
            read.read_recent
                ? "m3query does not answer Prometheus, or reads another cluster than the coordinators write to"
                : "remote_read has no read_recent: Prometheus answers recent ranges from its own storage alone",
            configNext(context),
        );
    },
};
