/** Runs a command on this machine, in a process group of its own that ends with the call. */
import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { Archive, type CallContext, type PropertyMap } from "../shared/index.ts";
import { filesByGlobs } from "./globs.ts";
import { commandFailure, OutputCapture, type Privacy, stopReason } from "./output.ts";

/** Seconds between asking a cancelled command to end and killing it. */
const grace = 3;

const running = new Set<ChildProcess>();
// However this process ends, no command outlives it.
process.on("exit", () => {
    for (const child of running) signalGroup(child, "SIGKILL");
});

export interface CommandRun {
    command: string;
    /** The resource's inputs, without secret marks. */
    inputs: PropertyMap;
    /** Outputs of the last run; they go into the environment. */
    previous: PropertyMap;
    urn: string;
    privacy: Privacy;
}

/** The outputs of the run. Throws for a non-zero exit code, with what the command printed. */
export async function runLocal(run: CommandRun, context: CallContext): Promise<PropertyMap> {
    const { command, inputs, previous, urn, privacy } = run;
    context.signal.throwIfAborted();
    const [program = "/bin/sh", ...args] = texts(inputs.interpreter) ?? ["/bin/sh", "-c"];
    const dir = resolve(typeof inputs.dir === "string" ? inputs.dir : ".");
    const capture = new OutputCapture(context, urn, inputs.logging, privacy);
    const stdin = typeof inputs.stdin === "string" && inputs.stdin !== "" ? inputs.stdin : undefined;
    const why = await new Promise<string>((settle) => {
        const child = spawn(program, [...args, command], {
            cwd: dir,
            env: { ...process.env, ...environment(inputs), ...previousOutput(inputs, previous) },
            stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
            detached: true, // its own group, so that cancelling ends all that it started
        });
        running.add(child);
        const cancel = () => {
            signalGroup(child, "SIGTERM");
            setTimeout(() => signalGroup(child, "SIGKILL"), grace * 1000).unref();
        };
        context.signal.addEventListener("abort", cancel, { once: true });
        child.stdout?.on("data", (data: Buffer) => capture.add("stdout", data));
        child.stderr?.on("data", (data: Buffer) => capture.add("stderr", data));
        if (stdin !== undefined) {
            child.stdin?.on("error", () => {}); // a command need not read its input
            child.stdin?.end(stdin);
        }
        const done = (text: string) => {
            running.delete(child);
            context.signal.removeEventListener("abort", cancel);
            settle(text);
        };
        child.on("error", (error) => done(`could not start ${program} in ${dir} (${error.message})`));
        child.on("close", (code, signal) => {
            if (context.signal.aborted) return done(stopReason(context));
            done(code === 0 ? "" : code === null ? `ended by ${signal}` : `exit status ${code}`);
        });
    });
    const captured = capture.finish();
    if (why !== "") throw commandFailure(why, command, capture.combined(), privacy);
    const outputs: PropertyMap = { ...captured };
    const assetPaths = texts(inputs.assetPaths);
    if (assetPaths) outputs.assets = await filesByGlobs(dir, assetPaths);
    const archivePaths = texts(inputs.archivePaths);
    if (archivePaths) outputs.archive = new Archive({ assets: await filesByGlobs(dir, archivePaths) });
    return outputs;
}

export function environment(inputs: PropertyMap): Record<string, string> {
    const given = inputs.environment;
    if (typeof given !== "object" || given === null) return {};
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
}

/** What the last run printed, for the next one to use; empty output is left out. */
export function previousOutput(inputs: PropertyMap, previous: PropertyMap): Record<string, string> {
    if (inputs.addPreviousOutputInEnv === false) return {};
    const names = { PULUMI_COMMAND_STDOUT: previous.stdout, PULUMI_COMMAND_STDERR: previous.stderr };
    return Object.fromEntries(
        Object.entries(names).filter(
            (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
        ),
    );
}

function texts(value: unknown): string[] | undefined {
    return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
    try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
        // it has ended already
    }
}
