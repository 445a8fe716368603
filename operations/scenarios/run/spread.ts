import type { Verdict } from "../types.ts";

export interface Spread {
    id: string;
    name: string;
    unit: string;
    min: number;
    median: number;
    max: number;
    /** Runs that have the figure. */
    runs: number;
}

/** Of each figure that runs have: the least, the middle and the most of it, in the order of the first run. Pure. */
export function spreadOf(runs: Verdict[][]): Spread[] {
    const ids = [...new Set(runs.flatMap((verdicts) => verdicts.map(({ id }) => id)))];
    return ids.flatMap((id) => {
        const all = runs.flatMap((verdicts) => verdicts.find((one) => one.id === id) ?? []);
        const values = all.flatMap(({ value }) => (value === null ? [] : [value])).sort((a, b) => a - b);
        const [first, last] = [values[0], values.at(-1)];
        if (first === undefined || last === undefined) return [];
        const upper = values[Math.floor(values.length / 2)] ?? first;
        const lower = values[Math.floor((values.length - 1) / 2)] ?? first;
        const { title, unit } = all[0] ?? { title: id, unit: "" };
        return [{ id, name: title, unit, min: first, median: (lower + upper) / 2, max: last, runs: values.length }];
    });
}

const text = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1));

export function spreadLines(spread: Spread[]): string[] {
    const rows = spread.map(({ name, unit, min, median, max, runs }) => [
        name,
        `${text(min)} / ${text(median)} / ${text(max)} ${unit}`,
        `${runs} runs`,
    ]);
    const width = (column: number) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0));
    return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(width(column))).join("  ")}`.trimEnd());
}
