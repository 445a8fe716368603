/**
 * Runs the load generator as a process of its own: what m3perf does meanwhile must not delay a request, and a load ends with whoever
 * started it, also when that was killed (the generator notices that the channel between them closes).
 */
import { fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LoadInterval, LoadPlan } from "../../agent/load/types.ts";
import type { Environment } from "../../settings/environment.ts";
import { UserError } from "../../support/errors.ts";
import { projectRoot } from "../../support/paths.ts";
import { exitCodes } from "../cli/exit.ts";

export interface RunningLoad {
    /** The last whole second. */
    latest(): LoadInterval | undefined;
    /** Ends it; resolves when the answers in hand are there, or timed out, and its files are written. */
    stop(): Promise<void>;
    /** `error`: what it said when it could not go on. */
    ended: Promise<{ code: number; error?: string }>;
}

/** Characters of the generator's complaint that are kept. */
const told = 4000;

/** Starts a load whose files (operations/scenarios/types.ts) go to `folder`. `each` is told every line as it comes. */
export function startLoad(plan: LoadPlan, folder: string, each: (line: LoadInterval) => void = () => {}): RunningLoad {
    mkdirSync(folder, { recursive: true });
    // Options of the environment are in the plan already; the generator refuses both at once.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("M3PERF_LOAD_")));
    const child = fork(join(projectRoot, "agent/load/main.ts"), ["--plan", "-", "--out", folder], {
        env,
        stdio: ["pipe", "ignore", "pipe", "ipc"],
    });
    let latest: LoadInterval | undefined;
    let complaint = "";
    child.on("message", (line) => {
        latest = line as LoadInterval;
        each(latest);
    });
    child.stderr?.setEncoding("utf8").on("data", (part: string) => {
        complaint = (complaint + part).slice(-told);
    });
    child.stdin?.on("error", () => {}); // It ended before it had read all; its exit code tells why.
    child.stdin?.end(JSON.stringify(plan));
    const ended = new Promise<{ code: number; error?: string }>((resolve) => {
        child.on("error", (error) => resolve({ code: exitCodes.internal, error: error.message }));
        // "close", not "exit": all that it said has been read.
        child.on("close", (code, signal) => {
            const error = complaint.trim() || (signal === null ? undefined : `ended by ${signal}`);
            resolve({ code: code ?? exitCodes.internal, ...(error && code !== 0 ? { error } : {}) });
        });
    });
    return {
        latest: () => latest,
        async stop() {
            // Not by a signal: a process that does not listen for them yet would just be gone.
            if (child.connected) child.send("stop", () => {});
            await ended;
        },
        ended,
    };
}

/** Remote write URLs of the coordinators from outside of the cluster: the NodePort at every node that may carry one. */
export function loadTargets({ coordinator, nodes, stack }: Environment): string[] {
    const { nodePort } = coordinator;
    if (nodePort === undefined) {
        throw new UserError(
            `the coordinators of stack ${stack} have no NodePort`,
            {
                what: "a load from outside of the cluster has no way to them",
                next: "name another way with --remote-url, or set m3perf:coordinator.nodePort",
            },
            exitCodes.unavailable,
        );
    }
    return nodes
        .filter(({ roles }) => roles.includes("coordinator"))
        .map(({ address }) => `http://${address}:${nodePort}/api/v1/prom/remote/write`);
}
