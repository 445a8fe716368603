import { UserError } from "../../../support/errors.ts";
import { nearestOf } from "../../../support/nearest.ts";
import { exitCodes } from "../../cli/exit.ts";
import type { Values } from "../../cli/verbs.ts";
import type { ScenarioPlan } from "../plan.ts";
import { stackOf } from "../plan.ts";

export interface ScenarioOptions {
    plan: ScenarioPlan;
    /** The command line with the scenario's stack, where none was given. */
    values: Values;
    repeat: number;
    keep: boolean;
    short: boolean;
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
    if (resume && (values.repeat !== undefined || values.short === true)) {
        throw new UserError(
            "--resume goes on with what was begun",
            { what: "--repeat and --short are what they were then", next: "leave them out" },
            exitCodes.usage,
        );
    }
    return {
        plan,
        values: { ...values, stack: text("stack") ?? stackOf(plan) },
        repeat: Number(repeat),
        keep: values.keep === true,
        short: values.short === true,
        out: text("out"),
        resume,
        json: values.json === true,
    };
}

function unknown(name: string, catalog: ScenarioPlan[]): UserError {
    const names = catalog.map((one) => one.name);
    const near = nearestOf(name, [...names, "list", "heal"]);
    const what = near ? `did you mean ${near}?` : `there are: ${names.join(", ")}`;
    return new UserError(`there is no scenario "${name}"`, { what, next: "m3perf scenario list" }, exitCodes.usage);
}
