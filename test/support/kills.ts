/** Commands killed at moments that nobody chose, for the suites that do so again and again. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { projectRoot } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";

const signals = ["SIGINT", "SIGTERM", "SIGKILL"] as const;

/**
 * How many kills in a row a command gets: M3PERF_KILLS, a number for all or some by name (`down=50,scenario=25`), or what suits it where
 * it is not named.
 */
export function killCount(command: string, usual: number, given = process.env.M3PERF_KILLS ?? ""): number {
    const parts = given.split(",").filter((part) => part !== "");
    if (!parts.every((part) => /^([a-z]+=)?[1-9]\d*$/.test(part)))
        throw new Error(`M3PERF_KILLS: ${given}: a number from 1 on, or command=number,…`);
    const own = parts.find((part) => part.startsWith(`${command}=`)) ?? parts.find((part) => !part.includes("="));
    return own === undefined ? usual : Number(own.split("=").at(-1));
}

export interface Kill {
    /** Milliseconds from the start. */
    after: number;
    signal: (typeof signals)[number];
    /** All of its processes at once, as when a machine is short of memory or loses power; else the command alone. */
    all: boolean;
}

/** The kill number `index` of a suite: the three signals in turn, for the command alone and for all of its processes. */
export const randomKill = (index: number, longest: number, earliest = 300): Kill => ({
    after: earliest + Math.random() * longest,
    signal: signals[index % signals.length] ?? "SIGKILL",
    all: Math.floor(index / signals.length) % 2 === 1,
});

/** A process and all that come from it, the youngest first. */
function treeOf(pid: number): number[] {
    const parents = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
            try {
                const stat = readFileSync(`/proc/${name}/stat`, "utf8");
                return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]) }];
            } catch {
                return []; // it ended
            }
        });
    const below = (one: number): number[] =>
        parents.filter(({ parent }) => parent === one).flatMap((child) => [...below(child.pid), child.pid]);
    return [...below(pid), pid];
}

/** Kills a process and all that come from it with SIGKILL. */
export const killTree = (pid: number): void => signalAll(treeOf(pid), "SIGKILL");

function signalAll(pids: number[], signal: NodeJS.Signals): void {
    for (const one of pids) {
        try {
            process.kill(one, signal);
        } catch {} // it ended by itself
    }
}

/**
 * Starts a command and kills it; prints when, and what it had said last: how far it had got. Resolves when it has ended (`limit`: seconds
 * for that): true if it was killed, false if it was done before its moment came. Throws where it had failed by then,
 * unless it may.
 */
export async function killed(
    command: string,
    args: string[],
    kill: Kill,
    { limit = 400, mayFail = true } = {},
): Promise<boolean> {
    const child = spawn(command, args, { cwd: projectRoot, stdio: ["ignore", "ignore", "pipe"] });
    let told = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        told = (told + text).slice(-4000);
    });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const first = await Promise.race([sleep(kill.after).then(() => "killed"), ended.then(() => "ended")]);
    const last = told.trim().split("\n").at(-1)?.trim() ?? "";
    const { pid } = child;
    assert.ok(pid, `${command} did not start`);
    if (first === "killed") signalAll(kill.all ? treeOf(pid) : [pid], kill.signal);
    const failed = first === "ended" && child.exitCode !== 0;
    assert.ok(
        !failed || mayFail,
        `${command} failed before it was killed, with ${child.exitCode}: ${told.slice(-1500)}`,
    );
    const done = failed ? `ended with ${child.exitCode}` : "was done";
    const how = first === "ended" ? done : `${kill.signal}${kill.all ? " to all processes" : ""}`;
    console.log(`      ${how} after ${(kill.after / 1000).toFixed(1)} s: ${last.slice(0, 100)}`);
    // An engine that was asked to stop finishes what it has in hand.
    await waitFor(
        { what: `${command} ${args.join(" ")} to end after ${kill.signal}`, timeout: limit },
        () => child.exitCode !== null || child.signalCode !== null,
    );
    await ended;
    child.stderr.destroy(); // a process that came from it and lives on may hold it
    return first === "killed";
}

/** Processes that have the text in their command line. */
export function processesNaming(text: string): string[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((pid) => {
            try {
                return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`];
            } catch {
                return []; // it ended
            }
        })
        .filter((line) => line.includes(text));
}
