import { messageOf } from "../../support/errors.ts";
import type { Log } from "./log.ts";

export interface QueueOptions {
    /** Milliseconds before a key's first run after a success. */
    base?: number;
    /** Milliseconds at most. */
    limit?: number;
}

/**
 * Keys to work on, each at most once at a time; a key added while it is worked on runs again afterwards. As in the real
 * operator (client-go's AddRateLimited without a requeue), a failure is not tried again by itself: only the next event runs
 * the key, and each event since the last success doubles the delay.
 */
export class WorkQueue {
    readonly #work: (key: string) => Promise<void>;
    readonly #log: Log;
    readonly #base: number;
    readonly #limit: number;
    readonly #attempts = new Map<string, number>();
    readonly #timers = new Map<string, { at: number; timer: NodeJS.Timeout }>();
    readonly #running = new Map<string, Promise<void>>();
    readonly #again = new Set<string>();
    #stopped = false;

    constructor(work: (key: string) => Promise<void>, log: Log, options: QueueOptions = {}) {
        this.#work = work;
        this.#log = log;
        this.#base = options.base ?? 5;
        this.#limit = options.limit ?? 1_000_000;
    }

    add(key: string): void {
        if (this.#stopped) return;
        const attempts = this.#attempts.get(key) ?? 0;
        this.#attempts.set(key, attempts + 1);
        const delay = Math.min(this.#base * 2 ** attempts, this.#limit);
        const at = performance.now() + delay;
        const pending = this.#timers.get(key);
        if (pending && pending.at <= at) return;
        clearTimeout(pending?.timer);
        this.#timers.set(key, { at, timer: setTimeout(() => this.#due(key), delay) });
    }

    /** Takes no more keys and waits for those that are being worked on. */
    async stop(): Promise<void> {
        this.#stopped = true;
        for (const { timer } of this.#timers.values()) clearTimeout(timer);
        this.#timers.clear();
        this.#again.clear();
        await Promise.all(this.#running.values());
    }

    #due(key: string): void {
        this.#timers.delete(key);
        if (this.#running.has(key)) this.#again.add(key);
        else this.#running.set(key, this.#run(key));
    }

    async #run(key: string): Promise<void> {
        try {
            await this.#work(key);
            this.#attempts.delete(key);
        } catch (error) {
            this.#log.error(`error syncing '${key}': ${messageOf(error)}`);
        }
        this.#running.delete(key);
        if (this.#again.delete(key) && !this.#stopped) this.#running.set(key, this.#run(key));
    }
}
