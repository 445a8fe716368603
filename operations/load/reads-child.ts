/** Runs the query load as a process of its own, as child.ts runs the write load: what m3perf does meanwhile must not delay a query. */
import { fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type ReadPlan, readPlanProblems } from "../../agent/load/reads-plan.ts";
import type { LoadInterval } from "../../agent/load/types.ts";
import type { Environment } from "../../settings/environment.ts";
import { UserError } from "../../support/errors.ts";
import { projectRoot } from "../../support/paths.ts";
import { exitCodes } from "../cli/exit.ts";

export interface RunningReads {
    /** The last whole second. */
    latest(): LoadInterval | undefined;
    /** Ends it; resolves when the answers in hand are there, or timed out, and its file is written. */
    stop(): Promise<void>;
    /** `error`: what it said when it could not go on. */
    ended: Promise<{ code: number; error?: string }>;
}

/** Characters of the process' complaint that are kept. */
const told = 4000;

/**
 * Starts a query load whose lines go to `folder`/reads.jsonl. `each` is told every line as it comes. Throws UserError for a plan that
 * cannot be run.
 */
export function startReads(
    plan: ReadPlan,
    folder: string,
    each: (line: LoadInterval) => void = () => {},
): RunningReads {
    const problems = readPlanProblems(plan);
    if (problems.length > 0) {
        throw new UserError(
            "this query load cannot be run",
            problems.map((what) => ({ what })),
            exitCodes.usage,
        );
    }
    mkdirSync(folder, { recursive: true });
    const child = fork(join(projectRoot, "agent/load/reads-main.ts"), ["--plan", "-", "--out", folder], {
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

/** Where queries go from outside of the cluster: the NodePort of m3query (or of what answers for it) at each node that runs it. */
export function queryTargets({ query, nodes, stack }: Environment): string[] {
    const { nodePort } = query;
    if (nodePort === undefined) {
        throw new UserError(
            `the query service of stack ${stack} has no NodePort`,
            {
                what: "a query load from outside of the cluster has no way to it",
                why: "with m3perf:gateway.exclusive only the gateway has one, and it asks for a token",
                next: "run the query load in a stack whose gateway is not exclusive",
            },
            exitCodes.unavailable,
        );
    }
    return nodes
        .filter(({ roles }) => roles.includes("coordinator"))
        .map(({ address }) => `http://${address}:${nodePort}`);
}
