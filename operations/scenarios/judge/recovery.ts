import type { LoadInterval } from "../../../agent/load/types.ts";
import type { Sample } from "../../watch/sample.ts";
import { type RunData, type RunEvent, runFiles } from "../types.ts";
import { figure } from "./objective.ts";

/** Throughput counts as back from here on, over so many intervals. */
const enough = 0.95;
const steady = 5;

/** Whether all nodes and M3's own pods are as they should be. A pod that ends as it should (a Job's) has no say. */
const well = ({ nodes, pods }: Sample) =>
    nodes.length > 0 &&
    nodes.every(({ ready }) => ready) &&
    pods.filter(({ component }) => component !== "other").every(({ ready }) => ready);

/**
 * When writes are back to what is intended, and stay so for some intervals: the first one's begin. Null: not before `until`. An interval in
 * which nothing is due says nothing. Pure.
 */
function writesBackAt(load: readonly LoadInterval[], from: number, until: number): number | null {
    const due = load.filter(({ at, seconds, intended }) => at - seconds * 1000 >= from && at <= until && intended > 0);
    for (let index = 0; index + steady <= due.length; index++) {
        const window = due.slice(index, index + steady);
        const [first] = window;
        const share =
            window.reduce((sum, one) => sum + one.acknowledged, 0) / window.reduce((sum, one) => sum + one.intended, 0);
        const none = window.every(({ acknowledged, intended }) => acknowledged >= enough * intended);
        if (first && none && share >= enough) return first.at - first.seconds * 1000;
    }
    return null;
}

/** When nodes and pods are well, and no later look before `until` says otherwise. Null: never. Pure. */
function wellFrom(watch: readonly Sample[], from: number, until: number): number | null {
    let since: number | null = null;
    for (const sample of watch) {
        if (sample.at < from || sample.at > until) continue;
        if (!well(sample)) since = null;
        else since ??= sample.at;
    }
    return since;
}

/** Seconds from when a heal began until writes and cluster are as before; null: not until the next fault or the end. Pure. */
function recoveryOf(heal: RunEvent, { events, load, watch, run }: RunData): number | null {
    const next = events.find(({ kind, at }) => kind === "fault" && at > heal.at);
    const until = next?.at ?? run.endedAt ?? Number.POSITIVE_INFINITY;
    const cluster = wellFrom(watch, heal.at, until);
    if (cluster === null) return null;
    const writes = load.length === 0 ? heal.at : writesBackAt(load, heal.at, until);
    return writes === null ? null : (Math.max(cluster, writes) - heal.at) / 1000;
}

export const recovery = figure({
    id: "recovery-time",
    name: "time from the heal until writes, nodes and pods are as before",
    title: "the environment recovers in time",
    unit: "s",
    better: "less",
    evidence: [
        { file: runFiles.events, what: "faults and heals" },
        { file: runFiles.watch, what: "nodes and pods" },
        { file: runFiles.load, what: "acknowledged samples" },
    ],
    of(data) {
        const heals = data.events.filter(({ kind }) => kind === "heal");
        if (heals.length === 0) return { value: null, text: "not measured", why: "nothing was healed" };
        const times = heals.map((heal) => ({ heal, seconds: recoveryOf(heal, data) }));
        const never = times.find(({ seconds }) => seconds === null);
        if (never) {
            return {
                value: null,
                text: "not recovered within the run",
                why: `after "${never.heal.title}" of ${never.heal.target ?? "the environment"}`,
            };
        }
        const all = times.map(({ seconds }) => seconds ?? 0);
        const value = Math.max(...all);
        const each = times.map(({ heal, seconds }) => `${heal.target}: ${seconds?.toFixed(0)} s`).join(", ");
        return { value, text: `${value.toFixed(0)} s${times.length > 1 ? ` (${each})` : ""}` };
    },
});
