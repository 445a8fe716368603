import type { Progress } from "../../support/progress.ts";
import { ensureStack, forgetStack, type Session } from "./session.ts";
import { clearPending, freeStack } from "./unlock.ts";
import { engineStep } from "./update.ts";

/** Seconds for which failing checks are tried again after an update: elections, the first remote write, pods that roll. */
export const settle = 180;

/** Brings a stack to what its settings say, whatever an earlier update left behind; returns the resources by operation. */
export async function bringUp(
    session: Session,
    progress: Progress,
    { refresh = false }: { refresh?: boolean } = {},
): Promise<Record<string, number>> {
    await ready(session, progress);
    // No preview first: nobody is asked, and the dry run of each resource would only cost time (facts.md 2).
    const words = ["up", "--yes", "--skip-preview", ...(refresh ? ["--refresh"] : [])];
    return (await engineStep(session, "pulumi up", words, progress)).changes ?? {};
}

/** Destroys a stack, also one that is only half there; returns the resources by operation. */
export async function tearDown(session: Session, progress: Progress): Promise<Record<string, number>> {
    await ready(session, progress);
    const run = await engineStep(session, "pulumi destroy", ["destroy", "--yes", "--skip-preview"], progress);
    if (session.lab === null) await forgetStack(session);
    return run.changes ?? {};
}

async function ready(session: Session, progress: Progress): Promise<void> {
    await freeStack(session, progress.say);
    await ensureStack(session);
    await clearPending(session, progress);
}
