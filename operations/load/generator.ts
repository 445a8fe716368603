/**
 * Runs a generator of agent/load as a process of its own: what m3perf does meanwhile must not delay a request, and a load ends with
 * whoever started it, also when that was killed (the generator notices that the channel between them closes).
 */
import { fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LoadInterval } from "../../agent/load/types.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { projectRoot } from "../../support/paths.ts";
import { exitCodes } from "../cli/exit.ts";
import { type Totals, totalsOf } from "./totals.ts";

export interface RunningLoad {
    /** The last seconds, as one; undefined: not one has passed. */
    lately(): Totals | undefined;
    /** Ends it; resolves when the answers in hand are there, or timed out, and its files are written. It is killed where it hangs. */
    stop(): Promise<void>;
    /** `error`: what it said when it could not go on. */
    ended: Promise<{ code: number; error?: string }>;
}

/** After the last answer can have come, ms for it to write its files and end. */
const grace = 30_000;
/** Seconds that are told as the present: a small load has no request in some of them. */
const lately = 5;
/** Characters of the generator's complaint that are kept. */
const told = 4000;

/** Starts a program of agent/load with its plan and the tokens that it sends with; its files go to `folder`. `each` is told every line as it comes. Throws UserError where there can be no such folder. */
export function startGenerator(
    program: "main.ts" | "reads-main.ts",
    plan: { timeoutMs: number },
    folder: string,
    each: (line: LoadInterval) => void,
    tokens: string[] = [],
): RunningLoad {
    try {
        mkdirSync(folder, { recursive: true });
    } catch (error) {
        const problem = { what: messageOf(error), next: "name a folder that can be made" };
        throw new UserError("the load's files cannot be written", problem, exitCodes.usage);
    }
    // Options of the environment are in the plan already; the generator refuses both at once.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("M3PERF_LOAD_")));
    const child = fork(join(projectRoot, "agent/load", program), ["--plan", "-", "--out", folder], {
        env,
        stdio: ["pipe", "ignore", "pipe", "ipc"],
    });
    let last: LoadInterval[] = [];
    let complaint = "";
    child.on("message", (line) => {
        last = [...last, line as LoadInterval].slice(-lately);
        each(line as LoadInterval);
    });
    child.stderr?.setEncoding("utf8").on("data", (part: string) => {
        complaint = (complaint + part).slice(-told);
    });
    child.stdin?.on("error", () => {}); // It ended before it had read all; its exit code tells why.
    // The only way that no list of processes and no file shows the tokens.
    child.stdin?.end(JSON.stringify({ plan, tokens }));
    const ended = new Promise<{ code: number; error?: string }>((resolve) => {
        child.on("error", (error) => resolve({ code: exitCodes.internal, error: error.message }));
        // "close", not "exit": all that it said has been read.
        child.on("close", (code, signal) => {
            const error = complaint.trim() || (signal === null ? undefined : `ended by ${signal}`);
            resolve({ code: code ?? exitCodes.internal, ...(error && code !== 0 ? { error } : {}) });
        });
    });
    return {
        lately: () => (last.length > 0 ? totalsOf(last) : undefined),
        async stop() {
            // Not by a signal: a process that does not listen for them yet would just be gone.
            if (child.connected) child.send("stop", () => {});
            const hangs = setTimeout(() => child.kill("SIGKILL"), plan.timeoutMs + grace);
            await ended.finally(() => clearTimeout(hangs));
        },
        ended,
    };
}
