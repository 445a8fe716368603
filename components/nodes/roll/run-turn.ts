import { UserError } from "../../../support/errors.ts";
import { firstLook } from "./first-look.ts";
import { comeBack } from "./host-waits.ts";
import { type TurnStep, turnSteps } from "./plan.ts";
import { rejoin } from "./rejoin.ts";
import type { Sides } from "./sides.ts";
import { giveBack, takeNode } from "./take.ts";
import { scriptLimit, type TurnInput } from "./turn-input.ts";

/** Runs one step, with a numbered line in the log at its start and its time at its end. */
export type Step = <T>(name: TurnStep["name"], work: () => Promise<T>) => Promise<T>;

/**
 * One node's turn, from wherever it stands: every state that it can be left in can be gone on from by running it again. Throws
 * UserError; its text says what has become of the node.
 */
export async function runTurn(input: TurnInput, sides: Sides): Promise<void> {
    const { cluster, host } = sides;
    const step = stepper(input, sides);
    const standing = await step("look", () => firstLook(input, sides));
    if (standing.at === "done") return;
    let { record } = standing;
    let boot = standing.at === "take" ? undefined : standing.boot;
    if (!boot) {
        const taken = await takeNode(input, sides, record, step);
        record = taken;
        boot = await step("back", () => comeBack(input, sides, taken.boot));
    }
    if (standing.at !== "rejoin") {
        await step("check", () => script(input.check, "came back, but not as it was wanted", true));
        const { settle } = input;
        if (settle !== undefined)
            await step("settle", () =>
                script(settle, "came back as it was wanted, but could not be made to stay so", false),
            );
    }
    if (!cluster) return await host.forget();
    const [back, kept] = [boot, record];
    if (kept) await step("rejoin", () => rejoin(sides, cluster, input, kept, back));

    /** What fails here ends the roll, but the host is up: it gets its pods back. `anew`: the next run begins a new turn. */
    async function script(text: string, trouble: string, anew: boolean) {
        const { code, output } = await host.run(text, scriptLimit);
        if (code === 0) return;
        if (!cluster && anew) await host.forget();
        const fate = cluster ? `; ${await giveBack(sides, cluster, { forget: anew })}` : "";
        throw new UserError(`${input.node} ${trouble} (${input.reason})${fate}`, {
            what: output,
            why: "the roll ends here: the nodes after it were not touched",
            next: `mend that, then run this again: ${anew ? "the node gets another turn" : "it goes on from here"}`,
        });
    }
}

function stepper(input: TurnInput, { say }: Pick<Sides, "say">): Step {
    const steps = turnSteps(input);
    return async (name, work) => {
        const at = steps.findIndex((one) => one.name === name);
        say(`[${at + 1}/${steps.length}] ${name}: ${steps[at]?.does}`);
        const begun = performance.now();
        const result = await work();
        say(`  ${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
        return result;
    };
}
