import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { messageOf, UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";
import { shorten } from "./http.ts";

/** How a kubeconfig's credential plugin (`exec:`) is run. */
export interface LoginOptions {
    /** Seconds that it may take, 60 unless told: a person may have to log in elsewhere meanwhile. */
    limit?: number;
    /** Seconds after which is told what is waited for, 2 unless told. */
    patience?: number;
    /** Where that is told; standard error unless told. */
    tell?: (text: string) => void;
}

/**
 * What each call to the API server goes with. Calls that come together ask once, so that no plugin runs beside itself. What is resolved
 * is shared: to be copied, not changed. Rejects with UserError where a plugin gives no credentials.
 */
export function loginOf(config: KubeConfig, options: LoginOptions = {}): () => Promise<RequestOptions> {
    const plugin = pluginOf(config);
    const run = { late: false };
    if (plugin !== undefined) runLimited(config, plugin, run, options);
    const ask = async (): Promise<RequestOptions> => {
        const asked: RequestOptions = {};
        try {
            await config.applyToHTTPSOptions(asked);
        } catch (error) {
            throw plugin === undefined ? error : nothingFrom(plugin, error, run.late ? limitOf(options) : undefined);
        }
        return asked;
    };
    let pending: Promise<RequestOptions> | undefined;
    return () => {
        pending ??= ask().finally(() => {
            pending = undefined;
        });
        return pending;
    };
}

const limitOf = ({ limit = 60 }: LoginOptions) => limit;

/** "kubectl oidc-login get-token": a plugin's words before its options, among which secrets may be. Undefined: there is none. */
function pluginOf(config: KubeConfig): string | undefined {
    const exec: { command?: string; args?: string[] } | undefined = config.getCurrentUser()?.exec;
    if (!exec?.command) return undefined;
    const words = exec.args ?? [];
    const options = words.findIndex((word) => word.startsWith("-"));
    return [exec.command, ...(options < 0 ? words : words.slice(0, options))].join(" ");
}

/** What of the client library starts plugins (its ExecAuth, private): it waits for ever, and keeps what they say to itself. */
interface Starter {
    execFn?: (command: string, args: string[] | undefined, options: SpawnOptions) => ChildProcess;
}

/** Has plugins end at the limit, and says after a while which one is waited for, with what it says: perhaps where to log in. */
function runLimited(config: KubeConfig, plugin: string, run: { late: boolean }, options: LoginOptions): void {
    const { patience = 2, tell = (text) => process.stderr.write(text) } = options;
    const limit = limitOf(options);
    const { authenticators } = config as unknown as { authenticators: Starter[] };
    const starter = authenticators.find((one) => "execFn" in one);
    if (!starter) return;
    starter.execFn = (command, args, given) => {
        // It is not our user's keyboard that the library would hand on, but a pipe that stays open.
        const child = spawn(command, args ?? [], { ...given, stdio: ["ignore", "pipe", "pipe"] });
        run.late = false;
        let said = "";
        let told = false;
        child.stderr?.on("data", (chunk: string) => {
            if (told) tell(chunk);
            else said += chunk;
        });
        const timers = [
            setTimeout(() => {
                told = true;
                tell(`waiting for credentials of the kubeconfig's plugin "${plugin}", ${limit} s at most\n${said}`);
            }, patience * 1000),
            setTimeout(() => {
                run.late = true;
                child.kill("SIGKILL");
                // What it has started may hold its output open, and the library waits for the end of that.
                child.stdout?.destroy();
                child.stderr?.destroy();
            }, limit * 1000),
        ];
        for (const end of ["error", "close"]) child.on(end, () => timers.forEach(clearTimeout));
        return child;
    };
}

function nothingFrom(plugin: string, error: unknown, limit: number | undefined): UserError {
    const within = limit === undefined ? "" : ` within ${limit} s`;
    return new UserError(
        `the kubeconfig's plugin "${plugin}" gave no credentials${within}`,
        {
            what: shorten(messageOf(error)) || "it said nothing",
            next: "log in with it first (kubectl get nodes), or take a kubeconfig that asks nobody",
        },
        exitCodes.unavailable,
    );
}
