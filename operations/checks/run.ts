import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../support/errors.ts";
import { slots } from "../../support/slots.ts";
import type { Check, CheckContext, System, Verdict } from "./check.ts";

/** What came of one check. */
export interface CheckResult {
    id: string;
    system: System;
    title: string;
    ok: boolean;
    /** Seconds that its last run took. */
    seconds: number;
    /** Seconds from the beginning of all checks to the end of its last run. */
    after?: number;
    evidence: string[];
    cause?: string;
    next?: string;
}

export interface RunOptions {
    /** Limit of one run of one check, in seconds; 30 unless told. */
    limit?: number;
    /** Seconds for which failing checks are tried again: for an environment that has only just come up. 0 unless told. */
    wait?: number;
    /** Ends the trying again; what was found by then is the result. */
    signal?: AbortSignal;
    /** Checks that run side by side; 12 unless told. */
    width?: number;
    /** Called after each run of a check: how many pass, of how many. */
    onProgress?: (passed: number, total: number, waitingFor: string[]) => void;
}

const pause = 2;

/**
 * Runs checks side by side, and each that fails again, whatever the others are at: none waits for a slower one. Always returns one result
 * per check, in their order, within `wait` and two limits.
 */
export async function runChecks(
    checks: Check[],
    context: CheckContext,
    options: RunOptions = {},
): Promise<CheckResult[]> {
    const { limit = 30, wait = 0, width = 12, onProgress, signal } = options;
    const start = performance.now();
    const deadline = start + wait * 1000;
    const results = new Map<string, CheckResult>();
    const report = () => {
        const passed = [...results.values()].filter(({ ok }) => ok).length;
        const waiting = checks.filter(({ id }) => results.get(id)?.ok !== true).map(({ id }) => id);
        onProgress?.(passed, checks.length, waiting);
    };
    const slot = slots(width);
    const untilItPasses = async (check: Check) => {
        for (;;) {
            const result = await slot(() => runOne(check, context, limit));
            results.set(check.id, { ...result, after: rounded(performance.now() - start) });
            report();
            if (result.ok || performance.now() + pause * 1000 > deadline) return;
            await sleep(pause * 1000, undefined, signal && { signal }).catch(() => {});
            if (signal?.aborted) return;
        }
    };
    await Promise.all(checks.map(untilItPasses));
    return checks.flatMap(({ id }) => results.get(id) ?? []);
}

/** Seconds, of milliseconds. */
const rounded = (milliseconds: number) => Math.round(milliseconds / 10) / 100;

async function runOne(check: Check, context: CheckContext, limit: number): Promise<CheckResult> {
    const { id, system, title } = check;
    const start = performance.now();
    const verdict = await within(limit, check, context);
    const seconds = rounded(performance.now() - start);
    const base = { id, system, title, ok: verdict.ok, seconds };
    return verdict.ok ? { ...base, evidence: [verdict.evidence] } : { ...base, ...verdict };
}

async function within(limit: number, check: Check, context: CheckContext): Promise<Verdict> {
    const timer = new AbortController();
    const tooLate = sleep(limit * 1000, undefined, { signal: timer.signal }).then((): Verdict => {
        const evidence = [`no result within ${limit} s`];
        return {
            ok: false,
            evidence,
            cause: "something it asks does not answer",
            next: "m3perf verify, once more; then look at the other failures first",
        };
    });
    try {
        return await Promise.race([check.run(context), tooLate]);
    } catch (error) {
        const message = messageOf(error);
        return {
            ok: false,
            evidence: [message],
            cause: /placement does not exist|key not found/.test(message)
                ? "M3 finds it no more in etcd, or not yet: etcd was emptied, or the set-up has not come so far"
                : "what it asks does not answer",
            next: `kubectl -n ${context.environment.namespace} get pods -o wide`,
        };
    } finally {
        timer.abort();
        tooLate.catch(() => {});
    }
}
