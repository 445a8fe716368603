import { type Problem, UserError } from "../../../support/errors.ts";
import { exitCodes } from "../../cli/exit.ts";
import type { Values } from "../../cli/verbs.ts";
import { readStackSettings } from "../../doctor/settings.ts";
import type { NodeControl } from "../nodes/control.ts";
import { type ScenarioPlan, stepsOf } from "../plan.ts";
import type { Nodes } from "../steps/targets.ts";
import { realNodes } from "./hands.ts";
import type { Standing } from "./stand-up.ts";

/** What a site's nodes cannot have done to them, asked before anything is stood up. Throws UserError. */
export async function siteNeeds(plan: ScenarioPlan, short: boolean, values: Values): Promise<void> {
    const { stack, settings } = readStackSettings(values);
    // Whether a key can be had is only known with the stack: an access without one is looked at again then.
    await checkPlan(plan, short, { stack, nodes: settings.site.nodes }, await realNodes(values, undefined), ["power"]);
}

export async function checkNeeds(
    plan: ScenarioPlan,
    short: boolean,
    values: Values,
    { session, environment }: Standing,
): Promise<void> {
    await checkPlan(plan, short, environment, await realNodes(values, session));
}

/** Asks of every fault that the steps will make whether it can be made. Throws UserError with all that cannot. */
export async function checkPlan(
    plan: ScenarioPlan,
    short: boolean,
    nodes: Nodes,
    control: NodeControl,
    only?: string[],
): Promise<void> {
    const needs = stepsOf(plan, short).flatMap((step) => step.needs?.(nodes) ?? []);
    const asked = new Map(needs.map((need) => [`${need.fault} ${need.node}`, need]));
    const problems: Problem[] = [];
    for (const { fault, node } of asked.values()) {
        if (only && !only.includes(fault)) continue;
        const problem = await control.cannot(fault, node);
        if (problem) problems.push(problem);
    }
    if (problems.length === 0) return;
    throw new UserError(`${plan.name} cannot be run here`, problems, exitCodes.unavailable);
}
