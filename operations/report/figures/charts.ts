import type { LoadInterval } from "../../../agent/load/types.ts";
import { strokeIndex } from "../../watch/plot/panels.ts";
import type { Drawn, Lines, Point } from "../../watch/plot/traces.ts";
import { bytesText, coresText, countText, millisecondsText } from "../../watch/view/numbers.ts";
import type { LoadedRun } from "../read.ts";
import { quantileMs } from "./latency.ts";
import { type Slot, slotsOf, type Totals } from "./totals.ts";

/** One chart over the run's time. Its id is where a verdict's link leads to. */
export interface Chart {
    id: string;
    title: string;
    unit: string;
    /** What to see in it, in a sentence. */
    note?: string;
    lines: { name: string; points: Point[]; stroke: number }[];
    /** A level that matters, with its name. */
    level?: { value: number; name: string };
    /** The axis reaches at least this far. */
    atLeast: number;
    /** Figures of very different size: each step of the axis is ten times the one before. */
    log?: boolean;
    /** Figures are bytes: the axis has steps that are even in MiB and GiB. */
    bytes?: boolean;
    /** Beside a line's name: its mean, or only its highest. */
    mean?: boolean;
    /** A longer time between two points is a gap. */
    gapMs: number;
    text(value: number): string;
}

/** Lines have at most about so many points: more than a page has pixels for is of no use. */
export const mostSlots = 300;

/** The charts of a run, in the order of the page, without those of which it knows nothing. Pure. */
export function chartsOf(run: LoadedRun, drawn: Drawn, period: { from: number; to: number }): Chart[] {
    return [
        ...loadCharts("write", run.load, period),
        ...remoteWriteCharts(drawn),
        ...loadCharts("read", run.reads, period),
        ...resourceCharts(drawn),
        ...generatorCharts(run.load, period),
    ].filter(({ lines }) => lines.length > 0);
}

/** Outcomes look the same for writes and reads. */
const outcomes = [
    { name: "intended", of: (totals: Totals) => totals.intended, stroke: 7, always: true },
    { name: "acknowledged", of: (totals: Totals) => totals.acknowledged, stroke: 0, always: true },
    { name: "refused", of: (totals: Totals) => totals.refused, stroke: 1, always: true },
    { name: "no answer in time", of: (totals: Totals) => totals.unknown, stroke: 3, always: false },
    { name: "not sent (too much waited)", of: (totals: Totals) => totals.unsent, stroke: 5, always: false },
];

const percentiles = [
    { name: "p50", q: 0.5, stroke: 0 },
    { name: "p90", q: 0.9, stroke: 2 },
    { name: "p99", q: 0.99, stroke: 1 },
    { name: "highest", q: 1, stroke: 7 },
];

function loadCharts(
    kind: "write" | "read",
    intervals: LoadInterval[],
    { from, to }: { from: number; to: number },
): Chart[] {
    const slots = slotsOf(intervals, from, to, mostSlots);
    const [what, Title, one] = kind === "write" ? ["samples", "Writes", "requests"] : ["queries", "Reads", "queries"];
    const rate = (of: (totals: Totals) => number) =>
        pointsOf(slots, (totals) => (totals.seconds > 0 ? of(totals) / totals.seconds : null));
    const gapMs = gapOf(slots);
    const some = (points: Point[]) => points.some(([, value]) => value !== null && value > 0);
    const throughput = outcomes
        .map(({ name, of, stroke, always }) => ({ name, points: rate(of), stroke, always }))
        .filter(({ points, always }) => slots.length > 0 && (always || some(points)));
    const errors = errorLines(slots);
    const latency = percentiles
        .map(({ name, q, stroke }) => ({
            name,
            points: pointsOf(slots, ({ latency }) => quantileMs(latency, q)),
            stroke,
        }))
        .filter(({ points }) => some(points));
    return [
        {
            id: `${kind}s`,
            title: `${Title}: throughput`,
            unit: `${what} a second`,
            note: "What lies between the intended and the acknowledged line was refused, not answered in time or not sent.",
            lines: throughput,
            atLeast: 1,
            mean: true,
            gapMs,
            text: countText,
        },
        {
            id: `${kind}-errors`,
            title: `${Title}: errors`,
            unit: "requests a second, by text",
            lines: errors,
            atLeast: 1,
            gapMs,
            text: countText,
        },
        {
            id: `${kind}-latency`,
            title: `${Title}: latency`,
            unit: `from the intended time to the answer, of acknowledged requests (logarithmic)`,
            note: `Percentiles of each ${Math.round((slots[1]?.at ?? 0) / 1000 - (slots[0]?.at ?? 0) / 1000) || 1} s: half of the ${one} were faster than p50, one in a hundred was slower than p99.`,
            lines: latency,
            atLeast: 1,
            log: true,
            gapMs,
            text: millisecondsText,
        },
    ];
}

