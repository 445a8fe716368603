/** Runs one Node process for the engine (a program or a plugin written in TypeScript) and makes sure that it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

/** `cmd/run` ends with this code when it has already shown the error to the user (@pulumi/pulumi/cmd/run/index.js). */
const bailCode = 32;

/** Seconds that a process may take to end before it is killed. */
const grace = 4;

const running = new Set<ChildProcess>();

export interface Outcome {
    /** Empty when the program ended well or has told its error itself. */
    error: string;
    /** True when the error was shown already. */
    bail: boolean;
    code: number;
}

/** Path of one of the SDK's entry points ("run", "run-plugin", …) as the program in `directory` would resolve it. */
export function sdkCommand(directory: string, name: string): string {
    try {
        return createRequire(join(directory, "package.json")).resolve(`@pulumi/pulumi/cmd/${name}`);
    } catch {
        throw new Error(
            `the Pulumi SDK (@pulumi/pulumi) is not installed for the program in ${directory}: run "npm install" there`,
        );
    }
}

/**
 * Runs Node with `args`. With `onOutput`, output goes there; without, to this process' own stdout and stderr, which the
 * engine shows to the user line by line with their severities.
 */
export function runNode(
    args: string[],
    options: {
        cwd: string;
        env: NodeJS.ProcessEnv;
        onOutput?: (stream: "stdout" | "stderr", data: Buffer) => void;
        onStart?: (child: ChildProcess) => void;
        command?: string;
    },
): Promise<Outcome> {
    const { onOutput } = options;
    return new Promise((resolve) => {
        const child = spawn(options.command ?? process.execPath, args, {
            cwd: options.cwd,
            env: options.env,
            stdio: ["ignore", onOutput ? "pipe" : "inherit", onOutput ? "pipe" : "inherit"],
        });
        running.add(child);
        options.onStart?.(child);
        if (onOutput) {
            child.stdout?.on("data", (data: Buffer) => onOutput("stdout", data));
            child.stderr?.on("data", (data: Buffer) => onOutput("stderr", data));
        }
        child.on("error", (error) => {
            running.delete(child);
            resolve({ error: `could not run ${child.spawnfile}: ${error.message}`, bail: false, code: 127 });
        });
        child.on("close", (code, signal) => {
            running.delete(child);
            resolve(outcome(code, signal));
        });
    });
}

export function outcome(code: number | null, signal: NodeJS.Signals | null): Outcome {
    if (code === 0) return { error: "", bail: false, code: 0 };
    if (code === bailCode) return { error: "", bail: true, code: bailCode };
    if (code !== null) return { error: `Program exited with non-zero exit code: ${code}`, bail: false, code };
    return { error: `Program exited unexpectedly: ${signal}`, bail: false, code: -1 };
}

/** Asks a process to end and kills it after a grace period. */
export function stop(child: ChildProcess): void {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), grace * 1000);
    timer.unref();
    child.once("exit", () => clearTimeout(timer));
}

export function stopAll(): void {
    for (const child of running) stop(child);
}

/** For a host that ends at once: nothing of ours may outlive it. */
export function killAll(): void {
    for (const child of running) child.kill("SIGKILL");
}
