import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../support/errors.ts";
import type { Progress } from "../../support/progress.ts";
import { criticalPath, type Span, type StateResource, type Stretch } from "./critical-path.ts";
import { refuseAnotherCluster } from "./home.ts";
import { pulumi } from "./pulumi.ts";
import { ensureStack, forgetStack, type Session } from "./session.ts";
import { clearPending, exportState, freeStack } from "./unlock.ts";
import { engineStep } from "./update.ts";

/**
 * Seconds for which failing checks are tried again after an update: elections, the first remote write, pods that roll. On a machine
 * whose memory had become ten times slower 180 were not enough (docs/figures-history.md).
 */
export const settle = 300;

/** Brings a stack to what its settings say, whatever an earlier update left behind; returns the resources by operation. */
export const bringUp = async (
    session: Session,
    progress: Progress,
    options: { refresh?: boolean } = {},
): Promise<Record<string, number>> => (await bringUpTimed(session, progress, options)).changes;

/** The same, and when the engine worked on what. */
export async function bringUpTimed(
    session: Session,
    progress: Progress,
    { refresh = false }: { refresh?: boolean } = {},
): Promise<{ changes: Record<string, number>; spans: Span[] }> {
    // No preview first: nobody is asked, and the dry run of each resource would only cost time (facts.md 2).
    const words = ["up", "--yes", "--skip-preview", ...(refresh ? ["--refresh"] : [])];
    const { changes = {}, spans } = await inTurn(session, progress, async () => {
        await ready(session, progress);
        return engineStep(session, "pulumi up", words, progress);
    });
    return { changes, spans };
}

/** What an update took its time for; nothing where nothing was changed. Throws UserError where the state cannot be read. */
export async function criticalPathOf(session: Session, spans: Span[]): Promise<Stretch[]> {
    if (spans.length === 0) return [];
    const { code, stdout, stderr } = await pulumi(session, ["stack", "export"]);
    if (code !== 0) throw new UserError("the stack's state cannot be read", { what: stderr.trim() });
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: StateResource[] } };
    return criticalPath(spans, deployment.resources ?? []);
}

/** Destroys a stack, also one that is only half there; returns the resources by operation. */
export async function tearDown(session: Session, progress: Progress): Promise<Record<string, number>> {
    const run = await inTurn(session, progress, async () => {
        await ready(session, progress);
        return engineStep(session, "pulumi destroy", ["destroy", "--yes", "--skip-preview"], progress);
    });
    if (session.lab === null) await forgetStack(session);
    return run.changes ?? {};
}

/** Updates that begin at the same moment see each other's lock when they have written their own (diy/lock.go), and all of them let go. */
const turns = 10;
const isLocked = (error: unknown) => error instanceof UserError && /stack is currently locked by/.test(error.message);

/**
 * Does the work when no other update of the stack runs; where one has begun since the last look, the engine has refused before it did
 * anything, and it is this one's turn later. Exported for its test. `pause`: ms; different for each, so that two do not meet again.
 */
export async function inTurn<T>(
    session: Session,
    progress: Pick<Progress, "say">,
    work: () => Promise<T>,
    pause = () => 500 + Math.random() * 4000,
): Promise<T> {
    for (let turn = 1; ; turn += 1) {
        await freeStack(session, progress.say);
        try {
            return await work();
        } catch (error) {
            if (!isLocked(error) || turn === turns) throw error;
            progress.say("another update of this stack has begun at the same moment: trying again");
            await sleep(pause());
        }
    }
}

async function ready(session: Session, progress: Progress): Promise<void> {
    await ensureStack(session);
    const state = await exportState(session);
    await refuseAnotherCluster(session, state);
    await clearPending(session, progress, state);
}
