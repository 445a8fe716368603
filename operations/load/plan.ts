/** A load's plan from the command line and the environment of m3perf load, or errors for a person. */
import { hostname } from "node:os";
import { isOption, type LoadTexts, loadOptions, textsFromEnvironment, variableOf } from "../../agent/load/options.ts";
import { type LoadProblem, planFrom } from "../../agent/load/plan.ts";
import type { LoadPlan } from "../../agent/load/types.ts";
import { type Problem, UserError } from "../../support/errors.ts";
import { nearestOf } from "../../support/nearest.ts";
import { exitCodes } from "../cli/exit.ts";
import type { Values } from "../cli/verbs.ts";
import type { Sender } from "./door.ts";

/** What the user gave. Throws UserError for variables that mean nothing. */
export function loadTexts(values: Values, variables: NodeJS.ProcessEnv = process.env): LoadTexts {
    const { texts, unknown } = textsFromEnvironment(variables);
    if (unknown.length > 0) {
        const known = Object.keys(loadOptions).filter(isOption).map(variableOf);
        const problems = unknown.map((name): Problem => {
            const near = nearestOf(name, known);
            return {
                what: `${name} is no setting of the load`,
                why: near ? `did you mean ${near}?` : known.join(", "),
            };
        });
        throw new UserError("environment variables that would be ignored", problems, exitCodes.usage);
    }
    for (const name of Object.keys(loadOptions).filter(isOption)) {
        const value = values[name];
        if (typeof value === "string") texts[name] = value;
    }
    return texts;
}

/** The plan for those. `senders`: whose labels and tokens it has, each a tenant; `ca`: of https URLs. Throws UserError with everything that is wrong. */
export function loadPlan(texts: LoadTexts, senders: Pick<Sender, "labels">[] = [], ca?: string): LoadPlan {
    const labels = senders.map((one) => one.labels);
    const { plan, problems } = planFrom(texts, { hostname: hostname(), now: new Date(), senders: labels, ca });
    if (plan) return plan;
    throw wrongLoad(problems);
}

/** An error for people of what is wrong with a load. */
export function wrongLoad(problems: LoadProblem[]): UserError {
    const title =
        problems.length === 1 ? "this load cannot be run" : `this load cannot be run, for ${problems.length} reasons`;
    return new UserError(title, problems, exitCodes.usage);
}
