import { type SpawnOptions, spawn } from "node:child_process";
import { constants } from "node:os";
import { UserError } from "./errors.ts";

export interface ExecOptions {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    /** Text for standard input; none unless told. */
    input?: string;
    /** Limit in seconds, 600 unless told; the child is killed after it. */
    timeout?: number;
    signal?: AbortSignal;
    /** Called with each line of output as it comes (stdout and stderr). */
    onLine?: (line: string) => void;
    /** Called with each line of stderr as it comes. */
    onErrorLine?: (line: string) => void;
}

export interface ExecResult {
    code: number;
    stdout: string;
    stderr: string;
}

/** Runs a program without a shell and waits for its end. Never throws for a non-zero exit code: see `run`. */
export function exec(command: string, args: string[], options: ExecOptions = {}): Promise<ExecResult> {
    const spawnOptions: SpawnOptions = { stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"] };
    if (options.cwd) spawnOptions.cwd = options.cwd;
    if (options.env) spawnOptions.env = options.env;
    if (options.signal) spawnOptions.signal = options.signal;
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, spawnOptions);
        const limit = options.timeout ?? 600;
        const timer = setTimeout(() => {
            child.kill("SIGKILL");
            // "close" would wait for every process that the child has started and that holds its output: perhaps for ever.
            child.stdout?.destroy();
            child.stderr?.destroy();
            reject(new UserError(`${command} did not end within ${limit} s`, { what: args.join(" ") }));
        }, limit * 1000);
        const collected = { stdout: "", stderr: "" };
        for (const name of ["stdout", "stderr"] as const) {
            let rest = "";
            const told = (line: string) => {
                options.onLine?.(line);
                if (name === "stderr") options.onErrorLine?.(line);
            };
            child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
                collected[name] += chunk;
                const lines = (rest + chunk).split("\n");
                rest = lines.pop() ?? "";
                lines.forEach(told);
            });
            child[name]?.on("end", () => {
                if (rest) told(rest);
            });
        }
        child.on("error", (error) => {
            clearTimeout(timer);
            reject(error);
        });
        child.on("close", (code, signal) => {
            clearTimeout(timer);
            resolve({ code: code ?? 128 + (signal === null ? 15 : constants.signals[signal]), ...collected });
        });
        if (options.input !== undefined) {
            child.stdin?.on("error", () => {}); // a child that ends without reading its input is no error of ours
            child.stdin?.end(options.input);
        }
    });
}

/** Runs a program and returns its standard output. Throws UserError with the end of its output when it fails. */
export async function run(command: string, args: string[], options: ExecOptions = {}): Promise<string> {
    const result = await exec(command, args, options);
    if (result.code !== 0) {
        const tail = (result.stderr || result.stdout).trimEnd().split("\n").slice(-12).join("\n    ");
        throw new UserError(`${command} failed with exit code ${result.code}`, { what: args.join(" "), why: tail });
    }
    return result.stdout;
}
