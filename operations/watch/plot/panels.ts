import { components } from "../sample.ts";
import { countText } from "../view/numbers.ts";
import type { Drawn, Lines, Point } from "./traces.ts";

/** One small chart. */
export interface Panel {
    title: string;
    /** Of its figures: beside the title. */
    unit: string;
    lines: { name: string; points: Point[]; stroke: number }[];
    /** A level that matters, with its name. */
    level?: { value: number; name: string };
    /** The axis reaches at least this far. */
    atLeast: number;
    text(value: number): string;
}

/** The charts of a log, without those of which it knows nothing. Pure. */
export function panelsOf(drawn: Drawn): Panel[] {
    const percent = (value: number) => `${Math.round(value)}%`;
    const panels: (Omit<Panel, "lines"> & { from: Lines })[] = [
        { title: "CPU by component", unit: "cores", from: drawn.cpu, atLeast: 0.1, text: (value) => value.toFixed(2) },
        {
            title: "Memory, fullest pod of each component",
            unit: "% of its limit",
            from: drawn.memory,
            level: { value: 100, name: "limit: killed" },
            atLeast: 105,
            text: percent,
        },
        { title: "Samples", unit: "a second", from: drawn.samples, atLeast: 1, text: countText },
        { title: "Remote write behind", unit: "seconds", from: drawn.lag, atLeast: 10, text: countText },
        { title: "Errors and lost samples", unit: "a second", from: drawn.errors, atLeast: 1, text: countText },
        {
            title: "Memory of nodes",
            unit: "% of what the node has",
            from: drawn.nodeMemory,
            level: { value: 100, name: "full" },
            atLeast: 105,
            text: percent,
        },
    ];
    return panels.flatMap(({ from, ...panel }) => {
        const lines = [...from]
            .map(([name, points], index) => ({ name, points, stroke: strokeIndex(name, index) }))
            .filter(({ points }) => points.some(([, value]) => value !== null));
        return lines.length === 0 ? [] : [{ ...panel, lines }];
    });
}

/** A component looks the same in every chart; other lines go by their order. */
export function strokeIndex(name: string, index: number): number {
    const first = name.split(" ")[0]?.toLowerCase() ?? "";
    if (first === "remote") return strokeIndex("prometheus", index);
    const known = (components as readonly string[]).indexOf(first);
    return known < 0 ? index : known;
}
