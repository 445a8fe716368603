import { UserError } from "../../../support/errors.ts";
import { nearestOf } from "../../../support/nearest.ts";
import { exitCodes } from "../../cli/exit.ts";
import type { Values } from "../../cli/verbs.ts";
import type { ScenarioPlan } from "../plan.ts";
import { ofSeries, stackOf } from "../plan.ts";
import type { RunRecord } from "../types.ts";
import { choosing, otherThan } from "./chosen.ts";

export interface ScenarioOptions {
    plan: ScenarioPlan;
    /** The command line with the scenario's stack, where none was given; with --resume as it was given. */
    values: Values;
    repeat: number;
    keep: boolean;
    short: boolean;
    /** Instead of the scenario's own. */
    series: number | undefined;
    out: string | undefined;
    resume: boolean;
    json: boolean;
}

/** The options of `m3perf scenario NAME`, checked. Throws UserError. */
export function scenarioOptions(name: string, values: Values, catalog: ScenarioPlan[]): ScenarioOptions {
    const plan = catalog.find((one) => one.name === name);
    if (!plan) throw unknown(name, catalog);
    const text = (key: string) => (typeof values[key] === "string" ? values[key] : undefined);
    const repeat = text("repeat") ?? "1";
    if (!/^[1-9]\d?$/.test(repeat)) {
        throw new UserError(
            `--repeat ${repeat}`,
            { what: "allowed: 1 to 99", next: "m3perf help scenario" },
            exitCodes.usage,
        );
    }
    const resume = values.resume === true;
    if (resume && (values.repeat !== undefined || values.short === true || values.series !== undefined)) {
        throw new UserError(
            "--resume goes on with what was begun",
            { what: "--repeat, --short and --series are what they were then", next: "leave them out" },
            exitCodes.usage,
        );
    }
    const series = seriesOf(text("series"), plan);
    return {
        plan: series === undefined ? plan : ofSeries(plan, series),
        values: resume ? values : { ...values, stack: text("stack") ?? stackOf(plan) },
        repeat: Number(repeat),
        keep: values.keep === true,
        short: values.short === true,
        series,
        out: text("out"),
        resume,
        json: values.json === true,
    };
}

/**
 * The options of a command that goes on: stack, lab, site, settings, variant and load are those that it was begun with. Throws UserError where
 * others are given.
 */
export function optionsOf(options: ScenarioOptions, begun: RunRecord): ScenarioOptions {
    const { stack, short, series, chosen } = begun;
    const other = chosen && otherThan(options.values, chosen);
    if (other !== undefined) {
        const on = chosen?.lab === null ? `the site ${chosen.site}` : `the lab ${chosen?.lab}`;
        const how = chosen?.settings ? ` with the settings ${chosen.settings}` : "";
        throw new UserError(
            `--resume goes on with what was begun, and ${other} is another`,
            {
                what: `the run ${begun.id} was begun on ${on}, stack ${stack}${how}`,
                next: `leave ${other} out; or leave --resume out, for a new run`,
            },
            exitCodes.usage,
        );
    }
    const values = chosen ? choosing(options.values, chosen) : { ...options.values, stack };
    const plan = series === undefined ? options.plan : ofSeries(options.plan, series);
    return { ...options, plan, series, short: short === true, values };
}

/** Series come in tens, since a histogram is ten; each tenant needs some (agent/load/rules.ts). */
function seriesOf(text: string | undefined, { name, load }: ScenarioPlan): number | undefined {
    if (text === undefined) return undefined;
    const wrong = (what: string, next: string) => new UserError(`--series ${text}`, { what, next }, exitCodes.usage);
    if (!load) throw wrong(`${name} brings its own loads, which are its question`, "leave it out");
    const least = 10 * (load.tenants ?? 1);
    const series = Number(text);
    if (!/^[1-9]\d*$/.test(text) || series < least || series > 10_000_000)
        throw wrong(`allowed: whole numbers, ${least} to 10000000; ${name} has ${load.series}`, "m3perf help scenario");
    return series;
}

function unknown(name: string, catalog: ScenarioPlan[]): UserError {
    const names = catalog.map((one) => one.name);
    const near = nearestOf(name, [...names, "list", "heal"]);
    const what = near ? `did you mean ${near}?` : `there are: ${names.join(", ")}`;
    return new UserError(`there is no scenario "${name}"`, { what, next: "m3perf scenario list" }, exitCodes.usage);
}