const shownErrors = 6;

/** The texts that came most, and all others together. */
function errorLines(slots: Slot[]): Chart["lines"] {
    const all = new Map<string, number>();
    for (const { totals } of slots) {
        for (const [text, count] of Object.entries(totals?.errors ?? {})) all.set(text, (all.get(text) ?? 0) + count);
    }
    const texts = [...all].sort(([, a], [, b]) => b - a).map(([text]) => text);
    const rate = (of: (errors: Record<string, number>) => number) =>
        pointsOf(slots, (totals) => (totals.seconds > 0 ? of(totals.errors) / totals.seconds : null));
    const shown = texts
        .slice(0, shownErrors)
        .map((text, index) => ({ name: text, points: rate((errors) => errors[text] ?? 0), stroke: index + 1 }));
    const others = texts.slice(shownErrors);
    if (others.length === 0) return shown;
    const together = rate((errors) => others.reduce((sum, text) => sum + (errors[text] ?? 0), 0));
    return [...shown, { name: `${others.length} other texts`, points: together, stroke: 7 }];
}

function remoteWriteCharts({ lag, samples, gapMs }: Drawn): Chart[] {
    return [
        {
            id: "remote-write",
            title: "Prometheus: remote write behind",
            unit: "age of the newest sample that is not sent yet, in seconds",
            lines: linesOf(lag),
            atLeast: 10,
            gapMs,
            text: countText,
        },
        {
            id: "m3-samples",
            title: "Samples as M3 and Prometheus count them",
            unit: "samples a second",
            lines: linesOf(samples),
            atLeast: 1,
            mean: true,
            gapMs,
            text: countText,
        },
    ];
}

function resourceCharts({ cpu, memory, memoryBytes, nodeCpu, nodeMemory, gapMs }: Drawn): Chart[] {
    const percent = (value: number) => `${Math.round(value)}%`;
    const share = { atLeast: 105, gapMs, text: percent };
    return [
        {
            id: "memory",
            title: "Memory against its limit",
            unit: "% of the limit, the fullest pod of each component",
            note: "Components without a limit are in the next chart and in the table of peaks.",
            lines: linesOf(memory),
            level: { value: 100, name: "limit: killed" },
            ...share,
        },
        {
            id: "memory-bytes",
            title: "Memory by component",
            unit: "all pods of a component together",
            lines: linesOf(memoryBytes),
            atLeast: 64 * 2 ** 20,
            bytes: true,
            gapMs,
            text: bytesText,
        },
        {
            id: "cpu",
            title: "CPU by component",
            unit: "cores, all pods of a component together",
            lines: linesOf(cpu),
            atLeast: 0.1,
            mean: true,
            gapMs,
            text: coresText,
        },
        {
            id: "node-memory",
            title: "Memory by node",
            unit: "% of what the node has",
            lines: linesOf(nodeMemory),
            level: { value: 100, name: "full" },
            ...share,
        },
        {
            id: "node-cpu",
            title: "CPU by node",
            unit: "% of the node's cores",
            lines: linesOf(nodeCpu),
            level: { value: 100, name: "all cores" },
            ...share,
        },
    ];
}

/** Whether it was the generator that could not keep up. */
function generatorCharts(intervals: LoadInterval[], { from, to }: { from: number; to: number }): Chart[] {
    const slots = slotsOf(intervals, from, to, mostSlots);
    const cpu = pointsOf(slots, ({ cpuSeconds, seconds }) => (seconds > 0 ? cpuSeconds / seconds : null));
    const lines = slots.length === 0 ? [] : [{ name: "load generator", points: cpu, stroke: 0 }];
    return [
        {
            id: "generator",
            title: "The load generator itself",
            unit: "cores",
            note: "Near one core it is the generator, not M3, that sets the pace.",
            lines,
            atLeast: 0.2,
            mean: true,
            gapMs: gapOf(slots),
            text: coresText,
        },
    ];
}

function pointsOf(slots: Slot[], value: (totals: Totals) => number | null): Point[] {
    return slots.map(({ at, totals }): Point => [at, totals && value(totals)]);
}

const gapOf = ([first, second]: Slot[]) => 1.5 * ((second?.at ?? 0) - (first?.at ?? 0) || 1000);

const linesOf = (lines: Lines): Chart["lines"] =>
    [...lines]
        .filter(([, points]) => points.some(([, value]) => value !== null))
        // One alone needs no telling apart: the plainest line is the best to read.
        .map(([name, points], index, all) => ({
            name,
            points,
            stroke: all.length === 1 ? 0 : strokeIndex(name, index),
        }));
