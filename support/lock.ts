import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "./errors.ts";

export interface LockOptions {
    /** Limit in seconds for the wait; 1800 unless told. */
    timeout?: number;
    /** Ends the wait. The work is told by whoever gives it the same signal, and holds the lock until it has ended. */
    signal?: AbortSignal | undefined;
    /** Called once when another process holds the lock. */
    onWait?: () => void;
}

/**
 * Does `work` while this process holds the lock file; others wait. The lock is flock(2)'s, held by a `flock` child that
 * ends when its standard input closes: it goes with the process that holds it, even one that is killed (SIGKILL).
 * Throws UserError when the lock is not free within the limit.
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + (options.timeout ?? 1800) * 1000;
    for (;;) {
        const release = await acquire(file, options, Math.max(0, deadline - performance.now()) / 1000);
        if (!release) continue;
        try {
            return await work();
        } finally {
            await release();
        }
    }
}

/**
 * Waits for the lock, `seconds` at most, and returns what frees it. Undefined: the file was removed while we waited (by
 * `lab down`, with its folder), so that ours locks nobody out.
 */
async function acquire(
    file: string,
    options: LockOptions,
    seconds: number,
): Promise<(() => Promise<void>) | undefined> {
    await mkdir(dirname(file), { recursive: true });
    options.signal?.throwIfAborted();
    const child = spawn("flock", ["--wait", seconds.toFixed(3), file, "sh", "-c", "echo held; exec cat"], {
        stdio: ["pipe", "pipe", "inherit"],
        detached: true, // a Ctrl-C in the terminal must not free the lock before the work has stopped
    });
    const stop = () => child.kill();
    options.signal?.addEventListener("abort", stop, { once: true });
    let broken: Error | undefined;
    child.on("error", (error) => {
        broken = error; // flock(1) is not there
    });
    const ended = once(child, "close").catch(() => undefined);
    const release = async () => {
        child.stdin.end();
        await ended;
    };
    const waits = setTimeout(() => options.onWait?.(), 300);
    try {
        const held = await Promise.race([once(child.stdout, "data").then(() => true), ended.then(() => false)]);
        options.signal?.throwIfAborted();
        if (broken) throw broken;
        if (!held) {
            throw new UserError(`the lock ${file} was not free within ${options.timeout ?? 1800} s`, {
                what: "another m3perf process holds it",
                next: `wait for it, or see who holds it with: fuser -v ${file}`,
            });
        }
        if (isOpenIn(child.pid, file)) return release;
        await release();
        return undefined;
    } finally {
        clearTimeout(waits);
        options.signal?.removeEventListener("abort", stop);
    }
}

/** Whether the process has the file of this name open: this one, not one of that name that is no more. */
function isOpenIn(pid: number | undefined, file: string): boolean {
    const wanted = statSync(file, { throwIfNoEntry: false });
    if (!wanted) return false;
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
        const open = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false });
        return open?.ino === wanted.ino && open.dev === wanted.dev;
    });
}
