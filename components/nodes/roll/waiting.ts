import { messageOf, UserError } from "../../../support/errors.ts";
import { type WaitOptions, waitFor } from "../../../support/wait.ts";
import type { Sides } from "./sides.ts";

type Waiting = Pick<Sides, "say" | "signal" | "pace">;

/** The wait's limit was reached; `last`: what the last look threw. */
export class TooLate extends Error {
    readonly last: unknown;

    constructor(last: unknown) {
        super(messageOf(last));
        this.last = last;
    }
}

/**
 * Looks until `look` returns: what it throws means "not yet", but for errors that no patience mends (`hopeless`), which end the
 * wait at once. Throws TooLate after the limit, or the signal's reason.
 */
export async function patiently<T>(
    options: Omit<WaitOptions, "what">,
    hopeless: (error: unknown) => boolean,
    look: () => Promise<T>,
): Promise<T> {
    let last: unknown = new Error("no answer");
    let end: { value: T } | { error: unknown };
    try {
        end = await waitFor<typeof end>({ ...options, what: "" }, async () => {
            try {
                return { value: await look() };
            } catch (error) {
                if (hopeless(error)) return { error };
                last = error;
                return undefined;
            }
        });
    } catch (error) {
        if (options.signal?.aborted) throw error;
        throw new TooLate(last);
    }
    if ("error" in end) throw end.error;
    return end.value;
}

/** An error for people is one of the look's own; anything else is a moment without an answer. */
const forPeople = (error: unknown) => error instanceof UserError;

/** A call to an API server that may be away for a moment. Throws UserError, the call's own or that there was no answer. */
export async function askPatiently<T>({ signal, pace }: Waiting, call: () => Promise<T>): Promise<T> {
    try {
        return await patiently({ timeout: pace.patience, every: pace.every, signal }, forPeople, call);
    } catch (error) {
        if (!(error instanceof TooLate)) throw error;
        throw new UserError(`the cluster did not answer for ${pace.patience} s`, { what: error.message });
    }
}

class Missing extends Error {}

/**
 * Looks until nothing is missing; `look` tells what is, one line each, and what it cannot see is missing, too. Says it whenever
 * it changes. Throws UserError with the title and exactly what is missing after `limit` seconds; a UserError of the look's own
 * ends the wait at once.
 */
export async function untilNothingIsMissing(
    { say, signal, pace }: Waiting,
    limit: number,
    { title, next }: { title: string; next: string },
    look: () => Promise<string[]>,
): Promise<void> {
    let missing: string[] = [];
    let said = "";
    try {
        await patiently({ timeout: limit, every: pace.every, signal }, forPeople, async () => {
            missing = await look().catch((error: unknown) => {
                if (forPeople(error)) throw error;
                return [messageOf(error)];
            });
            if (missing.length === 0) return;
            const text = missing.join("\n    ");
            if (text !== said) say(`  not yet:\n    ${text}`);
            said = text;
            throw new Missing();
        });
    } catch (error) {
        if (!(error instanceof TooLate)) throw error;
        const problems = missing.length > 0 ? missing : ["the cluster does not answer"];
        throw new UserError(`${title} (waited ${limit} s)`, [
            ...problems.slice(0, -1).map((what) => ({ what })),
            { what: problems.at(-1) ?? "", next },
        ]);
    }
}
