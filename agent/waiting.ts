import { setTimeout as sleep } from "node:timers/promises";

export type Say = (text: string) => void;

/** What stopped the set-up, for a person: what, why, what to do. */
export class SetupError extends Error {
    constructor(what: string, why: string, next: string) {
        super(`${what}\n  why: ${why}\n  what to do: ${next}`);
    }
}

export interface Waiting {
    /** "the M3DB placement: …" */
    what: string;
    /** Seconds. */
    limit: number;
    /** Seconds between two looks. */
    every: number;
    /** What to do when it does not come. */
    next: string;
    say: Say;
}

/**
 * Looks until `look` gives something other than a text; a text says what is still missing, an error counts as one. Says what it
 * waits for, at once and whenever that changes. Throws SetupError after the limit with the last thing missing.
 */
export async function waitUntil<T>(waiting: Waiting, look: () => Promise<T | string>): Promise<T> {
    const deadline = performance.now() + waiting.limit * 1000;
    let missing = "";
    for (;;) {
        const seen = await look().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
        if (typeof seen !== "string") return seen;
        if (seen !== missing) waiting.say(`waiting for ${waiting.what} (${waiting.limit} s at most): ${seen}`);
        missing = seen;
        if (performance.now() >= deadline) {
            throw new SetupError(`waited ${waiting.limit} s for ${waiting.what}`, missing, waiting.next);
        }
        await sleep(waiting.every * 1000);
    }
}
