import { messageOf, UserError } from "../../../support/errors.ts";
import { createProgress, type Progress } from "../../../support/progress.ts";
import { askLab, type LabState } from "../../lab.ts";
import { tearDown } from "../../stack/bring.ts";
import { changesText } from "../../stack/events.ts";
import { openSession, target } from "../../stack/session.ts";
import { exitCodes } from "../exit.ts";
import { namedStack, wrongName } from "../named-stack.ts";
import { printJson } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values): Promise<number> {
    const { lab, file, site } = target(values);
    const progress = createProgress();
    if (lab === null) await agreed(values, file.stack, site);
    const keep = values["keep-lab"] === true;
    let changes: Record<string, number> = {};
    let problem: string | undefined;
    const { state } = lab === null ? { state: "up" } : await askLab<LabState>(["status", "--lab", lab]);
    if (state === "down") {
        progress.say("the lab is down, and its environment with it");
    } else {
        try {
            changes = await destroy(values, progress);
        } catch (error) {
            // Taking the lab down removes the cluster with all that is in it, however far the destroy came.
            if (lab === null || keep || (error instanceof UserError && error.exitCode === exitCodes.interrupted))
                throw error;
            problem = messageOf(error);
            progress.say(`${problem}\nThe lab goes down all the same, and with it what is left.`);
        }
    }
    if (lab !== null && !keep) await askLab(["down", "--lab", lab]);
    if (values.json) printJson({ lab, changes, labDown: lab !== null && !keep, problem });
    else process.stdout.write(`Destroyed: ${changesText(changes)}.\n`);
    return problem === undefined ? exitCodes.ok : exitCodes.failed;
}

/** The lab's data is a test's; a site's may be what somebody has measured for days, and none of it comes back. */
async function agreed(values: Values, stack: string, site: string): Promise<void> {
    const problem = wrongName(stack, await namedStack(values, stack));
    if (problem)
        throw new UserError(
            `down: the stack "${stack}" (site ${site}) is left as it is`,
            { what: "down deletes the environment with every sample in it", ...problem },
            exitCodes.usage,
        );
}

async function destroy(values: Values, progress: Progress): Promise<Record<string, number>> {
    return await tearDown(await openSession(values, { say: progress.say }), progress);
}
