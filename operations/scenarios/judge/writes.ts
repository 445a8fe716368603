import type { LoadInterval } from "../../../agent/load/types.ts";
import { quantileMs } from "../../load/latency.ts";
import { totalsOf } from "../../load/totals.ts";
import { runFiles } from "../types.ts";
import { figure, type Measured } from "./objective.ts";

const writes = [{ file: runFiles.load, what: "what became of the samples, second by second" }];
const reads = [{ file: runFiles.reads, what: "what became of the queries, second by second" }];

const none = (what: string): Measured => ({ value: null, text: "not measured", why: `the run has no ${what}` });

/** "12 refused, 0 without an answer, 3 not sent", and the commonest errors. */
function errorsOf(intervals: LoadInterval[], noun: string): Measured {
    if (intervals.length === 0) return none(noun);
    const { intended, refused, unknown, unsent, errors } = totalsOf(intervals);
    const value = refused + unknown + unsent;
    const common = Object.entries(errors).slice(0, 3);
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
            const value = quantileMs(totalsOf(intervals).latency, q);
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
        const { seconds, acknowledged, intended } = totalsOf(load);
        if (seconds === 0) return none("writes");
        const value = Math.round(acknowledged / seconds);
        return { value, text: `${value} of ${Math.round(intended / seconds)} samples/s` };
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
        const { seconds, cpuSeconds } = totalsOf(load);
        if (seconds === 0) return none("writes");
        const value = cpuSeconds / seconds;
        return { value, text: `${value.toFixed(2)} cores` };
    },
});
