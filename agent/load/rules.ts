/** What a plan may be: each number by itself, then what does not go together. Pure. */
import type { LoadProblem } from "./plan.ts";
import { slotsOf } from "./schedule.ts";
import { blocksOf, slotsPerBlock } from "./series.ts";
import type { LoadPlan } from "./types.ts";

type NumberField = {
    [Field in keyof LoadPlan]-?: NonNullable<LoadPlan[Field]> extends number ? Field : never;
}[keyof LoadPlan];

/** Option, least and most of every number; whole numbers unless `fraction`. */
const numbers: Record<NumberField, { option: string; least: number; most: number; fraction?: true; ms?: true }> = {
    series: { option: "series", least: 1, most: 10_000_000 },
    intervalMs: { option: "interval", least: 100, most: 3_600_000, ms: true },
    durationMs: { option: "duration", least: 100, most: 30 * 86_400_000, ms: true },
    extraLabels: { option: "labels", least: 0, most: 50 },
    labelValueBytes: { option: "label-bytes", least: 1, most: 512 },
    churnPercentPerHour: { option: "churn", least: 0, most: 100_000, fraction: true },
    tokens: { option: "bearer-token-file", least: 1, most: 100_000 },
    tenants: { option: "tenants", least: 1, most: 100_000 },
    replicas: { option: "replicas", least: 1, most: 16 },
    batch: { option: "batch", least: 1, most: 20_000 },
    concurrency: { option: "concurrency", least: 1, most: 1000 },
    timeoutMs: { option: "timeout", least: 10, most: 600_000, ms: true },
};

/** Labels of every series of a load (series.ts). */
const own = ["__name__", "run", "tenant", "group", "slot", "generation", "replica", "le"];
const isOwn = (name: string) => own.includes(name) || name.startsWith("extra_");

const optional = ["durationMs", "tokens"];

/** What is wrong with single values. The rules below take for granted that nothing is. */
export function valueProblems(plan: LoadPlan): LoadProblem[] {
    const problems: LoadProblem[] = [];
    for (const [field, { option, least, most, fraction, ms }] of Object.entries(numbers)) {
        const value = plan[field as NumberField];
        if (value === undefined && optional.includes(field)) continue;
        if (typeof value === "number" && value >= least && value <= most && (fraction || Number.isInteger(value)))
            continue;
        const unit = ms ? " ms" : "";
        const what = `--${option} ${value}${unit}`;
        problems.push({ what, why: `allowed: ${fraction ? "" : "whole numbers, "}${least} to ${most}${unit}` });
    }
    if (!/^[\w.-]{1,64}$/.test(plan.run)) {
        problems.push({ what: `--run ${plan.run}`, why: "allowed: letters, digits, _ . and -, 1 to 64 of them" });
    }
    const { counter, gauge, histogram } = plan.kinds;
    const shares = [counter, gauge, histogram];
    if (!shares.every((share) => share >= 0) || Math.abs(counter + gauge + histogram - 1) > 1e-6) {
        const percents = shares.map((share) => Math.round(share * 1e4) / 100);
        const what = `--kinds counter=${percents[0]},gauge=${percents[1]},histogram=${percents[2]}`;
        problems.push({ what, why: "the percents do not add up to 100" });
    }
    return [...problems, ...urlProblems(plan.urls), ...workerProblems(plan)];
}

function urlProblems(urls: string[]): LoadProblem[] {
    if (urls.length === 0) return [{ what: "--remote-url is missing", why: "the load needs somewhere to go" }];
    return urls.flatMap((text) => {
        const url = URL.canParse(text) ? new URL(text) : undefined;
        const problem = (why: string) => [{ what: `--remote-url ${url?.password ? url.host : text}`, why }];
        if (!url || !/^https?:$/.test(url.protocol)) return problem("allowed: http://… and https://… URLs");
        if (url.username || url.password)
            return problem("no user and password in it: they would be kept with the plan");
        // facts.md 4: it answers 200 and drops what it gets.
        if (url.hostname.split(".")[0] === "m3query")
            return problem("points to m3query, which takes no writes: use m3coordinator");
        if (url.pathname === "/") return problem("has no path; M3's is /api/v1/prom/remote/write");
        return [];
    });
}

