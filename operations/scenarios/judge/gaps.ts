import type { LoadInterval } from "../../../agent/load/types.ts";
import { clockOf } from "../../cli/output.ts";
import { type Collection, type MissingSeries, type RunEvent, runFiles } from "../types.ts";
import { figure } from "./objective.ts";

export interface Span {
    from: number;
    to: number;
}

/**
 * Spans in which something was due and M3 acknowledged nothing. An interval in which nothing was due says nothing: it neither makes nor
 * ends a span. Pure.
 */
function silentSpans(intervals: readonly LoadInterval[]): Span[] {
    const spans: Span[] = [];
    let open: Span | undefined;
    for (const { at, seconds, intended, acknowledged } of intervals) {
        if (acknowledged > 0) open = undefined;
        else if (intended > 0) {
            if (open) open.to = at;
            else {
                open = { from: at - seconds * 1000, to: at };
                spans.push(open);
            }
        }
    }
    return spans;
}

const widestOf = (spans: readonly Span[]) =>
    spans.reduce<Span | undefined>(
        (best, one) => (best && best.to - best.from >= one.to - one.from ? best : one),
        undefined,
    );

/** The load generator retries nothing: what M3 does not acknowledge at once is a gap, as it is for a sender without a buffer. */
export const writeGap = figure({
    id: "write-gap",
    name: "the longest time without an acknowledged sample",
    title: "M3 goes on to take samples",
    unit: "s",
    better: "less",
    evidence: [{ file: runFiles.load, what: "acknowledged samples, second by second" }],
    of({ load }) {
        if (load.length === 0) return { value: null, text: "not measured", why: "the run has no writes" };
        const widest = widestOf(silentSpans(load));
        if (!widest) return { value: 0, text: "none: samples were acknowledged in every second" };
        const value = (widest.to - widest.from) / 1000;
        return { value, text: `${value.toFixed(0)} s, from ${clockOf(widest.from)} to ${clockOf(widest.to)} UTC` };
    },
});

const collected = [{ file: runFiles.run, what: "the series up, in Prometheus and in M3" }];
const notAsked = { value: null, text: "not measured", why: "neither Prometheus nor M3 was asked after the run" };

interface Silence extends Span {
    where: string;
}

/** So many intervals may pass until a first sample, or after the last: one always may, and a machine that is busy is late. */
const patience = 2;

/**
 * Where no series at all has a sample, from the first step's begin (before it, an environment may still have been coming up) and to the end of
 * the last one. A single series may begin and end as it should. Pure.
 */
function silentEnds(
    { from, to, intervalSeconds, ...sides }: Collection,
    side: "prometheus" | "m3",
    events: readonly RunEvent[],
): Silence[] {
    const { oldest, newest } = sides[side];
    if (oldest === undefined || newest === undefined) return [];
    const begin = events.find(({ kind }) => kind === "phase")?.at ?? from;
    return [
        { from: begin, to: oldest, where: "no series has a sample at the beginning" },
        { from: newest, to, where: "no series has a sample at the end" },
    ].filter((span) => span.to - span.from > patience * intervalSeconds * 1000);
}

function sideGap(side: "prometheus" | "m3", id: string, name: string, title: string) {
    return figure({
        id,
        name,
        title,
        unit: "s",
        better: "less",
        evidence: collected,
        of({ run: { collection }, events }) {
            if (!collection) return notAsked;
            const { series, samples, widest, error } = collection[side];
            if (error !== undefined || widest === null)
                return { value: null, text: "not measured", why: error ?? "no series up has two samples in that time" };
            const inside: Silence = { from: widest.from, to: widest.to, where: `widest in ${widest.series}` };
            const gap = silentEnds(collection, side, events).reduce(
                (most, one) => (one.to - one.from > most.to - most.from ? one : most),
                inside,
            );
            // Between two samples there is always one interval: what is beyond it is the gap.
            const value = Math.max(0, (gap.to - gap.from) / 1000 - collection.intervalSeconds);
            const of = `${samples} samples of ${series} series, one every ${collection.intervalSeconds} s`;
            if (value < collection.intervalSeconds / 2) return { value: 0, text: `none (${of})` };
            const when = `${clockOf(gap.from)} to ${clockOf(gap.to)} UTC`;
            return { value, text: `${value.toFixed(0)} s (${of})`, why: `${gap.where}, ${when}` };
        },
    });
}

export const collectionGap = {
    /** Whether Prometheus went on to scrape. */
    prometheus: sideGap(
        "prometheus",
        "collection-gap-prometheus",
        "gap in what Prometheus collected",
        "Prometheus goes on to collect",
    ),
    /** Whether what it scraped arrived. */
    m3: sideGap(
        "m3",
        "collection-gap-m3",
        "gap in what M3 has of Prometheus",
        "what Prometheus collects arrives in M3",
    ),
};

/** Counted, not guessed: each sample that Prometheus has is looked for in M3. */
export const collectionLost = figure({
    id: "collection-lost",
    name: "samples that Prometheus has and M3 has not",
    title: "M3 has every sample that Prometheus collected",
    unit: "samples",
    better: "less",
    evidence: collected,
    of({ run: { collection } }) {
        if (!collection) return notAsked;
        const error = collection.prometheus.error ?? collection.m3.error;
        if (error !== undefined) return { value: null, text: "not measured", why: error };
        if (collection.prometheus.samples === 0)
            return { value: null, text: "not measured", why: "Prometheus has no sample of up in that time" };
        const late = collection.late === undefined ? "" : ` (${collection.late} were there only at a later look)`;
        const text = `${collection.lost} of ${collection.prometheus.samples} samples of up${late}`;
        const why = (collection.missing ?? []).map(missingText).join("; ");
        return { value: collection.lost, text, ...(why === "" ? {} : { why }) };
    },
});

function missingText({ series, samples, from, to, copies, error }: MissingSeries): string {
    const held = Object.entries(copies).map(([pod, count]) => `${pod} has ${count}`);
    const where = [...held, ...(error === undefined ? [] : [error])].join(", ");
    return `${series}: ${samples} from ${clockOf(from)} to ${clockOf(to)} UTC (${where})`;
}

export const remoteWriteLag = figure({
    id: "remote-write-lag",
    name: "the longest lag of Prometheus's remote write",
    title: "Prometheus's remote write keeps up",
    unit: "s",
    better: "less",
    evidence: [{ file: runFiles.watch, what: "prometheus.lagSeconds" }],
    of({ watch }) {
        const lags = watch.flatMap(({ prometheus }) => prometheus?.lagSeconds ?? []);
        if (lags.length === 0)
            return { value: null, text: "not measured", why: "Prometheus did not tell of its remote write" };
        // Not Math.max: a long run has more looks than a call takes arguments.
        const value = lags.reduce((most, lag) => Math.max(most, lag));
        return { value, text: `${value.toFixed(1)} s at most, in ${lags.length} looks` };
    },
});
