import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../../settings/environment.ts";
import { UserError } from "../../support/errors.ts";
import type { Progress } from "../../support/progress.ts";
import { kubernetesOver, openConnection } from "../access/kubernetes.ts";
import { nodePortCall } from "../access/nodeport.ts";
import { secured } from "../access/secured.ts";
import { exitCodes } from "../cli/exit.ts";
import { calmNotes, isLive } from "../cli/output.ts";
import { answering } from "../stack/reach.ts";
import { type Check, type CheckContext, systems } from "./check.ts";
import { checks } from "./index.ts";
import { type CheckResult, runChecks } from "./run.ts";

/** The checks that "etcd,m3db.placement" names. Throws UserError for one that does not exist. */
export function chooseChecks(only: string | undefined): Check[] {
    if (only === undefined) return checks;
    const names = only.split(",").map((name) => name.trim());
    for (const name of names) {
        if (checks.some(({ id, system }) => id === name || system === name)) continue;
        throw new UserError(
            `there is no check "${name}"`,
            [{ what: `systems: ${systems.join(", ")}` }, { what: `checks: ${checks.map(({ id }) => id).join(", ")}` }],
            exitCodes.usage,
        );
    }
    return checks.filter(({ id, system }) => names.includes(id) || names.includes(system));
}

/** Opens the environment's cluster. Throws UserError when it does not answer: no check could tell more. */
export async function openContext(environment: Environment, since?: number): Promise<CheckContext> {
    const { call } = secured(await openConnection(environment.kubeconfig, environment.context), environment);
    const kubernetes = kubernetesOver(call);
    await answering(environment, () => kubernetes.nodes());
    return {
        environment,
        kubernetes,
        nodePort: nodePortCall(environment, call),
        now: () => Date.now(),
        pause: (milliseconds) => sleep(milliseconds),
        ...(since === undefined ? {} : { since }),
    };
}

export interface VerifyOptions {
    progress: Progress;
    /** Seconds for which failing checks are tried again. */
    wait?: number;
    /** See CheckContext. */
    since?: number;
    /** See RunOptions. */
    signal?: AbortSignal;
}

/** Verifies an environment as one step of the progress; see runChecks. */
export function verify(
    environment: Environment,
    chosen: Check[],
    { progress, wait = 0, since, signal }: VerifyOptions,
): Promise<CheckResult[]> {
    return progress.step("verify", async (note) => {
        const notes = calmNotes(note, isLive());
        const onProgress = (passed: number, total: number, waiting: string[]) =>
            notes.note(`${passed} of ${total} passed; ${waiting.slice(0, 3).join(", ")}`);
        try {
            return await runChecks(chosen, await openContext(environment, since), {
                wait,
                onProgress,
                ...(signal && { signal }),
            });
        } finally {
            notes.end();
        }
    });
}

/** What `--json` prints. */
export function verifyJson(environment: Environment, results: CheckResult[]) {
    const failed = results.filter(({ ok }) => !ok).length;
    return { stack: environment.stack, ok: failed === 0, passed: results.length - failed, failed, checks: results };
}
