import { UserError } from "../../../support/errors.ts";
import { createProgress } from "../../../support/progress.ts";
import { changesText, nothingChanged } from "../../stack/events.ts";
import { changedByOthers, othersText } from "../../stack/other-hands.ts";
import { ensureStack, openSession, target } from "../../stack/session.ts";
import { engineStep } from "../../stack/update.ts";
import { exitCodes } from "../exit.ts";
import { printJson } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values): Promise<number> {
    if (values.changed) return (await import("./preview-changed.ts")).main(values);
    for (const option of ["base", "markdown"].filter((name) => values[name] !== undefined)) {
        const next = "m3perf preview --changed --base REF --markdown";
        throw new UserError(
            `--${option} needs --changed`,
            { what: "without it one stack is previewed as it is", next },
            exitCodes.usage,
        );
    }
    target(values);
    const progress = createProgress();
    const session = await openSession(values, { toolsOnly: true, say: progress.say });
    try {
        if (session.idle) {
            progress.say(
                "The lab is down: this previews a first `up`. Not checked against a cluster: what the API server accepts, what exists already.",
            );
        }
        await ensureStack(session);
        const { changes = {}, warnings } = await engineStep(session, "pulumi preview", ["preview"], progress);
        const unchanged = nothingChanged(changes);
        // All to be created: there is nothing yet that others could have changed.
        const stands = Object.entries(changes).some(([op, count]) => op !== "create" && count > 0);
        const byOthers = stands ? await changedByOthers(session, progress) : [];
        if (values.json) {
            const { stack, site } = session;
            printJson({ stack, site, unchanged, changes, byOthers: byOthers ?? null, warnings });
        } else {
            const summary = unchanged ? "No difference" : "Would change";
            process.stdout.write(`${summary}: ${changesText(changes)}.\n${othersText(byOthers ?? [])}`);
        }
        return exitCodes.ok;
    } finally {
        await session.close();
    }
}
