import { UserError } from "../../support/errors.ts";
import type { Progress } from "../../support/progress.ts";
import { exitCodes } from "../cli/exit.ts";
import { calmNotes, isLive } from "../cli/output.ts";
import { changesText } from "./events.ts";
import { type EngineRun, runEngine } from "./pulumi.ts";
import type { Session } from "./session.ts";

/** Runs the engine as one step of the progress. Throws UserError with the engine's own errors when it fails. */
export async function engineStep(
    session: Session,
    title: string,
    words: string[],
    progress: Progress,
): Promise<EngineRun> {
    return progress.step(title, async (note) => {
        const notes = calmNotes(note, isLive());
        const line = (text: string) => {
            progress.say(`    ${text.split("\n").join("\n    ")}`);
            notes.lineShown();
        };
        try {
            const run = await runEngine(session, words, { line, note: notes.note });
            if (run.code !== 0) throw engineFailed(title, run);
            return run;
        } finally {
            notes.end();
        }
    });
}

/** How the program begins what it says of settings that it refuses (settings/index.ts, settings/kubeconfig.ts). */
const refusal = /^(\d+ settings? (is|are) wrong in |the kubeconfig |\S+ is no kubeconfig )/;

function engineFailed(title: string, run: EngineRun): UserError {
    if (run.code === exitCodes.interrupted) {
        return new UserError(
            `${title}: interrupted`,
            {
                what: "what was finished is kept in the state",
                next: "run the same command again: it goes on from there",
            },
            exitCodes.interrupted,
        );
    }
    const errors = run.errors.length > 0 ? run.errors : [run.said || `exit code ${run.code}`];
    const problems = errors.map((text) => ({ what: text.split("\n").join("\n    ") }));
    const soFar = run.changes ? ` (${changesText(run.changes)})` : "";
    const refused = run.errors.some((text) => refusal.test(text));
    return new UserError(`${title} failed${soFar}`, problems, refused ? exitCodes.settings : exitCodes.failed);
}
