import { type LoadedRun, loadRun } from "../read.ts";
import { type Difference, differencesOf } from "./differences.ts";
import { type Judgement, judge, type Spread, spreadOf } from "./judge.ts";
import { type Value, valuesOf } from "./values.ts";

/** The runs that one word named. */
export interface Side {
    /** "A", "B": what it is called in tables. */
    label: string;
    name: string;
    runs: LoadedRun[];
    /** Runs that did not come to their end: their figures are of another kind, and left out. */
    left: LoadedRun[];
}

/** One figure of all sides; each side after the first is held against the first. */
export interface Row extends Omit<Value, "value"> {
    values: number[][];
    spreads: (Spread | null)[];
    /** Of the second side, the third …; null where a side has no such value. */
    judgements: (Judgement | null)[];
}

export interface Comparison {
    sides: Side[];
    rows: Row[];
    differences: Difference[];
}

export async function sideOf(label: string, name: string, folders: readonly string[]): Promise<Side> {
    const all = await Promise.all(folders.map((folder) => loadRun(folder)));
    const ended = ({ run }: LoadedRun) => run.state === "passed" || run.state === "failed";
    return { label, name, runs: all.filter(ended), left: all.filter((one) => !ended(one)) };
}

/** Pure. */
export function compared(sides: Side[]): Comparison {
    const found = sides.map(({ runs }) => runs.map(valuesOf));
    const rows = new Map<string, Omit<Value, "value">>();
    for (const { value: _, ...row } of found.flat(2)) if (!rows.has(keyOf(row))) rows.set(keyOf(row), row);
    return {
        sides,
        rows: [...rows].map(([key, row]) => {
            const values = found.map((runs) =>
                runs.flatMap((run) => run.filter((one) => keyOf(one) === key).map(({ value }) => value)),
            );
            const [first = [], ...others] = values;
            const judgements = others.map((other) =>
                first.length > 0 && other.length > 0 ? judge(first, other) : null,
            );
            return { ...row, values, spreads: values.map(spreadOf), judgements };
        }),
        differences: differencesOf(sides.map(({ runs }) => runs)),
    };
}

/** A figure in another unit is another figure. */
const keyOf = ({ verdict, id, unit }: Omit<Value, "value">) => `${verdict} ${id} ${unit}`;
