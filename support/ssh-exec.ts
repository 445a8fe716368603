import { constants } from "node:os";
import type { Readable } from "node:stream";
import type { Client, ClientCallback, ClientChannel } from "ssh2";
import { SshError } from "./ssh-error.ts";
import { longestTimer } from "./wait.ts";

export interface SshExecOptions {
    /** Limit in seconds; after it the command is left behind, and may go on there. */
    timeout: number;
    /** Standard input; none unless told. Secrets go this way: a script is seen in the host's list of processes. */
    stdin?: string | Readable;
    /** Run as root: by `sudo -n` where the user is another. */
    root?: boolean;
    signal?: AbortSignal | undefined;
    /** Called with each line of output as it comes (stdout and stderr). */
    onLine?: (line: string) => void;
}

export interface SshResult {
    code: number;
    stdout: string;
    stderr: string;
}

/** The command line that runs a script by /bin/sh, whatever the user's own shell is. Pure. */
export function remoteCommand(script: string, sudo = false): string {
    // Not `sh -s` with the script as its input: standard input is the script's own.
    return `${sudo ? "sudo -n " : ""}/bin/sh -c ${shellWord(script)}`;
}

/** A text as one word of a shell's command line, nothing in it expanded. */
export function shellWord(text: string): string {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Runs a command over an open connection and waits until its output is closed. Throws SshError (lost, limit, protocol). */
export function execOn(client: Client, where: string, command: string, options: SshExecOptions): Promise<SshResult> {
    const { timeout, signal, onLine = () => {} } = options;
    return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        let running: ClientChannel | undefined;
        let settled = false;
        const settle = (then: () => void) => {
            if (settled) return;
            settled = true;
            clearTimeout(timer);
            signal?.removeEventListener("abort", abort);
            client.removeListener("close", lost);
            running?.destroy();
            then();
        };
        const fail = (error: unknown) => settle(() => reject(error));
        const abort = () => fail(signal?.reason);
        const lost = () => {
            const title = `the connection to ${where} was lost while a command ran`;
            fail(new SshError("lost", title, { what: "the command may have gone on there" }));
        };
        const late = () => {
            const title = `a command on ${where} did not end within ${timeout} s`;
            fail(new SshError("limit", title, { what: "it may go on there" }));
        };
        const timer = setTimeout(late, Math.min(timeout * 1000, longestTimer));
        signal?.addEventListener("abort", abort, { once: true });
        client.once("close", lost);
        const started: ClientCallback = (error, channel) => {
            if (error)
                return fail(new SshError("protocol", `${where} runs no command`, { what: error.message }, error));
            if (settled) return channel.destroy();
            running = channel;
            const result = { stdout: "", stderr: "" };
            for (const name of ["stdout", "stderr"] as const) {
                linesOf(name === "stdout" ? channel : channel.stderr, onLine, (text) => {
                    result[name] += text;
                });
            }
            let code: number | undefined;
            channel.on("exit", (status: number | null, name?: NodeJS.Signals) => {
                code = status ?? 128 + (constants.signals[name ?? "SIGTERM"] ?? 0);
            });
            channel.on("error", () => {}); // seen as the channel's end
            channel.on("close", () => {
                const ended = code;
                if (ended === undefined) lost();
                else settle(() => resolve({ code: ended, ...result }));
            });
            const { stdin = "" } = options;
            if (typeof stdin === "string") channel.end(stdin);
            else stdin.pipe(channel);
        };
        try {
            client.exec(command, started);
        } catch {
            lost(); // ssh2 throws when the socket is gone already
        }
    });
}

function linesOf(stream: Readable, onLine: (line: string) => void, onText: (text: string) => void): void {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text: string) => {
        onText(text);
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        lines.forEach(onLine);
    });
    stream.on("end", () => {
        if (rest) onLine(rest);
    });
}
