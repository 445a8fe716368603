import type { RunData, Verdict } from "../types.ts";

/** What was found of one figure in a run. */
export interface Measured {
    /** Null: it could not be told, and `text` says why. */
    value: number | null;
    text: string;
    why?: string;
}

/** One figure of a run. */
export interface Measure {
    id: string;
    /** The figure's name: "samples lost". */
    name: string;
    /** The objective as a sentence, where one is set: "no acknowledged sample is lost". */
    title: string;
    unit: string;
    better: Verdict["better"];
    evidence: Verdict["evidence"];
    of(data: RunData): Measured;
}

export interface Objective {
    measure: Measure;
    /** Undefined: it is only told. */
    limit?: { text: string; holds(value: number): boolean };
}

/** A figure as scenario files use it. Limits are in the figure's unit; a time is written as "30s". */
export function figure(measure: Measure) {
    return {
        measure,
        is: (value: number): Objective => ({
            measure,
            limit: { text: withUnit(value, measure.unit), holds: (seen) => seen === value },
        }),
        atMost: (value: number): Objective => ({
            measure,
            limit: { text: `at most ${withUnit(value, measure.unit)}`, holds: (seen) => seen <= value },
        }),
        atLeast: (value: number): Objective => ({
            measure,
            limit: { text: `at least ${withUnit(value, measure.unit)}`, holds: (seen) => seen >= value },
        }),
        reported: (): Objective => ({ measure }),
    };
}

const withUnit = (value: number, unit: string) =>
    `${Number.isInteger(value) ? value : value.toFixed(Math.abs(value) < 10 ? 2 : 1)} ${unit}`;

/** The verdicts on a run. An objective on a figure that could not be told does not hold. Pure. */
export function judge(objectives: Objective[], data: RunData): Verdict[] {
    return objectives.map(({ measure, limit }) => {
        const { value, text, why } = measured(measure, data);
        const { id, name, title, unit, better, evidence } = measure;
        return {
            id,
            title: limit ? title : name,
            ok: limit ? value !== null && limit.holds(value) : null,
            measured: text,
            objective: limit?.text ?? null,
            value,
            unit,
            better,
            ...(why === undefined ? {} : { why }),
            evidence,
        };
    });
}

function measured(measure: Measure, data: RunData): Measured {
    try {
        return measure.of(data);
    } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        return { value: null, text: "not measured", why: `it could not be worked out: ${what}` };
    }
}
