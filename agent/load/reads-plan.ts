/** A query load beside a write load: what it asks, how often, and what may not be asked for. Pure. */
import type { LoadPlan } from "./types.ts";

export interface ReadPlan {
    /** The write load whose series are asked for. */
    load: LoadPlan;
    /** Where to, without a path: http://10.0.0.5:32558. Taken in turn. */
    urls: string[];
    queriesPerSecond: number;
    /**
     * Shares of the queries, twentieths, whose sum is 1. Dashboards: query_range over one of `rangesMs`. Rules: instant queries over the
     * last minutes. Remote read: raw samples of the last minutes, as a Prometheus fetches them.
     */
    mix: { dashboards: number; rules: number; remoteRead: number };
    /** How far back dashboards look; taken in turn. */
    rangesMs: number[];
    /** Series that a rule looks over, in hundreds (a dashboard looks at one hundred); all where there are fewer. */
    groupsPerRule: number;
    /** Queries in hand at most; more wait, and their latency counts from when they should have gone out. */
    concurrency: number;
    timeoutMs: number;
    /** Undefined: until it is ended. */
    durationMs: number | undefined;
    /**
     * This long after the start, an answer without data is an error: the write load has had time. Undefined: never. No less than the step
     * of the longest range: a graph ends at a whole step, which may be before the load's first sample.
     */
    dataAfterMs: number | undefined;
}

/** What a plan has unless told: the mix and ranges of a team that watches a few dashboards and alerts. */
export const readDefaults = {
    queriesPerSecond: 2,
    mix: { dashboards: 0.6, rules: 0.3, remoteRead: 0.1 },
    rangesMs: [15 * 60_000, 3_600_000, 6 * 3_600_000],
    groupsPerRule: 3,
    concurrency: 8,
    timeoutMs: 30_000,
    durationMs: undefined,
    dataAfterMs: undefined,
} satisfies Omit<ReadPlan, "load" | "urls">;

/** Queries of one round: each share of the mix is a whole number of them. */
export const queriesOfRound = 20;

/** A query load that asks for a write load's series, with defaults for what is not told. */
export const readPlanFor = (load: LoadPlan, urls: string[], changes: Partial<ReadPlan> = {}): ReadPlan => ({
    ...readDefaults,
    load,
    urls,
    ...changes,
});

/** The same open loop as the writes': a round is a write load of 20 samples that go out one by one, each of which stands for a query. */
export const scheduleOf = (plan: ReadPlan): LoadPlan => ({
    ...plan.load,
    series: queriesOfRound,
    replicas: 1,
    batch: 1,
    worker: { index: 0, of: 1 },
    intervalMs: (queriesOfRound * 1000) / plan.queriesPerSecond,
    durationMs: plan.durationMs,
    concurrency: plan.concurrency,
    timeoutMs: plan.timeoutMs,
    urls: plan.urls,
});

/** Points of a graph: about one each three pixels. */
const pointsOfGraph = 240;

/** Seconds from point to point of a graph over so many ms. */
export const stepOf = ({ load }: ReadPlan, range: number) =>
    Math.max(1, Math.ceil(Math.max(range / pointsOfGraph, load.intervalMs) / 1000));

/** All that is wrong with a plan, a text each: field, value, what is allowed. */
export function readPlanProblems(plan: ReadPlan): string[] {
    const problems: string[] = [];
    const within = (field: keyof ReadPlan, value: number | undefined, least: number, most: number) => {
        if (value === undefined || (value >= least && value <= most)) return;
        problems.push(`${field} = ${value}: allowed: ${least} to ${most}`);
    };
    within("queriesPerSecond", plan.queriesPerSecond, 0.01, 10_000);
    within("concurrency", plan.concurrency, 1, 1000);
    within("groupsPerRule", plan.groupsPerRule, 1, 1000);
    within("timeoutMs", plan.timeoutMs, 10, 600_000);
    within("durationMs", plan.durationMs, 100, 30 * 86_400_000);
    within("dataAfterMs", plan.dataAfterMs, 0, 86_400_000);
    for (const field of ["concurrency", "groupsPerRule"] as const) {
        if (!Number.isInteger(plan[field])) problems.push(`${field} = ${plan[field]}: allowed: whole numbers`);
    }
    if (plan.rangesMs.length === 0 && plan.mix.dashboards > 0) problems.push("rangesMs: one at least for dashboards");
    for (const range of plan.rangesMs) within("rangesMs", range, 60_000, 30 * 86_400_000);
    problems.push(...mixProblems(plan), ...urlProblems(plan));
    return problems.length > 0 ? problems : combinationProblems(plan);
}

function mixProblems({ mix }: ReadPlan): string[] {
    const shares = [mix.dashboards, mix.rules, mix.remoteRead];
    const text = `mix = dashboards ${mix.dashboards}, rules ${mix.rules}, remoteRead ${mix.remoteRead}`;
    const whole = (share: number) => Math.abs(share * queriesOfRound - Math.round(share * queriesOfRound)) < 1e-9;
    if (!shares.every((share) => share >= 0 && whole(share))) return [`${text}: allowed: steps of 0.05 from 0 on`];
    const sum = shares.reduce((total, share) => total + share, 0);
    return Math.abs(sum - 1) < 1e-9 ? [] : [`${text}: they add up to ${Math.round(sum * 100) / 100}, not 1`];
}

function urlProblems({ urls }: ReadPlan): string[] {
    if (urls.length === 0) return ["urls: one at least"];
    return urls.flatMap((text) => {
        const url = URL.canParse(text) ? new URL(text) : undefined;
        if (!url || !/^https?:$/.test(url.protocol)) return [`urls = ${text}: allowed: http://… and https://… URLs`];
        if (url.username || url.password) {
            return [`urls = ${url.host}: no user and password in it: they would be kept with the plan`];
        }
        return url.pathname === "/" ? [] : [`urls = ${text}: without a path, which each kind of query has its own`];
    });
}

/** The least `dataAfterMs`: the longest step of a graph and two intervals. Before, an answer may be empty. */
export function earliestDataMs(plan: ReadPlan): number {
    const step = plan.mix.dashboards > 0 ? Math.max(...plan.rangesMs.map((range) => stepOf(plan, range))) * 1000 : 0;
    return step + 2 * plan.load.intervalMs;
}

/** Values that do not go together, each right by itself. */
function combinationProblems(plan: ReadPlan): string[] {
    const problems: string[] = [];
    const most = Math.ceil((plan.queriesPerSecond * plan.timeoutMs) / 1000) + 1;
    if (plan.concurrency > most) {
        problems.push(
            `concurrency = ${plan.concurrency} with ${plan.queriesPerSecond} queries a second and timeoutMs ${plan.timeoutMs}: at most ${most} can be in hand before the first has timed out`,
        );
    }
    const { durationMs, dataAfterMs } = plan;
    if (durationMs !== undefined && dataAfterMs !== undefined && dataAfterMs >= durationMs) {
        problems.push(`dataAfterMs = ${dataAfterMs} with durationMs ${durationMs}: it would never be looked for`);
    }
    const least = earliestDataMs(plan);
    if (dataAfterMs !== undefined && dataAfterMs < least) {
        problems.push(
            `dataAfterMs = ${dataAfterMs}: at least ${least}, the longest step of a graph and two intervals; before, an answer may be empty`,
        );
    }
    if (durationMs !== undefined && durationMs * plan.queriesPerSecond < 1000) {
        problems.push(
            `durationMs = ${durationMs} with ${plan.queriesPerSecond} queries a second: not one would go out`,
        );
    }
    return problems;
}
