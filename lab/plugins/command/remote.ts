/** Runs a command on another machine over SSH. */
import type { Client, ClientChannel } from "ssh2";
import { type CallContext, isMap, type PropertyMap } from "../shared/index.ts";
import { type CommandRun, environment, previousOutput } from "./local.ts";
import { commandFailure, OutputCapture, stopReason } from "./output.ts";
import { connect } from "./ssh.ts";

/** Milliseconds that a cancelled command has to end after SIGTERM. */
const grace = 2000;

/**
 * The outputs of the run. Environment variables travel as SSH's own requests, which the server takes only for names that
 * its AcceptEnv allows (documented behaviour of the resource). Throws for a non-zero exit code.
 */
export async function runRemote(run: CommandRun, context: CallContext): Promise<PropertyMap> {
    const { command, inputs, previous, urn, privacy } = run;
    if (!isMap(inputs.connection)) throw new Error("connection is missing");
    const client = await connect(inputs.connection, context, urn);
    const capture = new OutputCapture(context, urn, inputs.logging, privacy);
    try {
        const why = await new Promise<string>((settle, reject) => {
            const env = { ...environment(inputs), ...previousOutput(inputs, previous) };
            // A connection that breaks closes the channel, too, but not before the channel is open.
            client.once("close", () => settle("the connection was lost"));
            client.exec(command, { env }, (error, channel) => {
                if (error) return reject(error);
                const cancel = () => stop(client, channel, () => settle(stopReason(context)));
                context.signal.addEventListener("abort", cancel, { once: true });
                if (context.signal.aborted) cancel();
                channel.on("data", (data: Buffer) => capture.add("stdout", data));
                channel.stderr.on("data", (data: Buffer) => capture.add("stderr", data));
                let ended: string | undefined;
                channel.on("exit", (code: number | null, signal?: string) => {
                    ended =
                        code === 0 ? "" : code === null ? `ended by ${signal}` : `Process exited with status ${code}`;
                });
                channel.on("close", () => {
                    context.signal.removeEventListener("abort", cancel);
                    settle(context.signal.aborted ? stopReason(context) : (ended ?? "the connection was lost"));
                });
                channel.end(typeof inputs.stdin === "string" ? inputs.stdin : "");
            });
        });
        const captured = capture.finish();
        if (why !== "") throw commandFailure(why, command, capture.combined(), privacy);
        return { ...captured };
    } finally {
        client.end();
    }
}

/**
 * Ends the command and what it has started. sshd passes the signal on, but not for root (OpenSSH session.c: "requires
 * privilege separation"): so a second session of this connection, whose parent is the same sshd, ends the groups of the first.
 * Where the host has no `ps`, the command may go on, as it does with the official plugin.
 */
function stop(client: Client, channel: ClientChannel, done: () => void): void {
    const send = (signal: "TERM" | "KILL", then: () => void) => {
        channel.signal(signal);
        const others = "$(ps -o pid= --ppid $PPID)";
        client.exec(`for p in ${others}; do [ $p = $$ ] || kill -${signal} -- -$p; done`, (error, second) => {
            if (error) return then();
            second.on("close", then).resume();
            second.stderr.resume();
        });
    };
    send("TERM", () => {});
    setTimeout(() => send("KILL", done), grace).unref();
}
