import { jsonOf } from "../../access/http.ts";
import type { QueryAnswer, Series } from "../../access/m3.ts";
import { runningConfig } from "../../access/prometheus.ts";
import type { CheckContext } from "../../checks/check.ts";
import { queryM3 } from "../../checks/data.ts";
import type { Collection, CollectionSide } from "../types.ts";
import { type Lacking, lookInto } from "./missing.ts";

/**
 * Samples may be on their way, or in replicas that did not answer in time, and a machine that a scenario has filled may let a call wait
 * too long: what M3 lacks and who did not answer is asked again so often, with so many ms between.
 */
const tries = 7;
const between = 10_000;

/** Asks Prometheus and M3 for every sample of `up` in that time (ms since 1970). A side that does not answer says why. */
export async function askCollection(context: CheckContext, from: number, to: number): Promise<Collection> {
    let late = 0;
    for (let tried = 1; ; tried += 1) {
        const { collection, lacking, external } = await askOnce(context, from, to);
        const { lost, prometheus, m3 } = collection;
        late = Math.max(late, lost);
        const silent =
            m3.error !== undefined || (prometheus.error !== undefined && !context.environment.prometheus.agent);
        if (lost === 0 && (!silent || tried === tries)) return late === 0 ? collection : { ...collection, late };
        if (tried === tries) return { ...collection, missing: await lookInto(context, lacking, external) };
        await context.pause(between);
    }
}

/** `lacking`: what of Prometheus' samples M3 did not give. */
interface Compared {
    collection: Collection;
    lacking: Lacking[];
}

type Asked = Compared & { external: Record<string, string> };

async function askOnce(context: CheckContext, from: number, to: number): Promise<Asked> {
    const seconds = Math.max(1, Math.ceil((to - from) / 1000));
    const time = Math.ceil(to / 1000);
    const selector = `up[${seconds}s]`;
    const [own, stored, labels] = await Promise.allSettled([
        askPrometheus(context, selector, time),
        queryM3(context, selector, time, { "M3-Limit-Max-Series": "10000" }),
        // All that it adds, and not only what we had it add.
        runningConfig(context).then(({ global }) => global?.external_labels ?? {}),
    ]);
    const told = labels.status === "fulfilled" ? labels.value : context.environment.prometheus.externalLabels;
    const external = told ?? {};
    return { ...collectionOf({ from, to }, seriesOf(own), seriesOf(stored), external), external };
}

async function askPrometheus(context: CheckContext, query: string, time: number): Promise<QueryAnswer> {
    const { namespace, service, port, agent } = context.environment.prometheus;
    if (agent) throw new Error("this Prometheus is an agent: it keeps no samples");
    const request = { query: { query, time: String(time) } };
    return jsonOf(await context.kubernetes.service(namespace, service, port, "/api/v1/query", request), "Prometheus");
}

type Side = Series[] | string;

function seriesOf(answer: PromiseSettledResult<QueryAnswer>): Side {
    if (answer.status === "fulfilled") return answer.value.data?.result ?? [];
    return answer.reason instanceof Error ? answer.reason.message : String(answer.reason);
}

/** What both sides have. `external`: labels that Prometheus adds on the way. Pure. */
export function collectionOf(
    { from, to }: { from: number; to: number },
    prometheus: Side,
    m3: Side,
    external: Record<string, string>,
): Compared {
    const own = typeof prometheus === "string" ? [] : prometheus;
    const arrived = new Map<string, Series>();
    const known = new Set(own.map(({ metric }) => keyOf(metric)));
    for (const one of typeof m3 === "string" ? [] : m3) {
        const key = keyOf(without(one.metric, external));
        // Without Prometheus' own there is nothing to tell its series from another's by: then all count.
        if (known.size === 0 || known.has(key)) arrived.set(key, one);
    }
    const lacking = typeof m3 === "string" ? [] : own.flatMap((one) => lackingOf(one, arrived.get(keyOf(one.metric))));
    const collection = {
        from,
        to,
        intervalSeconds: usual(own.length > 0 ? own : [...arrived.values()]),
        prometheus: sideOf(own, prometheus),
        m3: sideOf([...arrived.values()], m3),
        lost: lacking.reduce((sum, { times }) => sum + times.length, 0),
    };
    return { collection, lacking };
}

const keyOf = (metric: Record<string, string>) => JSON.stringify(Object.entries(metric).sort());

function without(metric: Record<string, string>, external: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.entries(metric).filter(([name, value]) => external[name] !== value));
}

const milliseconds = (at: number) => Math.round(at * 1000);
const timesOf = ({ values = [] }: Series) => values.map(([at]) => milliseconds(at));

function lackingOf(own: Series, arrived: Series | undefined): Lacking[] {
    const there = new Set(arrived ? timesOf(arrived) : []);
    const times = timesOf(own).filter((at) => !there.has(at));
    return times.length === 0 ? [] : [{ metric: own.metric, times }];
}

/** The time between two samples that most of them have, in whole seconds. */
function usual(series: Series[]): number {
    const steps = series.flatMap((one) =>
        timesOf(one).flatMap((at, index, all) => (index === 0 ? [] : [at - (all[index - 1] ?? at)])),
    );
    const middle = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)];
    return middle === undefined ? 0 : Math.round(middle / 1000);
}

function sideOf(series: Series[], side: Side): CollectionSide {
    let widest: CollectionSide["widest"] = null;
    for (const one of series) {
        const times = timesOf(one);
        for (const [index, to] of times.entries()) {
            const from = times[index - 1];
            if (from === undefined || (to - from) / 1000 <= (widest?.seconds ?? 0)) continue;
            const { job = "", instance = "" } = one.metric;
            widest = { seconds: (to - from) / 1000, from, to, series: `job ${job}, ${instance}` };
        }
    }
    const samples = series.reduce((sum, { values = [] }) => sum + values.length, 0);
    const ends = endsOf(series);
    return { series: series.length, samples, widest, ...ends, ...(typeof side === "string" ? { error: side } : {}) };
}

/** The first and the last sample of all of them together: that one series begins or ends means nothing. */
function endsOf(series: Series[]): Pick<CollectionSide, "oldest" | "newest"> {
    let ends: { oldest: number; newest: number } | undefined;
    for (const at of series.flatMap(timesOf))
        ends = { oldest: Math.min(ends?.oldest ?? at, at), newest: Math.max(ends?.newest ?? at, at) };
    return ends ?? {};
}
