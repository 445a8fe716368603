import type { RunEvent } from "../../scenarios/types.ts";
import type { LoadedRun } from "../read.ts";

/** A stretch of the run: a step of the scenario, a time in which something was broken, or one in which it came to be well again. */
export interface Span {
    kind: "phase" | "fault" | "heal";
    /** "P1", "F2", "H2" (the heal of F2): what it is called in every chart. */
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

/** Faults, each until its heal begins, or to its own end. Pure. */
export function faultsOf(events: readonly RunEvent[], end: number): Span[] {
    return events
        .filter(({ kind }) => kind === "fault")
        .map((event, index) => {
            const ends = [healOf(event, events)?.at, event.until].filter((at) => at !== undefined);
            return spanOf(event, `F${index + 1}`, ends.length > 0 ? Math.min(...ends) : undefined, end);
        });
}

/** Heals, each from where it begins to where all was well again; one of which no end is told is a moment. Pure. */
export function healsOf(events: readonly RunEvent[], end: number): Span[] {
    const faults = events.filter(({ kind }) => kind === "fault");
    const heals = events.filter(({ kind }) => kind === "heal");
    return heals.map((event, index) => {
        const healed = faults.findLastIndex((fault) => healOf(fault, events) === event);
        return spanOf(
            event,
            healed < 0 ? `H${faults.length + index + 1}` : `H${healed + 1}`,
            event.until ?? event.at,
            end,
        );
    });
}

/** The one that names the fault (scenarios/faults/book.ts), since a target may have several at the same time; else the target's next. */
function healOf(fault: RunEvent, events: readonly RunEvent[]): RunEvent | undefined {
    const heals = events.filter(({ kind, at, target }) => kind === "heal" && at >= fault.at && target === fault.target);
    return heals.find(({ title }) => title === `healed: ${fault.title}`) ?? heals[0];
}

function spanOf({ kind, title, target, at }: RunEvent, label: string, until: number | undefined, end: number): Span {
    const to = Math.min(Math.max(until ?? end, at), Math.max(end, at));
    const span = { kind: kind as Span["kind"], label, title, from: at, to, open: until === undefined };
    return target === undefined ? span : { ...span, target };
}
