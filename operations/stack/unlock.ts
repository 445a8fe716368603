import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../support/errors.ts";
import type { Progress } from "../../support/progress.ts";
import { waitFor } from "../../support/wait.ts";
import { exitCodes } from "../cli/exit.ts";
import { stackLocks } from "./lock.ts";
import { type ExportedState, pendingCount, withCreated } from "./pending.ts";
import { pulumi } from "./pulumi.ts";
import type { Session } from "./session.ts";
import { engineStep } from "./update.ts";

/** Seconds to wait for another update of the same stack to end. */
const patience = 1800;

/**
 * Frees the stack of the lock that a killed update left behind on this machine, and waits for an update that still runs.
 * Locks of other machines are left alone: Pulumi then refuses with its own words.
 */
export async function freeStack(session: Session, say: (text: string) => void): Promise<void> {
    const locks = () => stackLocks(session.env.PULUMI_BACKEND_URL, session.project, session.stack);
    const running = locks().find(({ state }) => state === "running");
    if (running) {
        say(`another update of this stack runs (process ${running.pid}, since ${running.since}): waiting for its end`);
        await waitFor({ what: `the update by process ${running.pid} to end`, timeout: patience, every: 1 }, () =>
            locks().every(({ pid, state }) => pid !== running.pid || state !== "running"),
        );
    }
    const stale = locks().filter(({ state }) => state === "stale");
    if (stale.length === 0) return;
    say(`an earlier update was killed (process ${stale.map(({ pid }) => pid).join(", ")}): its lock is removed`);
    const { code, stderr } = await pulumi(session, ["cancel", "--yes"]);
    if (code !== 0) {
        throw new UserError(
            "the lock of a killed update could not be removed",
            { what: stderr.trim(), next: `rm ${stale.map(({ file }) => file).join(" ")}` },
            exitCodes.failed,
        );
    }
}

/** Empty where there is no state yet, or none that can be read: the engine tells of that. */
export async function exportState(session: Session): Promise<ExportedState> {
    const { code, stdout } = await pulumi(session, ["stack", "export"]);
    return code === 0 ? (JSON.parse(stdout) as ExportedState) : {};
}

/**
 * What a killed update had in hand is in the state as "pending", and each later update warns of it. A refresh looks at what came of
 * it. Objects that were being created are put into the state for that (pending.ts); other creations are forgotten, and the next update
 * makes them again: what they do can be done twice.
 */
export async function clearPending(session: Session, progress: Progress, state: ExportedState): Promise<void> {
    const pending = pendingCount(state);
    if (pending === 0) return;
    progress.say(
        `an earlier update left ${pending} operation${pending === 1 ? "" : "s"} unfinished: looking at what came of it`,
    );
    const created = withCreated(state);
    if (created) await replaceState(session, created);
    await engineStep(
        session,
        "pulumi refresh",
        ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"],
        progress,
    );
}

/** Secrets are encrypted in it, as in the export. */
async function replaceState(session: Session, state: ExportedState): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "m3perf-state-"));
    try {
        const file = join(folder, "state.json");
        await writeFile(file, JSON.stringify(state), { mode: 0o600 });
        const { code, stderr } = await pulumi(session, ["stack", "import", "--file", file]);
        if (code !== 0)
            throw new UserError("what a killed update had begun could not be put into the stack's state", {
                what: stderr.trim(),
                next: "nothing was changed; run this again",
            });
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}
