/**
 * A plugin's process: a gRPC server on a free port of 127.0.0.1, the port on standard output as the CLI expects, and an
 * end in every case: on the engine's Cancel running calls are aborted, on SIGINT or SIGTERM the process ends, and when the
 * parent is gone as well (plugins have a process group of their own: no terminal signal reaches them; facts.md 2).
 */
import * as grpc from "@grpc/grpc-js";
import { messageOf } from "../../../support/errors.ts";

/** The process that started this one, as the launcher saw it (bundle.ts): when Node has loaded, it may be gone already. */
const parent = Number(process.argv.find((word) => word.startsWith("--parent="))?.split("=")[1] ?? process.ppid);

/** The engine sends whole checkpoints' worth of properties in one message. */
const messageLimit = 400 * 1024 * 1024;

export interface PluginServer {
    port: number;
    /** Aborted when running calls are to give up. */
    signal: AbortSignal;
    /** Aborts the running calls; the process stays. */
    cancel(): void;
    /** Ends the process after at most `grace` seconds for the running calls. */
    stop(grace?: number): Promise<void>;
}

export interface PluginOptions {
    /** Called once with the server's handle, before it listens. */
    services: (server: grpc.Server, plugin: PluginServer) => void;
    /** What must be ended before the process is (child processes, connections). */
    onStop?: () => Promise<void> | void;
    /** False for tests that run the server in their own process. */
    ownProcess?: boolean;
}

export async function servePlugin(options: PluginOptions): Promise<PluginServer> {
    const server = new grpc.Server({
        "grpc.max_receive_message_length": messageLimit,
        "grpc.max_send_message_length": messageLimit,
    });
    const controller = new AbortController();
    const ownProcess = options.ownProcess ?? true;
    let stopping: Promise<void> | undefined;
    const plugin: PluginServer = {
        port: 0,
        signal: controller.signal,
        cancel: () => controller.abort(new Error("the update was cancelled")),
        stop(grace = 5) {
            stopping ??= (async () => {
                plugin.cancel();
                const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
                await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, grace * 1000).unref())]);
                server.forceShutdown();
                await options.onStop?.();
            })();
            return stopping;
        },
    };
    options.services(server, plugin);
    plugin.port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
            error ? reject(error) : resolve(port),
        );
    });
    if (ownProcess) {
        const end = endWithParent(plugin);
        // Nobody reads it any more: nobody will ever connect.
        process.stdout.write(`${plugin.port}\n`, (error) => error && end(0));
    }
    return plugin;
}

/** Returns what ends the process, after `grace` seconds for the running calls. */
function endWithParent(plugin: PluginServer): (grace: number) => void {
    const end = (grace: number) => {
        void plugin.stop(grace).finally(() => process.exit(0));
    };
    process.on("SIGINT", () => end(5));
    process.on("SIGTERM", () => end(2));
    // The CLI may close the pipes once it has the port.
    process.stdout.on("error", () => {});
    process.stderr.on("error", () => {});
    setInterval(() => {
        if (process.ppid !== parent) end(1);
    }, 500).unref();
    return end;
}

/** The command line of a plugin: the engine's address is the last argument that is no flag. */
export function engineAddress(args: string[] = process.argv.slice(2)): string {
    return args.filter((argument) => !argument.startsWith("-")).at(-1) ?? "";
}

/** Runs a plugin's main; what goes wrong before the port is printed goes to standard error, where the CLI shows it. */
export function mainOf(start: () => Promise<unknown>): void {
    start().catch((error: unknown) => {
        process.stderr.write(`${messageOf(error)}\n`);
        process.exit(1);
    });
}
