import { durationPattern, secondsOf } from "../../settings/units.ts";
import type { Objective } from "./judge/objective.ts";
import type { Step } from "./steps/step.ts";

/** What a scenario writes. What is left out is the load generator's usual (operations/scenarios/run/load-plan.ts). */
export interface LoadShape {
    /** Series that are active at the same time, over all tenants. */
    series: number;
    /** Time between two samples of a series: "5s". Samples a second = series × replicas / interval. */
    interval: string;
    /** Series replaced by new ones in an hour, in percent. */
    churn?: number;
    tenants?: number;
    /** Identical senders, as Prometheus servers in pairs are. */
    replicas?: number;
    /** Labels beside the generator's own, and the bytes of each value. */
    labels?: number;
    labelBytes?: number;
}

/** What a scenario reads meanwhile, by a mix of dashboards' and rules' queries. */
export interface ReadShape {
    perSecond: number;
}

/** One question to M3, as a page that can be read: what is written and read, what is done, what has to hold. */
export interface ScenarioPlan {
    name: string;
    question: string;
    /** The stack that it is asked of; the scenario's name unless told. */
    stack?: string;
    /** Null: the steps bring their own. */
    load: LoadShape | null;
    /** Each repeat stands on an environment of its own: what the one before has written weighs on M3 and would be measured, too. */
    freshRepeats?: boolean;
    /** Another load where the short variant is asked for. */
    shortLoad?: Partial<LoadShape>;
    reads?: ReadShape;
    steps: Step[];
    judge: Objective[];
}

/** A scenario, looked at for what can be wrong with its figures. Throws where a scenario file is wrong. */
export function scenario(plan: ScenarioPlan): ScenarioPlan {
    if (!/^[a-z][a-z0-9-]*$/.test(plan.name)) throw new Error(`scenario "${plan.name}": a name of a-z, 0-9 and dashes`);
    for (const load of [plan.load, { ...plan.load, ...plan.shortLoad }]) {
        if (load?.interval !== undefined && !durationPattern.test(load.interval))
            throw new Error(`scenario ${plan.name}: interval "${load.interval}" is no duration`);
    }
    const ids = plan.judge.map(({ measure }) => measure.id);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice) throw new Error(`scenario ${plan.name}: two objectives "${twice}"`);
    return plan;
}

export const stackOf = (plan: ScenarioPlan) => plan.stack ?? plan.name;

/** A time in a scenario, and how long it is in the short variant. */
export interface Length {
    full: number;
    short: number;
}

/** Milliseconds of "5m" and, for the short variant, of "40s"; the same where no other is given. Throws where it is no duration. */
export function length(full: string, short = full): Length {
    const of = (text: string) => {
        const seconds = secondsOf(text);
        if (seconds === undefined) throw new Error(`"${text}" is no duration: write it as 90s, 5m, 1h30m`);
        return seconds * 1000;
    };
    return { full: of(full), short: of(short) };
}

/** The load of a variant of the scenario. */
export function loadOf(plan: ScenarioPlan, short: boolean): LoadShape | null {
    return plan.load && { ...plan.load, ...(short ? plan.shortLoad : {}) };
}

/** The scenario with so many series, in the short variant, too. */
export function ofSeries(plan: ScenarioPlan, series: number): ScenarioPlan {
    return plan.load ? { ...plan, load: { ...plan.load, series }, shortLoad: { ...plan.shortLoad, series } } : plan;
}

export const stepsOf = (plan: ScenarioPlan, short: boolean): Step[] =>
    plan.steps.filter(({ fullOnly }) => !short || fullOnly !== true);
