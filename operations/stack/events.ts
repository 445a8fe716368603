import type { Span } from "./critical-path.ts";
import { type Drift, driftOf, type StepState } from "./drift.ts";

/** Engine events (`pulumi up --json`: one JSON object a line) made into short lines for a person. Pure. */

export interface EngineEvent {
    timestamp?: number;
    preludeEvent?: object;
    resourcePreEvent?: { metadata: StepMetadata; planning?: boolean };
    resOutputsEvent?: { metadata: StepMetadata; planning?: boolean };
    resOpFailedEvent?: { metadata: StepMetadata; status: number };
    diagnosticEvent?: { urn?: string; message: string; severity: string; ephemeral?: boolean };
    summaryEvent?: { durationSeconds: number; resourceChanges?: Record<string, number>; result?: string };
}

interface StepMetadata {
    op: string;
    urn: string;
    type: string;
    /** Properties by which it differs, for updates and replacements. */
    diffs?: string[] | null;
    detailedDiff?: Record<string, unknown> | null;
    old?: StepState | null;
    new?: StepState | null;
}

/** What has happened so far in one run of the engine. */
export interface Follow {
    /** Resources in work, by URN, with the second (event time) they began at. */
    running: Map<string, { text: string; since: number }>;
    done: number;
    /** When each resource that was worked on began and ended, in seconds. */
    spans: Span[];
    /** Resources by operation, as the engine sums them up; undefined until the end. */
    changes?: Record<string, number>;
    /** Error messages, each with its resource. */
    errors: string[];
    warnings: string[];
    /** Resources that a refresh is looking at, by URN. */
    looked: Set<string>;
    /** Objects that a refresh found otherwise than the state has them. */
    drift: Drift[];
}

export const startFollowing = (): Follow => ({
    running: new Map(),
    done: 0,
    spans: [],
    errors: [],
    warnings: [],
    looked: new Set(),
    drift: [],
});

const marks: Record<string, string> = {
    create: "+",
    "create-replacement": "+",
    update: "~",
    replace: "±",
    delete: "-",
    "delete-replaced": "-",
    read: "·",
    refresh: "·",
    import: "=",
};

/** "StatefulSet etcd" of a URN. */
export function nameOf(urn: string): string {
    return `${typeOf(urn).split(":").at(-1)} ${urn.split("::").at(-1)}`;
}

/** "apps/v1:StatefulSet" of a URN: its own type, without those of its parents. */
function typeOf(urn: string): string {
    return urn.split("::").at(-2)?.split("$").at(-1) ?? "";
}

const quiet = new Set(["same", "refresh", "read"]);
/** Components and providers hold no object of their own, so they are not reported. */
const virtual = (type: string) =>
    type.startsWith("pulumi:") || !/^[\w-]+:[\w-]+\/?[\w.-]*[:/]/.test(type) || type.startsWith("m3perf:");

/** Takes in one event, at a time in seconds. Returns lines to show that stay, and a note on what goes on. */
export function follow(
    state: Follow,
    event: EngineEvent,
    at: number = event.timestamp ?? 0,
): { lines: string[]; note?: string } {
    const begun = event.resourcePreEvent?.metadata;
    if (begun) {
        if (begun.op === "refresh") state.looked.add(begun.urn);
        if (!quiet.has(begun.op) && !virtual(begun.type))
            state.running.set(begun.urn, { text: nameOf(begun.urn), since: at });
        return { lines: [], ...noteOf(state) };
    }
    const ended = event.resOutputsEvent?.metadata;
    if (ended) {
        const start = state.running.get(ended.urn)?.since ?? at;
        state.running.delete(ended.urn);
        if (virtual(ended.type)) return { lines: [] };
        state.done += 1;
        // What a refresh found is told as "same", "update" or "delete", as if something had been done.
        if (state.looked.delete(ended.urn)) {
            const drift = driftOf(ended.urn, ended.old, ended.new);
            if (drift) state.drift.push(drift);
            return { lines: [], ...noteOf(state) };
        }
        if (quiet.has(ended.op)) return { lines: [], ...noteOf(state) };
        state.spans.push({ urn: ended.urn, from: start, to: at });
        const seconds = Math.round(at - start);
        const why = Object.keys(ended.detailedDiff ?? {}).concat(ended.diffs ?? []);
        const shown = [...new Set(why)].slice(0, 3).join(", ");
        const line = `${marks[ended.op] ?? ended.op} ${nameOf(ended.urn)}${shown ? ` (${shown})` : ""}${seconds >= 1 ? `, ${seconds} s` : ""}`;
        return { lines: [line], ...noteOf(state) };
    }
    const failed = event.resOpFailedEvent?.metadata;
    if (failed) {
        state.running.delete(failed.urn);
        return { lines: [`! ${nameOf(failed.urn)}: ${failed.op} failed`], ...noteOf(state) };
    }
    if (event.diagnosticEvent) return diagnostic(state, event.diagnosticEvent);
    if (event.summaryEvent) state.changes = event.summaryEvent.resourceChanges ?? {};
    return { lines: [] };
}

function diagnostic(state: Follow, { urn, message, severity, ephemeral }: NonNullable<EngineEvent["diagnosticEvent"]>) {
    const text = message.trim();
    if (severity === "debug" || text === "") return { lines: [] };
    const about = urn && !urn.includes("pulumi:pulumi:Stack::") ? `${nameOf(urn)}: ` : "";
    if (severity === "error" || severity === "info#err") {
        if (severity === "error") state.errors.push(`${about}${text}`);
        return { lines: severity === "error" ? [] : text.split("\n") };
    }
    if (severity === "warning") {
        state.warnings.push(`${about}${text}`);
        return { lines: [`warning: ${about}${text}`] };
    }
    // Providers tell what they wait for as ephemeral information, and commands what they print. What a component tells is a plan.
    const plan = !about || virtual(typeOf(urn ?? ""));
    if (ephemeral || !plan) return { lines: [], note: shortNote(`${about}${text}`) };
    return { lines: text.split("\n") };
}

function noteOf(state: Follow): { note?: string } {
    const names = [...state.running.values()].map(({ text }) => text);
    if (names.length === 0) return {};
    const shown = names.slice(0, 3).join(", ");
    return {
        note: shortNote(`${state.done} done; ${shown}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`),
    };
}

const shortNote = (text: string) => (text.length > 110 ? `${text.slice(0, 109)}…` : text).replace(/\s+/g, " ");

/** "3 created, 1 updated, 40 unchanged". Pure. */
export function changesText(changes: Record<string, number>): string {
    const words: Record<string, string> = {
        create: "created",
        update: "updated",
        delete: "deleted",
        replace: "replaced",
        same: "unchanged",
    };
    const told = Object.entries(words).flatMap(([op, word]) => (changes[op] ? [`${changes[op]} ${word}`] : []));
    const other = Object.entries(changes).flatMap(([op, n]) => (n > 0 && !(op in words) ? [`${n} ${op}`] : []));
    return [...told, ...other].join(", ") || "nothing to do";
}

/** Whether the engine changed nothing (or, at a preview, would change nothing). */
export function nothingChanged(changes: Record<string, number>): boolean {
    return Object.entries(changes).every(([op, n]) => n === 0 || quiet.has(op));
}
