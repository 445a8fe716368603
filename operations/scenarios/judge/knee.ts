import type { LoadInterval } from "../../../agent/load/types.ts";
import { quantileMs } from "../../load/latency.ts";
import { totalsOf } from "../../load/totals.ts";
import type { Sample } from "../../watch/sample.ts";
import { type RunData, runFiles } from "../types.ts";
import { figure } from "./objective.ts";

/** What counts as beyond the knee. */
export interface KneeBounds {
    /** Share of the intended samples that have to be acknowledged. */
    share: number;
    p99Ms: number;
}
/**
 * p99: an interval of the ramp's series. Beyond it M3 is a whole sample behind, which is what lagging means; a shorter stall (garbage collection, a
 * disk that syncs) is no knee: in the lab p99 is 1.4 to 4.5 s at rates that take half of the CPU.
 */
const kneeBounds: KneeBounds = { share: 0.95, p99Ms: 5000 };

/** One rate of a ramp. */
export interface RateStep {
    /** Samples a second, intended and acknowledged. */
    intended: number;
    acknowledged: number;
    refused: number;
    unknown: number;
    unsent: number;
    p99Ms: number | null;
    /** Why it is beyond the knee; undefined: it is not. */
    beyond?: string;
}

/** The figures of one rate's intervals. Pure. */
export function rateStep(intervals: readonly LoadInterval[], bounds: KneeBounds = kneeBounds): RateStep {
    const { intended, acknowledged, refused, unknown, unsent, ...totals } = totalsOf(intervals);
    const seconds = totals.seconds || 1;
    const p99Ms = quantileMs(totals.latency, 0.99);
    const why = [
        ...(refused > 0 ? [`${refused} samples refused`] : []),
        ...(unknown > 0 ? [`${unknown} samples without an answer in time`] : []),
        ...(unsent > 0 ? [`${unsent} samples not sent, since too many waited`] : []),
        ...(intended > 0 && acknowledged < bounds.share * intended
            ? [`${((acknowledged / intended) * 100).toFixed(0)} % of the intended samples acknowledged`]
            : []),
        ...(p99Ms !== null && p99Ms > bounds.p99Ms ? [`p99 ${p99Ms.toFixed(0)} ms, over ${bounds.p99Ms} ms`] : []),
        ...(intervals.length === 0 ? ["the load generator told nothing"] : []),
    ];
    return {
        intended: Math.round(intended / seconds),
        acknowledged: Math.round(acknowledged / seconds),
        refused,
        unknown,
        unsent,
        p99Ms,
        ...(why.length > 0 ? { beyond: why.join(", ") } : {}),
    };
}

/** From here on a node, a pod or the generator counts as at its limit. */
const busy = 0.85;

/** What was at its limit in a time: nodes and pods by CPU and memory, the generator by its one core; the fullest first. Pure. */
function atLimit(watch: readonly Sample[], load: readonly LoadInterval[], machineCores: number): string[] {
    const found: { share: number; text: string }[] = [];
    const tell = (what: string, used: (number | null)[], limit: number | null | undefined) => {
        const known = used.filter((value) => value !== null);
        if (!limit || known.length === 0) return;
        const share = known.reduce((a, b) => a + b, 0) / known.length / limit;
        if (share >= busy) found.push({ share, text: `${what} at ${(share * 100).toFixed(0)} % of its limit` });
    };
    const all = <T>(pick: (sample: Sample) => T[], key: (one: T) => string) => {
        const groups = new Map<string, T[]>();
        for (const sample of watch)
            for (const one of pick(sample)) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
        return groups;
    };
    for (const [name, looks] of all(
        (sample) => sample.nodes,
        (node) => node.name,
    )) {
        tell(
            `CPU of ${name}`,
            looks.map((look) => look.cpuCores),
            looks.at(-1)?.cpuCapacityCores,
        );
    }
    for (const [name, looks] of all(
        (sample) => sample.pods,
        (pod) => pod.name,
    )) {
        tell(
            `CPU of ${name}`,
            looks.map((look) => look.cpuCores),
            looks.at(-1)?.cpuLimitCores,
        );
        tell(
            `memory of ${name}`,
            looks.map((look) => look.memoryBytes),
            looks.at(-1)?.memoryLimitBytes,
        );
    }
    const nodes = watch.map(({ nodes }) => nodes.reduce((total, { cpuCores }) => total + (cpuCores ?? 0), 0));
    const generator = load.map(({ cpuSeconds, seconds }) => (seconds > 0 ? cpuSeconds / seconds : 0));
    tell("the load generator's one core", generator, 1);
    // A lab's nodes share their machine with each other and the generator.
    if (watch.some(({ nodeUsage }) => nodeUsage === "lab cgroups")) {
        const own = generator.length === 0 ? 0 : generator.reduce((a, b) => a + b, 0) / generator.length;
        tell(
            "the machine's CPU (nodes and load generator)",
            nodes.map((used) => used + own),
            machineCores,
        );
    }
    return found.sort((a, b) => b.share - a.share).map(({ text }) => text);
}

/** The rates of a run's ramp, each with its figures and its time. Pure. */
function stepsOf({ events, load }: Pick<RunData, "events" | "load">): (RateStep & { from: number; to: number })[] {
    return events.flatMap(({ rate, at, until }) => {
        if (rate === undefined || until === undefined) return [];
        const within = load.filter((one) => one.at > at && one.at <= until);
        return [{ ...rateStep(within), intended: rate, from: at, to: until }];
    });
}

export const kneeRate = figure({
    id: "knee-rate",
    name: "the highest rate that M3 took before the knee",
    title: "M3 takes this rate",
    unit: "samples/s",
    better: "more",
    evidence: [
        { file: runFiles.events, what: "the rates, as phases" },
        { file: runFiles.load, what: "what became of the samples" },
        { file: runFiles.watch, what: "CPU and memory" },
    ],
    of(data) {
        const steps = stepsOf(data);
        if (steps.length === 0) return { value: null, text: "not measured", why: "the run has no ramp" };
        const at = steps.findIndex(({ beyond }) => beyond !== undefined);
        const held = at < 0 ? steps : steps.slice(0, at);
        const value = held.at(-1)?.acknowledged ?? 0;
        const beyond = at < 0 ? undefined : steps[at];
        if (!beyond) {
            return {
                value,
                text: `${value} samples/s, and no knee`,
                why: "the highest rate that was tried still held",
            };
        }
        const within = (one: { at: number }) => one.at > beyond.from && one.at <= beyond.to;
        const limits = atLimit(data.watch.filter(within), data.load.filter(within), data.run.machine.cores);
        return {
            value,
            text: `${value} samples/s; at ${beyond.intended}: ${beyond.beyond}`,
            why: limits.length === 0 ? "no component was at its limit of CPU or memory" : limits.join("; "),
        };
    },
});