function workerProblems(plan: LoadPlan): LoadProblem[] {
    const { index, of } = plan.worker;
    const what = `--worker ${index}/${of}`;
    if (!Number.isInteger(of) || of < 1) return [{ what, why: "at least one worker" }];
    if (!Number.isInteger(index) || index < 0 || index >= of) return [{ what, why: `workers are 0 to ${of - 1}` }];
    return [];
}

/** What does not go together in a plan whose values are right each by itself. */
export function combinationProblems(plan: LoadPlan): LoadProblem[] {
    const blocks = blocksOf(plan);
    const problems: LoadProblem[] = [];
    const add = (what: string, why: string, next?: string) => problems.push({ what, why, ...(next ? { next } : {}) });
    if (plan.worker.of > blocks) {
        const why = `only ${blocks}, since series come in tens (a histogram is ten series of one sender)`;
        add(`--worker …/${plan.worker.of}: more workers than --series ${plan.series} can be shared among`, why);
        return problems;
    }
    const { counter, gauge, histogram } = plan.kinds;
    if (histogram > 0 && plan.series < slotsPerBlock) {
        add(`--kinds with histograms and --series ${plan.series}`, "a histogram is ten series", "--series 10 or more");
    } else if (counter + gauge === 0 && plan.series % slotsPerBlock !== 0) {
        add(`--kinds histogram=100 and --series ${plan.series}`, "a histogram is ten series", "a multiple of 10");
    }
    if (plan.tenants > blocks) {
        add(`--tenants ${plan.tenants} and --series ${plan.series}`, `series come in tens: at most ${blocks} tenants`);
    }
    if ((plan.tokens ?? 1) > 1 && plan.tokens !== plan.tenants) {
        const why = `${plan.tokens} tokens for ${plan.tenants} tenants: one for all, or one for each`;
        add("--bearer-token-file and --tenants", why);
    }
    if (plan.tenantLabels && plan.tenantLabels.length !== plan.tenants) {
        add(`labels of ${plan.tenantLabels.length} tenants and --tenants ${plan.tenants}`, "one set for each");
    }
    const taken = (plan.tenantLabels ?? []).flatMap((labels) => Object.keys(labels).filter((name) => isOwn(name)));
    if (taken.length > 0) {
        const names = [...new Set(taken)].join(", ");
        add(`tenants with the label ${names}`, "it is one of the load's own: its series could not be told apart by it");
    }
    const lifetime = (3_600_000 * 100) / plan.churnPercentPerHour;
    if (lifetime < 2 * plan.intervalMs) {
        const why = `each series would be replaced after ${Math.round(lifetime)} ms, and has a sample every ${plan.intervalMs} ms`;
        const most = Math.floor((3_600_000 * 100) / (2 * plan.intervalMs));
        add(`--churn ${plan.churnPercentPerHour}`, why, `at most ${most} with this interval`);
    }
    if (plan.durationMs !== undefined && plan.durationMs < plan.intervalMs) {
        const why = `shorter than the interval (${plan.intervalMs} ms): not every series would get a sample`;
        add(`--duration ${plan.durationMs} ms`, why);
    }
    if (plan.extraLabels * plan.labelValueBytes > 8192) {
        const why = "more than 8192 bytes of labels a series";
        add(`--labels ${plan.extraLabels} of --label-bytes ${plan.labelValueBytes}`, why);
    }
    const { from, to } = slotsOf(plan);
    if (plan.batch > to - from) {
        const whose = plan.worker.of > 1 ? "this worker's series" : "the series";
        add(`--batch ${plan.batch}`, `no request would be that large: ${whose} are ${to - from}`);
    }
    return problems;
}
