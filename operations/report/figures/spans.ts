import type { RunEvent } from "../../scenarios/types.ts";
import type { LoadedRun } from "../read.ts";

/** A stretch of the run: a step of the scenario, or a time in which something was broken. */
export interface Span {
    /** "P1", "F2": what it is called in every chart. */
    label: string;
    title: string;
    target?: string;
    from: number;
    to: number;
    /** Nothing tells its end: it is drawn to the run's. */
    open: boolean;
}

/** The run's time: from its start to its end, or to the last that is known of a run that has none. Never without width. Pure. */
export function periodOf({ run, events, load, reads, watch }: LoadedRun): { from: number; to: number } {
    const last = [events, load, reads, watch].map((list) => list.at(-1)?.at ?? run.startedAt);
    const until = events.flatMap((event) => event.until ?? []);
    const to = run.endedAt ?? Math.max(...last, ...until.map((at) => Math.min(at, Math.max(...last))));
    return { from: run.startedAt, to: Math.max(to, run.startedAt + 1000) };
}

/** Steps, each to its own end, or to where the next one begins. Pure. */
export function phasesOf(events: readonly RunEvent[], end: number): Span[] {
    const phases = events.filter(({ kind }) => kind === "phase");
    return phases.map((event, index) => spanOf(event, `P${index + 1}`, event.until ?? phases[index + 1]?.at, end));
}

/** Faults, each to its own end, or to the first heal of the same target after it. Pure. */
export function faultsOf(events: readonly RunEvent[], end: number): Span[] {
    const heals = events.filter(({ kind }) => kind === "heal");
    return events
        .filter(({ kind }) => kind === "fault")
        .map((event, index) => {
            const healed = heals.find(({ at, target }) => at >= event.at && target === event.target);
            return spanOf(event, `F${index + 1}`, event.until ?? healed?.at, end);
        });
}

function spanOf(event: RunEvent, label: string, until: number | undefined, end: number): Span {
    const target = event.target === undefined ? {} : { target: event.target };
    const to = Math.min(Math.max(until ?? end, event.at), Math.max(end, event.at));
    return { label, title: event.title, ...target, from: event.at, to, open: until === undefined };
}
