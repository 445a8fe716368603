import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { UserError } from "../../support/errors.ts";
import { type ExecResult, exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { exitCodes } from "../cli/exit.ts";
import { type EngineEvent, type Follow, follow, startFollowing } from "./events.ts";
import type { Session } from "./session.ts";

/** Arguments that every command on the stack takes. */
function common({ stack, configFile }: Session, withConfig: boolean): string[] {
    return ["--stack", stack, "--non-interactive", ...(withConfig && configFile ? ["--config-file", configFile] : [])];
}

/** Runs a command that ends soon (`stack output`, `cancel`). Never throws for a non-zero exit code. */
export function pulumi(
    session: Session,
    words: string[],
    options: { cwd?: string; withConfig?: boolean } = {},
): Promise<ExecResult> {
    return exec("pulumi", [...words, ...common(session, options.withConfig ?? false)], {
        cwd: options.cwd ?? projectRoot,
        env: session.env,
        timeout: 300,
    });
}

export interface EngineRun extends Follow {
    code: number;
    /** What the CLI said outside the engine, when it failed. */
    said: string;
}

/**
 * Runs the engine (up, preview, destroy, refresh) and follows its events. The child has a process group of its own: one Ctrl-C
 * is passed on once, so that the engine finishes what it has in hand and saves its state; two at once would abort it.
 */
export async function runEngine(
    session: Session,
    words: string[],
    show: { line(text: string): void; note(text: string): void },
): Promise<EngineRun> {
    const child = spawn("pulumi", [...words, "--json", ...common(session, true)], {
        cwd: projectRoot,
        // Without it, `preview --json` prints one document at its end instead of events.
        env: { ...session.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
    });
    let interrupted = false;
    const interrupt = () => {
        if (interrupted) show.line("already asked Pulumi to stop; it finishes what it has in hand");
        else child.kill("SIGINT");
        interrupted = true;
    };
    // A terminal that is closed as well: the child would outlive us and end at its next line of output, in the middle of an update.
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.on(signal, interrupt);
    const state = startFollowing();
    const said: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
    createInterface({ input: child.stdout }).on("line", (line) => {
        const event = eventOf(line);
        if (!event) {
            said.push(line);
            return;
        }
        const { lines, note } = follow(state, event, Date.now() / 1000); // the engine's own times are whole seconds
        lines.forEach(show.line);
        if (note) show.note(note);
    });
    try {
        const code = await new Promise<number>((resolve, reject) => {
            child.on("error", (error) => reject(noPulumi(error)));
            child.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
        });
        const end = said
            .filter((line) => line.trim() !== "")
            .slice(-20)
            .join("\n");
        return { ...state, code: interrupted ? exitCodes.interrupted : code, said: end };
    } finally {
        for (const signal of signals) process.off(signal, interrupt);
    }
}

function eventOf(line: string): EngineEvent | undefined {
    if (!line.startsWith("{")) return undefined;
    try {
        return JSON.parse(line) as EngineEvent;
    } catch {
        return undefined;
    }
}

export function noPulumi(error: Error): Error {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return error;
    return new UserError(
        "there is no pulumi on the PATH",
        {
            what: "a site of your own uses your own Pulumi CLI and backend",
            next: "install it (https://www.pulumi.com/docs/install), log in, and run this again",
        },
        exitCodes.unavailable,
    );
}
