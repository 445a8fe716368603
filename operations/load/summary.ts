/** What a load came to, for people and as JSON. Pure. */
import type { LoadInterval, LoadPlan } from "../../agent/load/types.ts";
import { quantileMs } from "./latency.ts";
import type { Totals } from "./totals.ts";

export interface LoadSummary {
    run: string;
    seconds: number;
    intended: number;
    acknowledged: number;
    refused: number;
    unknown: number;
    unsent: number;
    requests: number;
    /** Acknowledged samples a second, until the last were due or the load's duration was over: awaiting the last answers does not make it lower. */
    samplesPerSecond: number;
    /** ms from the intended time to the answer, of acknowledged requests; null where there were none. */
    latencyMs: { p50: number; p90: number; p99: number; p999: number; max: number } | null;
    errors: Record<string, number>;
    /** CPU of the generator itself for each sample that was due, in µs. */
    cpuMicrosPerSample: number;
}

export function summaryOf({ run, durationMs }: Pick<LoadPlan, "run" | "durationMs">, totals: Totals): LoadSummary {
    const { seconds, intended, acknowledged, refused, unknown, unsent, requests, errors } = totals;
    // A load with less than a request a second has seconds, the last ones, too, in which nothing is due.
    const due = Math.max(totals.dueSeconds, Math.min(seconds, (durationMs ?? 0) / 1000));
    return {
        run,
        seconds: round(seconds),
        ...{ intended, acknowledged, refused, unknown, unsent, requests },
        samplesPerSecond: due > 0 ? round(acknowledged / due) : 0,
        latencyMs: latencyOf(totals),
        errors,
        cpuMicrosPerSample: intended > 0 ? round((totals.cpuSeconds * 1e6) / intended) : 0,
    };
}

function latencyOf({ latency }: Totals): LoadSummary["latencyMs"] {
    if (latency.length === 0) return null;
    const at = (q: number) => round(quantileMs(latency, q) ?? 0);
    return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) };
}

const round = (value: number) => Math.round(value * 1000) / 1000;
const grouped = (value: number) => Math.round(value).toLocaleString("en-US");
/** "4.2 ms", "143 ms", "2.40 s" */
export const msText = (ms: number) =>
    ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;

type Lost = Pick<Totals, "refused" | "unknown" | "unsent">;

/** Whether every sample that was due was acknowledged. */
export const allTaken = ({ refused, unknown, unsent }: Lost) => refused + unknown + unsent === 0;

/** One line on the last second, for whoever watches. */
export function liveText(plan: LoadPlan, line: LoadInterval, sofar: Lost): string {
    const perSecond = (count: number) => grouped(count / Math.max(line.seconds, 0.001));
    const latency = [0.5, 0.99].map((q) => quantileMs(line.latency, q));
    const [p50, p99] = latency.map((ms) => (ms === null ? "–" : msText(ms)));
    const [error] = Object.keys(line.errors);
    return [
        `${perSecond(line.acknowledged)} of ${perSecond(line.intended)} samples/s acknowledged`,
        `p50 ${p50}, p99 ${p99}`,
        `in hand ${line.inHand} of ${plan.concurrency}, waiting ${line.waiting}`,
        allTaken(sofar)
            ? "nothing lost"
            : `so far ${grouped(sofar.refused)} refused, ${grouped(sofar.unknown)} unknown, ${grouped(sofar.unsent)} unsent`,
        ...(error === undefined ? [] : [error.slice(0, 80)]),
    ].join(" · ");
}

/** The summary for people. */
export function summaryText(plan: LoadPlan, summary: LoadSummary): string {
    const { latencyMs: latency } = summary;
    const share = (count: number) =>
        count === 0 ? "" : ` (${((count / Math.max(1, summary.intended)) * 100).toFixed(2)} %)`;
    const row = (name: string, text: string) => `  ${name.padEnd(14)}${text}`;
    const errors = Object.entries(summary.errors).slice(0, 10);
    return [
        `load ${summary.run}: ${grouped(plan.series)} series every ${msText(plan.intervalMs)}, ${summary.seconds.toFixed(1)} s`,
        row(
            "samples",
            `${grouped(summary.intended)} were due, in ${grouped(summary.requests)} requests that were sent`,
        ),
        row(
            "acknowledged",
            `${grouped(summary.acknowledged)}${share(summary.acknowledged)}, ${grouped(summary.samplesPerSecond)} a second`,
        ),
        row("refused", `${grouped(summary.refused)}${share(summary.refused)}`),
        row("unknown", `${grouped(summary.unknown)}${share(summary.unknown)}`),
        row("unsent", `${grouped(summary.unsent)}${share(summary.unsent)}`),
        latency === null
            ? row("latency", "none: nothing was acknowledged")
            : row(
                  "latency",
                  `p50 ${msText(latency.p50)}, p90 ${msText(latency.p90)}, p99 ${msText(latency.p99)}, p99.9 ${msText(latency.p999)}, most ${msText(latency.max)}; from the intended time`,
              ),
        row("generator", `${summary.cpuMicrosPerSample.toFixed(2)} µs of CPU a sample`),
        ...errors.map(([text, count]) => row("error", `${grouped(count)} × ${text}`)),
        "",
    ].join("\n");
}
