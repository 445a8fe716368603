import { UserError } from "../../../support/errors.ts";
import { createProgress } from "../../../support/progress.ts";
import { catalog } from "../../scenarios/catalog/index.ts";
import { faultText, targetOf } from "../../scenarios/faults/fault.ts";
import { stackOf } from "../../scenarios/plan.ts";
import { scenarioOptions } from "../../scenarios/run/options.ts";
import { target } from "../../stack/session.ts";
import { exitCodes } from "../exit.ts";
import { printJson } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values, words: string[]): Promise<number> {
    const [name, ...more] = words;
    if (more.length > 0) {
        throw new UserError(
            "one scenario at a time",
            { what: words.join(" "), next: "m3perf help scenario" },
            exitCodes.usage,
        );
    }
    if (name === undefined || name === "list") return list(values.json === true);
    if (name === "heal") return await heal(values);
    const options = scenarioOptions(name, values, catalog);
    const { scenarioCommand } = await import("../../scenarios/run/command.ts");
    return await scenarioCommand(options);
}

function list(json: boolean): number {
    const rows = catalog.map((plan) => ({
        name: plan.name,
        question: plan.question,
        stack: stackOf(plan),
        steps: plan.steps.map(({ title }) => title),
        objectives: plan.judge.map(({ measure, limit }) => `${measure.name}${limit ? `: ${limit.text}` : ""}`),
    }));
    if (json) printJson(rows);
    else {
        const width = Math.max(...rows.map((row) => row.name.length));
        for (const { name, question } of rows) process.stdout.write(`  ${name.padEnd(width)}  ${question}\n`);
    }
    return exitCodes.ok;
}

async function heal(values: Values): Promise<number> {
    const { healLeftovers } = await import("../../scenarios/run/leftovers.ts");
    const { alone, placeOf } = await import("../../scenarios/run/place.ts");
    const { lab, site } = target(values);
    const place = placeOf(lab, site);
    const progress = createProgress();
    const healed = await alone(place, "heal", () => healLeftovers(values, place, progress));
    if (values.json) printJson({ healed: healed.map(({ fault }) => `${targetOf(fault)}: ${faultText(fault)}`) });
    else if (healed.length === 0) process.stdout.write(`nothing is broken by a scenario on the ${place.text}\n`);
    else process.stdout.write(`healed: ${healed.length}\n`);
    return exitCodes.ok;
}
