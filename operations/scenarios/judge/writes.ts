import type { LoadInterval } from "../../../agent/load/types.ts";
import { runFiles } from "../types.ts";
import { latencyMs } from "./latency.ts";
import { figure, type Measured } from "./objective.ts";

const writes = [{ file: runFiles.load, what: "what became of the samples, second by second" }];
const reads = [{ file: runFiles.reads, what: "what became of the queries, second by second" }];

export const sum = (intervals: readonly LoadInterval[], of: (interval: LoadInterval) => number) =>
    intervals.reduce((total, interval) => total + of(interval), 0);

const none = (what: string): Measured => ({ value: null, text: "not measured", why: `the run has no ${what}` });

/** "12 refused, 0 without an answer, 3 not sent", and the commonest errors. */
function errorsOf(intervals: LoadInterval[], noun: string): Measured {
    if (intervals.length === 0) return none(noun);
    const [refused, unknown, unsent] = [
        sum(intervals, (one) => one.refused),
        sum(intervals, (one) => one.unknown),
        sum(intervals, (one) => one.unsent),
    ];
    const intended = sum(intervals, (one) => one.intended);
    const value = refused + unknown + unsent;
    const texts = new Map<string, number>();
    for (const { errors } of intervals)
        for (const [text, count] of Object.entries(errors)) texts.set(text, (texts.get(text) ?? 0) + count);
    const common = [...texts].sort(([, a], [, b]) => b - a).slice(0, 3);
    const why = common.map(([text, count]) => `${count} × ${text}`).join("; ");
    return {
        value,
        text: `${value} of ${intended} ${noun}: ${refused} refused, ${unknown} without an answer, ${unsent} not sent`,
        ...(why === "" ? {} : { why }),
    };
}

export const writeErrors = figure({
    id: "write-errors",
    name: "samples that M3 did not acknowledge",
    title: "M3 acknowledges every sample",
    unit: "samples",
    better: "less",
    evidence: writes,
    of: ({ load }) => errorsOf(load, "samples"),
});

export const readErrors = figure({
    id: "read-errors",
    name: "queries that failed",
    title: "every query is answered",
    unit: "queries",
    better: "less",
    evidence: reads,
    of: ({ reads }) => errorsOf(reads, "queries"),
});

function percentile(id: string, q: number, kind: "write" | "read") {
    const name = `p${q * 100}`;
    const noun = kind === "write" ? "writes" : "queries";
    return figure({
        id: `${kind}-${id}`,
        name: `${name} of ${noun}, from when they were due`,
        title: `${noun} are answered in time`,
        unit: "ms",
        better: "less",
        evidence: kind === "write" ? writes : reads,
        of(data) {
            const intervals = kind === "write" ? data.load : data.reads;
            const value = latencyMs(intervals, q);
            if (value === null) return none(`acknowledged ${noun}`);
            return { value, text: `${name} ${value.toFixed(value < 10 ? 1 : 0)} ms` };
        },
    });
}

export const writeP99 = percentile("p99", 0.99, "write");
export const readP99 = percentile("p99", 0.99, "read");

export const throughput = figure({
    id: "throughput",
    name: "samples that M3 acknowledged a second, over the run",
    title: "M3 takes what is sent",
    unit: "samples/s",
    better: "more",
    evidence: writes,
    of({ load }) {
        const seconds = sum(load, (one) => one.seconds);
        if (seconds === 0) return none("writes");
        const value = Math.round(sum(load, (one) => one.acknowledged) / seconds);
        return { value, text: `${value} of ${Math.round(sum(load, (one) => one.intended) / seconds)} samples/s` };
    },
});

export const generatorShare = figure({
    id: "generator-cpu",
    name: "the load generator's own CPU: it must not be what is measured",
    title: "the load generator is not the bottleneck",
    unit: "cores",
    better: "less",
    evidence: writes,
    of({ load }) {
        const seconds = sum(load, (one) => one.seconds);
        if (seconds === 0) return none("writes");
        const value = sum(load, (one) => one.cpuSeconds) / seconds;
        return { value, text: `${value.toFixed(2)} cores` };
    },
});
