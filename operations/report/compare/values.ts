import { countOf } from "../../../agent/load/histogram.ts";
import { quantileMs } from "../../load/latency.ts";
import { totalsOf } from "../../load/totals.ts";
import type { Verdict } from "../../scenarios/types.ts";
import { shareOf } from "../../watch/view/numbers.ts";
import { podPeaks } from "../figures/peaks.ts";
import type { LoadedRun } from "../read.ts";

/** A figure of one run that can be held against that of another. */
export interface Value {
    id: string;
    title: string;
    unit: string;
    better: Verdict["better"];
    value: number;
    /** Of the scenario's verdicts; else of what every run leaves behind. */
    verdict: boolean;
}

/** Verdicts first, in their order, then what is the same for every scenario. Pure. */
export function valuesOf(run: LoadedRun): Value[] {
    const verdicts = run.verdicts.flatMap(({ id, title, unit, better, value }): Value[] =>
        value === null || !Number.isFinite(value) ? [] : [{ id, title, unit, better, value, verdict: true }],
    );
    return [...verdicts, ...figuresOf(run)];
}

function figuresOf({ load, reads, watch, readBack }: LoadedRun): Value[] {
    const figures: Value[] = [];
    const add = (id: string, title: string, unit: string, better: Verdict["better"], value: number | null) => {
        if (value !== null && Number.isFinite(value)) figures.push({ id, title, unit, better, value, verdict: false });
    };
    for (const [name, what, intervals] of [
        ["writes", "samples", load],
        ["reads", "queries", reads],
    ] as const) {
        if (intervals.length === 0) continue;
        const { seconds, intended, acknowledged, latency, cpuSeconds } = totalsOf(intervals);
        add(
            `${name}.rate`,
            `${name}: ${what} acknowledged a second`,
            "/s",
            "more",
            seconds > 0 ? acknowledged / seconds : null,
        );
        add(`${name}.share`, `${name}: share acknowledged`, "%", "more", shareOf(acknowledged, intended));
        if (countOf(latency) > 0) {
            for (const q of [0.5, 0.99])
                add(`${name}.p${q * 100}`, `${name}: latency p${q * 100}`, "ms", "less", quantileMs(latency, q));
        }
        if (name === "writes")
            add("generator.cpu", "load generator: cores", "cores", null, seconds > 0 ? cpuSeconds / seconds : null);
    }
    if (readBack) add("read-back.missing", "acknowledged samples missing", "samples", "less", readBack.merged.missing);
    const lags = watch.flatMap(({ prometheus }) => prometheus?.lagSeconds ?? []);
    if (lags.length > 0)
        add(
            "remote-write.lag",
            "remote write behind, at most",
            "s",
            "less",
            lags.reduce((most, lag) => Math.max(most, lag)),
        );
    for (const component of ["coordinator", "query", "dbnode", "aggregator", "etcd"] as const) {
        const peaks = podPeaks(watch).filter((peak) => peak.component === component);
        const bytes = peaks.flatMap(({ memoryBytes }) => memoryBytes ?? []);
        if (bytes.length > 0)
            add(
                `memory.${component}`,
                `${component}: memory of the largest pod, at most`,
                "MiB",
                "less",
                Math.max(...bytes) / 2 ** 20,
            );
    }
    return figures;
}
