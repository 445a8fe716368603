import type { LoadInterval } from "../../../agent/load/types.ts";
import { quantileMs } from "../../load/latency.ts";
import { type Totals, totalsOf } from "../../load/totals.ts";
import type { Point } from "../../watch/plot/traces.ts";
import { coresText, countText, millisecondsText } from "../../watch/view/numbers.ts";
import { type Chart, mostSlots } from "./chart.ts";
import { type Slot, slotsOf } from "./slots.ts";

/** Outcomes look the same for writes and reads. */
const outcomes = [
    { name: "intended", of: (totals: Totals) => totals.intended, stroke: 7, always: true },
    { name: "acknowledged", of: (totals: Totals) => totals.acknowledged, stroke: 0, always: true },
    { name: "refused", of: (totals: Totals) => totals.refused, stroke: 1, always: true },
    { name: "no answer in time", of: (totals: Totals) => totals.unknown, stroke: 3, always: false },
    { name: "not sent (too much waited)", of: (totals: Totals) => totals.unsent, stroke: 5, always: false },
];

/** The highest first: those that matter more are drawn over it. */
const percentiles = [
    { name: "highest", q: 1, stroke: 7 },
    { name: "p99", q: 0.99, stroke: 1 },
    { name: "p90", q: 0.9, stroke: 2 },
    { name: "p50", q: 0.5, stroke: 0 },
];

/** What the load generator or the reader was answered. Pure. */
export function loadCharts(
    kind: "write" | "read",
    intervals: LoadInterval[],
    { from, to }: { from: number; to: number },
): Chart[] {
    const slots = slotsOf(intervals, from, to, mostSlots);
    const [what, Title, one] = kind === "write" ? ["samples", "Writes", "requests"] : ["queries", "Reads", "queries"];
    const rate = (of: (totals: Totals) => number) =>
        pointsOf(slots, (totals) => (totals.seconds > 0 ? of(totals) / totals.seconds : null));
    const gapMs = gapOf(slots);
    const all = totalsOf(intervals);
    const some = (points: Point[]) => points.some(([, value]) => value !== null && value > 0);
    const throughput = outcomes
        .map(({ name, of, stroke, always }) => ({
            name,
            points: rate(of),
            stroke,
            always,
            mean: of(all) / (all.seconds || 1),
        }))
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
/** The whole text is in the table of errors. */
const cut = (text: string) => (text.length > 90 ? `${text.slice(0, 89)}…` : text);

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
        .map((text, index) => ({ name: cut(text), points: rate((errors) => errors[text] ?? 0), stroke: index + 1 }));
    const others = texts.slice(shownErrors);
    if (others.length === 0) return shown;
    const together = rate((errors) => others.reduce((sum, text) => sum + (errors[text] ?? 0), 0));
    return [...shown, { name: `${others.length} other texts`, points: together, stroke: 7 }];
}

/** Whether it was the generator that could not keep up. */
export function generatorCharts(intervals: LoadInterval[], { from, to }: { from: number; to: number }): Chart[] {
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
