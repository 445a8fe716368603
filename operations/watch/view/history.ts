import { type Component, type ProcessFigures, pageMs, type Sample } from "../sample.ts";

/** What the lines of bars on the screen show: a few figures of the last samples, the newest last. */
export interface History {
    samples: Partial<Record<Component, (number | null)[]>>;
    lag: (number | null)[];
}

export const noHistory: History = { samples: {}, lag: [] };
const kept = 120;

/** Pure. */
export function withSample(history: History, sample: Sample): History {
    const kinds = [...new Set(sample.processes.map(({ component }) => component))];
    const samples = Object.fromEntries(
        kinds.map((kind) => {
            const now = sumOf(answering(sample, kind), "samples");
            return [kind, [...(history.samples[kind] ?? []), now].slice(-kept)];
        }),
    );
    return { samples, lag: [...history.lag, sample.prometheus?.lagSeconds ?? null].slice(-kept) };
}

export const ofComponent = ({ processes }: Sample, component: Component) =>
    processes.filter((process) => process.component === component);

/**
 * Whether what a process told is of the present: it is asked at the latest every half a minute, or every interval where that is longer, and has
 * seconds for its answer. One that does not answer any more has no rate, whatever its last one was.
 */
export const isPresent = (taken: number | null, now: number, intervalSeconds: number) =>
    taken !== null && now - taken < 1.5 * Math.max(pageMs.calm, intervalSeconds * 1000);

/** Of a component, the processes whose figures are of the present. */
export const answering = (sample: Sample, component: Component, now = sample.at) =>
    ofComponent(sample, component).filter((process) => isPresent(process.at, now, sample.intervalSeconds));

type Summed = "samples" | "writes" | "reads" | "errors";

/** Sum over processes; unknown when none of them knows it. */
export function sumOf(processes: ProcessFigures[], figure: Summed): number | null {
    const values = processes.flatMap((process) => process[figure] ?? []);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

/** The largest; unknown when none knows it. */
export function mostOf(values: (number | null)[]): number | null {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
}

/** Age of the oldest figure in seconds; unknown when there is none. */
export function oldest(times: (number | null)[], now: number): number | null {
    const known = times.filter((time) => time !== null);
    return known.length === 0 ? null : Math.max(0, (now - Math.min(...known)) / 1000);
}
