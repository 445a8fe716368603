import { UserError } from "../../../support/errors.ts";
import { labDir } from "../../../support/paths.ts";
import type { Progress } from "../../../support/progress.ts";
import { openConnection } from "../../access/kubernetes.ts";
import { exitCodes } from "../../cli/exit.ts";
import type { Values } from "../../cli/verbs.ts";
import { askLab, type LabState } from "../../lab.ts";
import { readEnvironment } from "../../stack/environment.ts";
import { openSession, target } from "../../stack/session.ts";
import { FaultBook } from "../faults/book.ts";
import { faultText, targetOf } from "../faults/fault.ts";
import type { Hands } from "../faults/hands.ts";
import { Journal, type Made } from "../journal.ts";
import { type Chosen, choosing, chosenBy } from "./chosen.ts";
import { realHands } from "./hands.ts";
import type { Place } from "./place.ts";

/** Heals what an earlier run could not: it was killed, or a heal failed. Returns what was healed. Throws UserError where it fails again. */
export async function healLeftovers(values: Values, place: Place, progress: Progress): Promise<Made[]> {
    const journal = new Journal(place.journal);
    const made = journal.read();
    const last = made.at(-1);
    if (!last) return [];
    progress.say(`an earlier run of ${last.scenario} did not come to heal what it broke:`);
    for (const { fault, at } of made)
        progress.say(`    ${targetOf(fault)}: ${faultText(fault)}, ${new Date(at).toISOString().slice(0, 19)} UTC`);
    const { lab } = target(values);
    if (lab !== null && (await askLab<LabState>(["status", "--lab", lab])).state === "down") {
        progress.say("the lab is down: the faults went with it");
        for (const one of made) journal.remove(one);
        return [];
    }
    const chosen = choiceOf(values, last, journal.command);
    if (chosen.settings) progress.say(`    its settings: ${chosen.settings}`);
    const hands = await handsOf(choosing(values, chosen), place, progress);
    await healAll(journal, hands, progress);
    return made;
}

/**
 * With what the stack is opened that was broken: as it was then. Where that was not kept, the place is this command's, and so are its settings
 * if they are for the same stack; another stack is never given them.
 */
export function choiceOf(values: Values, last: Pick<Made, "stack">, command: Chosen | undefined): Chosen {
    if (command) return command;
    const now = chosenBy(values);
    return { ...now, stack: last.stack, settings: now.stack === last.stack ? now.settings : null };
}

/** Heals all of a journal and tells of it. */
export async function healAll(journal: Journal, hands: Hands, progress: Pick<Progress, "say" | "step">): Promise<void> {
    const book = new FaultBook({
        journal,
        hands,
        run: { scenario: "", stack: "", folder: "" },
        now: Date.now,
        begin: ({ title, target }) => {
            progress.say(`    ${target}: ${title} …`);
            return () => {};
        },
    });
    await progress.step("heal", () => book.heal());
}

/** A stack that is half down has no environment any more, but its nodes and cluster are there. */
async function handsOf(values: Values, place: Place, progress: Progress): Promise<Hands> {
    const session = await openSession(values, { say: progress.say });
    const { lab } = session;
    const environment = await readEnvironment(session).catch((error: unknown) => {
        if (error instanceof UserError && error.exitCode === exitCodes.unavailable && lab !== null) return undefined;
        throw error;
    });
    const kubeconfig = environment ? environment.kubeconfig : labDir(lab ?? "", "kubeconfig");
    const connection = await openConnection(kubeconfig, environment?.context ?? null);
    return await realHands(values, session, connection, { progress, folder: place.folder });
}
