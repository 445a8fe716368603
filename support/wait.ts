import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "./errors.ts";

/** ms: a timer of Node that is longer goes off at once. */
export const longestTimer = 2 ** 31 - 1;

export interface WaitOptions {
    /** What is awaited, for the message: "etcd-0 to answer". */
    what: string;
    /** Limit in seconds. Every wait has one. */
    timeout: number;
    /** Seconds between two looks; 0.25 unless told. */
    every?: number;
    signal?: AbortSignal;
}

/**
 * Looks until `look` returns a value that is not `undefined` or `false`. A `look` that throws counts as "not yet"; its
 * last message is part of the time-out error. A `look` that hangs is left behind at the limit, though it always gets the time
 * of one `every`. Throws UserError after `timeout` seconds, or the signal's reason.
 */
export async function waitFor<T>(
    options: WaitOptions,
    look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
    const every = (options.every ?? 0.25) * 1000;
    const deadline = performance.now() + options.timeout * 1000;
    let last = "";
    for (;;) {
        options.signal?.throwIfAborted();
        try {
            const seen = await within(Math.max(deadline - performance.now(), every), options.signal, look);
            if (seen === hangs) last ||= "nothing: the look itself did not end";
            else if (seen !== undefined && seen !== false) return seen;
        } catch (error) {
            last = error instanceof Error ? error.message : String(error);
        }
        options.signal?.throwIfAborted();
        if (performance.now() >= deadline) {
            throw new UserError(
                `waited ${options.timeout} s for ${options.what}`,
                last ? { what: `last seen: ${last}` } : [],
            );
        }
        await sleep(every, undefined, { signal: options.signal });
    }
}

const hangs = Symbol("hangs");

/** What `look` returns, or `hangs` after so many milliseconds or when the signal comes. */
async function within<T>(
    limit: number,
    signal: AbortSignal | undefined,
    look: () => T,
): Promise<Awaited<T> | typeof hangs> {
    let leave = () => {};
    const left = new Promise<typeof hangs>((resolve) => {
        leave = () => resolve(hangs);
    });
    const timer = setTimeout(leave, Math.min(limit, longestTimer));
    signal?.addEventListener("abort", leave, { once: true });
    try {
        return await Promise.race([look(), left]);
    } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", leave);
    }
}
