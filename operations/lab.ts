/** The lab, as operations know it: a child process (`node lab/main.ts …`) that answers in JSON. Nothing of it is imported. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { type Problem, UserError } from "../support/errors.ts";
import { exec } from "../support/exec.ts";
import { holdBack } from "../support/held-back.ts";
import { projectRoot } from "../support/paths.ts";
import { exitCodes } from "./cli/exit.ts";

/** The lab that `m3perf:site: lab` stands for. */
export const defaultLab = "lab";

/** What `lab env --json` tells: all that `pulumi` and `kubectl` need in their environment to work on the lab's stack. */
export interface LabEnvironment {
    /** PULUMI_HOME, PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE_FILE, KUBECONFIG, PATH, … */
    env: Record<string, string>;
    /** Which CLI, language host and providers are in use, and where each came from. */
    choices: { name: string; version: string; origin: string }[];
}

const entry = join(projectRoot, "lab/main.ts");

/** What `lab up --json` tells at its end. */
export interface LabUp {
    timings?: { title: string; seconds: number }[];
}

/** What `lab status --json` tells, as far as operations need it. */
export interface LabState {
    state: "up" | "down" | "degraded" | "partial";
}

/**
 * Runs a lab command with this terminal and waits for its end; returns its exit code. A Ctrl-C reaches the child from the terminal
 * by itself: this process waits for it to clean up. Other signals are passed on.
 */
export async function runLab(words: string[]): Promise<number> {
    return endOf(spawn(process.execPath, [entry, ...words], { stdio: "inherit" }));
}

/** `lab status` ends with this where the lab is not up; its answer is whole all the same. */
const notUp = 3;

/** Runs a lab command that shows its progress on standard error and ends with JSON on standard output. Throws UserError. */
export async function askLab<T>(words: string[]): Promise<T> {
    const child = spawn(process.execPath, [entry, ...words, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
    let told = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
        told += text;
    });
    const code = await endOf(child);
    if (code !== 0 && !(words[0] === "status" && code === notUp)) {
        throw new UserError(`m3perf lab ${words.join(" ")} did not succeed`, { what: "see above" }, code);
    }
    return JSON.parse(told || "{}") as T;
}

/**
 * Runs a lab command to its end, in a process group of its own: a Ctrl-C at the terminal is for us, and what is being done to a node is
 * done to its end. Throws UserError with its words unless it succeeds.
 */
export const workOnLab = (words: string[]) => silently(words, { detached: true });

/** The same for one that may be broken off. */
export const waitForLab = (words: string[]) => silently(words, { detached: false });

async function silently(words: string[], { detached }: { detached: boolean }): Promise<void> {
    const child = spawn(process.execPath, [entry, ...words], { stdio: ["ignore", "ignore", "pipe"], detached });
    let told = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        told = (told + text).slice(-4000);
    });
    const code = await new Promise<number>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
    });
    if (code === 0) return;
    const said = told.trim().split("\n").slice(-6).join("\n    ");
    throw new UserError(`m3perf lab ${words.join(" ")} did not succeed`, { what: said || `exit code ${code}` }, code);
}

/**
 * A lab command that writes lines of JSON until it is ended: the newest is kept. In a process group of its own, so that a Ctrl-C at the
 * terminal does not reach it before us; it ends by itself when nobody reads it any more.
 */
export function followLab(words: string[]) {
    const child = spawn(process.execPath, [entry, ...words, "--json"], {
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
    });
    let newest: string | undefined;
    let rest = "";
    let told = "";
    let end: string | undefined;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        newest = lines.at(-1) ?? newest;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        told = (told + text).slice(-1000);
    });
    child.on("error", ({ message }) => {
        end = message;
    });
    child.on("close", (code, signal) => {
        end = told.trim().split("\n")[0] || `m3perf lab ${words[0]} ended with ${code ?? signal}`;
    });
    return {
        take(): string | undefined {
            const line = newest;
            newest = undefined;
            return line;
        },
        ended: () => end,
        close: () => void child.kill(),
    };
}

/** What this machine lacks for a lab; empty while one runs. */
export async function labProblems(lab: string): Promise<Problem[]> {
    const { code, stdout, stderr } = await exec(process.execPath, [entry, "check", "--json", "--lab", lab], {
        timeout: 120,
    });
    if (code !== 0)
        return [{ what: `m3perf lab check ended with ${code}`, why: stderr.trim().split("\n").at(-1) ?? "" }];
    return (JSON.parse(stdout) as { problems: Problem[] }).problems;
}

async function endOf(child: ChildProcess): Promise<number> {
    const wait = () => {};
    const pass = (signal: NodeJS.Signals) => child.kill(signal);
    process.on("SIGINT", wait).on("SIGTERM", pass).on("SIGHUP", pass);
    try {
        return await new Promise<number>((resolve, reject) => {
            child.on("error", reject);
            child.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
        });
    } finally {
        process.off("SIGINT", wait).off("SIGTERM", pass).off("SIGHUP", pass);
    }
}

/** Environment of a lab's stack. `toolsOnly`: the lab need not run; what Pulumi needs is made ready. Throws UserError. */
export async function labEnvironment(
    lab: string,
    toolsOnly: boolean,
    say: (line: string) => void,
): Promise<LabEnvironment> {
    const held = holdBack(say); // a first build, another command's lock
    const words = ["env", "--json", "--lab", lab, ...(toolsOnly ? ["--tools-only"] : [])];
    try {
        // The first time, this builds the Pulumi CLI from its Go module: minutes.
        const result = await exec(process.execPath, [entry, ...words], { timeout: 3600, onErrorLine: held.line });
        if (result.code === 0) return JSON.parse(result.stdout) as LabEnvironment;
        // Its own words are for people already.
        const told = (held.end().join("\n").trim() || result.stdout.trim()).split("\n").slice(-20).join("\n");
        throw new UserError(told || `lab env ended with ${result.code}`, [], exitCodes.unavailable);
    } finally {
        held.end();
    }
}
