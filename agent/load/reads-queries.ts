/** The queries of a query load, as pure functions: what a dashboard, a rule and a Prometheus with remote read ask for. */
import { varint } from "../remote-write.ts";
import { queriesOfRound, type ReadPlan, stepOf } from "./reads-plan.ts";
import { type Kind, kindOf, metricNames, slotsPerBlock, slotsPerGroup } from "./series.ts";
import type { LoadPlan } from "./types.ts";

export type Query =
    | { kind: "dashboard"; promql: string; start: number; end: number; step: number }
    | { kind: "rule"; promql: string; time: number }
    /** Equality of labels; times in ms. */
    | { kind: "remoteRead"; matchers: { name: string; value: string }[]; startMs: number; endMs: number };

/** ms that remote read fetches, and rules look over. */
const recent = 5 * 60_000;

/** What graphs and rules are made of; `window` of a rate. Each is for the kinds of series that it reads. */
const graphs: { kind: Kind; promql(selector: Record<string, string>, window: string): string }[] = [
    { kind: "counter", promql: ({ counter }, window) => `sum by (tenant) (rate(${counter}[${window}]))` },
    {
        kind: "histogram",
        promql: ({ bucket }, window) => `histogram_quantile(0.99, sum by (le) (rate(${bucket}[${window}])))`,
    },
    { kind: "gauge", promql: ({ gauge }) => `avg by (tenant) (${gauge})` },
    { kind: "counter", promql: ({ counter }, window) => `topk(5, rate(${counter}[${window}]))` },
    {
        kind: "histogram",
        promql: ({ sum, count }, window) => `sum(rate(${sum}[${window}])) / sum(rate(${count}[${window}]))`,
    },
    { kind: "gauge", promql: ({ gauge }, window) => `max by (group) (max_over_time(${gauge}[${window}]))` },
];
const rules: typeof graphs = [
    { kind: "counter", promql: ({ counter }, window) => `sum by (tenant, group) (rate(${counter}[${window}])) > 0` },
    { kind: "gauge", promql: ({ gauge }) => `count by (tenant) (${gauge})` },
    {
        kind: "histogram",
        promql: ({ bucket }, window) => `histogram_quantile(0.9, sum by (le, tenant) (rate(${bucket}[${window}])))`,
    },
];

/** Makes the n-th query of a load (n from 0), at the time when it is due. */
export function queriesOf(plan: ReadPlan): (n: number, time: number) => Query {
    const { load, rangesMs, groupsPerRule } = plan;
    const groups = groupsByKind(load);
    const order = orderOf(plan.mix);
    const asked = {
        graphs: graphs.filter(({ kind }) => groups[kind].length > 0),
        rules: rules.filter(({ kind }) => groups[kind].length > 0),
    };
    return (n, time) => {
        const kind = order[n % queriesOfRound] ?? "dashboard";
        // The how manieth of its kind, over all rounds.
        const before = order.slice(0, n % queriesOfRound).filter((one) => one === kind).length;
        const turn = Math.floor(n / queriesOfRound) * order.filter((one) => one === kind).length + before;
        if (kind === "remoteRead") return remoteRead(load, turn, time);
        const list = kind === "dashboard" ? asked.graphs : asked.rules;
        const one = list[turn % list.length];
        if (!one) throw new Error("a load without series");
        const all = groups[one.kind];
        const first = Math.floor(turn / list.length);
        if (kind === "rule") {
            const chosen = Array.from(
                { length: Math.min(groupsPerRule, all.length) },
                (_, at) => all[(first + at) % all.length] ?? 0,
            );
            return { kind, promql: one.promql(selectors(load, chosen), windowOf(load, 0)), time: time / 1000 };
        }
        // Moved on by one after each turn of the graphs: every graph gets every range.
        const range = rangesMs[(turn + first) % rangesMs.length] ?? recent;
        const step = stepOf(plan, range);
        // Dashboards align the end with the step, so that points do not move from one refresh to the next.
        const end = Math.floor(time / 1000 / step) * step;
        const promql = one.promql(selectors(load, [all[first % all.length] ?? 0]), windowOf(load, step * 1000));
        return { kind, promql, start: end - Math.ceil(range / 1000 / step) * step, end, step };
    };
}

/** Kinds of one round in an order that spreads each evenly. */
function orderOf({ dashboards, rules: rule, remoteRead: remote }: ReadPlan["mix"]): Query["kind"][] {
    const shares = { dashboard: dashboards, rule, remoteRead: remote };
    const kinds = Object.keys(shares) as Query["kind"][];
    const given = new Map(kinds.map((kind) => [kind, 0]));
    return Array.from({ length: queriesOfRound }, (_, n) => {
        const behind = (kind: Query["kind"]) => shares[kind] * (n + 1) - (given.get(kind) ?? 0);
        const next = kinds.reduce((most, kind) => (behind(kind) > behind(most) + 1e-9 ? kind : most));
        given.set(next, (given.get(next) ?? 0) + 1);
        return next;
    });
}

/** Groups in which a kind of series is, so that no query is empty for want of any. */
function groupsByKind(load: LoadPlan): Record<Kind, number[]> {
    const groups: Record<Kind, Set<number>> = { counter: new Set(), gauge: new Set(), histogram: new Set() };
    for (let slot = 0; slot < load.series; slot += slotsPerBlock) {
        groups[kindOf(load, slot)].add(Math.floor(slot / slotsPerGroup));
    }
    return { counter: [...groups.counter], gauge: [...groups.gauge], histogram: [...groups.histogram] };
}

/** Metric names with the labels that pick these groups of a run. */
function selectors({ run }: LoadPlan, groups: number[]): Record<string, string> {
    const labels = groups.length === 1 ? `group="${groups[0]}"` : `group=~"${groups.join("|")}"`;
    return Object.fromEntries(
        Object.entries(metricNames).map(([key, name]) => [key, `${name}{run="${run}",${labels}}`]),
    );
}

/** Window of a rate: four samples at least, as Grafana's $__rate_interval, and no shorter than the step. */
const windowOf = ({ intervalMs }: LoadPlan, stepMs: number) =>
    `${Math.max(Math.ceil((4 * intervalMs) / 1000), Math.ceil(stepMs / 1000))}s`;

function remoteRead({ run, series }: LoadPlan, turn: number, time: number): Query {
    const group = turn % Math.ceil(series / slotsPerGroup);
    const matchers = [
        { name: "run", value: run },
        { name: "group", value: String(group) },
    ];
    return { kind: "remoteRead", matchers, startMs: Math.floor(time) - recent, endMs: Math.floor(time) };
}

/** A protobuf ReadRequest (prompb/remote.proto) with one query; not yet compressed. */
export function readRequest({ matchers, startMs, endMs }: Extract<Query, { kind: "remoteRead" }>): Buffer {
    const bytes = (number: number, content: Buffer) => [
        Buffer.from([(number << 3) | 2]),
        varint(content.length),
        content,
    ];
    const whole = (number: number, value: number) => [Buffer.from([number << 3]), varint(value)];
    // A matcher's type 0, equal, is the default and not sent.
    const matcher = ({ name, value }: (typeof matchers)[number]) =>
        Buffer.concat([...bytes(2, Buffer.from(name)), ...bytes(3, Buffer.from(value))]);
    const query = Buffer.concat([
        ...whole(1, startMs),
        ...whole(2, endMs),
        ...matchers.flatMap((one) => bytes(3, matcher(one))),
    ]);
    return Buffer.concat(bytes(1, query));
}
