/** From options to a plan that can be run, or to everything that is wrong with it at once. Pure; m3perf makes errors for people of it. */
import { type LoadTexts, readCount, readDuration, readKinds, readWorker } from "./options.ts";
import { combinationProblems, valueProblems } from "./rules.ts";
import { slotsOf } from "./schedule.ts";
import { tokenFilesOf } from "./tokens.ts";
import type { LoadPlan } from "./types.ts";

/** The fields of support/errors.ts's Problem, which programs in agent/ cannot import. */
export interface LoadProblem {
    /** "--batch 5000" */
    what: string;
    why: string;
    next?: string;
}

export type Planned = { plan: LoadPlan; problems: [] } | { plan: undefined; problems: LoadProblem[] };

export interface Surroundings {
    hostname: string;
    now: Date;
    /** Labels of those that it sends as, each a tenant with a token of its own; none: as nobody, or with the tokens of the options. */
    senders?: Record<string, string>[];
    /** See LoadPlan. */
    ca?: string | undefined;
}

/** The plan that options ask for, with defaults for the rest. */
export function planFrom(texts: LoadTexts, { hostname, now, senders = [], ca }: Surroundings): Planned {
    const problems: LoadProblem[] = [];
    /** An option's value, read; `otherwise` where it was not given. What cannot be read is a problem. */
    function read<T>(name: keyof LoadTexts, reader: (text: string) => T | undefined, otherwise: T, allowed: string): T {
        const text = texts[name];
        if (text === undefined) return otherwise;
        const value = reader(text);
        if (value === undefined) problems.push({ what: `--${name} ${text}`, why: `allowed: ${allowed}` });
        return value ?? otherwise;
    }
    const count = (name: keyof LoadTexts, otherwise: number) =>
        read(name, readCount, otherwise, "a number: 500, 10k, 1M");
    const durationText = "a duration as Go writes them: 100ms, 10s, 1m30s, 2h";
    const duration = <T extends number | undefined>(name: keyof LoadTexts, otherwise: T) =>
        read<number | T>(name, readDuration, otherwise, durationText);

    const series = count("series", 10_000);
    const replicas = count("replicas", 1);
    const interval = duration("interval", undefined);
    const rate = texts.rate === undefined ? undefined : count("rate", 1000);
    const rateMs = rate === undefined ? undefined : (series * replicas * 1000) / rate;
    const tokens = tokenFilesOf(texts).length || senders.length;
    const plan: LoadPlan = {
        run: texts.run ?? `load-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-")}`,
        series,
        intervalMs: interval ?? (rateMs === undefined ? 10_000 : Math.round(rateMs)),
        durationMs: duration("duration", undefined),
        kinds: read(
            "kinds",
            readKinds,
            { counter: 0.5, gauge: 0.3, histogram: 0.2 },
            "percents that add up to 100: counter=50,gauge=30,histogram=20",
        ),
        extraLabels: count("labels", 4),
        labelValueBytes: count("label-bytes", 12),
        churnPercentPerHour: read("churn", readPercent, 0, "percent an hour: 0, 2.5, 100"),
        tenants: count("tenants", senders.length || 1),
        replicas,
        batch: count("batch", 500),
        concurrency: count("concurrency", 10),
        timeoutMs: duration("timeout", 10_000),
        ...(tokens > 0 ? { tokens } : {}),
        ...(senders.length > 0 ? { tenantLabels: senders } : {}),
        urls: texts["remote-url"]?.split(",").filter(Boolean) ?? [],
        ...(ca === undefined ? {} : { ca }),
        worker: read(
            "worker",
            (text) => readWorker(text, hostname),
            { index: 0, of: 1 },
            `I/N, or auto/N on a host whose name ends with a number (this one is ${hostname})`,
        ),
    };
    problems.push(...valueProblems(plan));
    if (problems.length > 0) return { plan: undefined, problems };
    return checked(fitted(plan, texts), rateProblems(plan, rate, interval));
}

/** A plan that was made elsewhere, as it is or with everything that is wrong with it. */
export function checked(plan: LoadPlan, already: LoadProblem[] = []): Planned {
    const values = valueProblems(plan);
    const problems = [...already, ...values, ...(values.length > 0 ? [] : combinationProblems(plan))];
    return problems.length > 0 ? { plan: undefined, problems } : { plan, problems: [] };
}

const readPercent = (text: string) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined);

function rateProblems(plan: LoadPlan, rate: number | undefined, interval: number | undefined): LoadProblem[] {
    if (rate === undefined) return [];
    const samples = plan.series * plan.replicas;
    const planned = (samples * 1000) / plan.intervalMs;
    if (Math.abs(planned - rate) <= rate / 1000) return [];
    const fits = `${samples} series and replicas`;
    if (interval !== undefined) {
        const why = `${fits} every ${plan.intervalMs} ms are ${round(planned)} samples a second`;
        return [{ what: `--rate ${rate} and --interval contradict each other`, why, next: "give only one of them" }];
    }
    const why = `the interval would be ${round((samples * 1000) / rate)} ms; it is a whole number, and ${round(planned)}/s is more than 0.1 % off`;
    return [{ what: `--rate ${rate} with ${fits}`, why, next: "more --series, or --interval instead" }];
}

const round = (value: number) => Math.round(value * 100) / 100;

/** The default batch is no larger than what there is to send; one that the user gave stays, and is checked. */
function fitted(plan: LoadPlan, texts: LoadTexts): LoadPlan {
    if (texts.batch !== undefined) return plan;
    const { from, to } = slotsOf(plan);
    return { ...plan, batch: Math.max(1, Math.min(plan.batch, to - from)) };
}
