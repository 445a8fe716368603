/** SSH connections as the resources' `connection` input describes them: retries, limits, jump host, host key check. */
import { existsSync } from "node:fs";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ConnectConfig } from "ssh2";
import ssh2 from "ssh2";
import { HostKeyError, hostKeyAlgorithms, hostKeyParts, hostKeyProblem } from "../../../support/ssh-host-key.ts";
import { type CallContext, isMap, type PropertyMap } from "../shared/index.ts";

/** Seconds between two attempts: the first pause, its growth and its limit, as in the official plugin. */
const retry = { first: 0.1, factor: 1.5, most: 5 };

/** A fault that another attempt cannot mend. */
class FinalError extends Error {}

/**
 * Opens the connection, through the jump host if there is one. Failed attempts are shown beside the resource. Throws when
 * their limit is exceeded.
 */
export async function connect(connection: PropertyMap, context: CallContext, urn: string): Promise<Client> {
    const { signal } = context;
    const show = (text: string) => context.log.status(text, urn);
    if (!isMap(connection.proxy)) return dialAgain(connection, signal, show, () => dial(connection, signal));
    const { proxy } = connection;
    const jump = await dialAgain(proxy, signal, show, () => dial(proxy, signal), "the jump host ");
    try {
        const client = await dialAgain(connection, signal, show, async () =>
            dial(connection, signal, await forward(jump, connection, signal)),
        );
        client.on("close", () => jump.end());
        return client;
    } catch (error) {
        jump.end();
        throw error;
    }
}

async function dialAgain(
    connection: PropertyMap,
    signal: AbortSignal,
    show: (text: string) => void,
    attempt: () => Promise<Client>,
    role = "",
): Promise<Client> {
    const limit = Number(connection.dialErrorLimit ?? 10); // -1: no limit
    let pause = retry.first;
    for (let failures = 1; ; failures++) {
        try {
            return await attempt();
        } catch (error) {
            signal.throwIfAborted();
            const where = `${role}${userOf(connection)}@${connection.host}:${portOf(connection)}`;
            const message = (error as Error).message;
            if (error instanceof FinalError || error instanceof HostKeyError)
                throw new Error(`cannot connect to ${where}: ${message}`);
            if (limit >= 0 && failures > limit) {
                const tries = failures === 1 ? "the only attempt" : `${failures} attempts`;
                throw new Error(`cannot connect to ${where}: ${message} (gave up after ${tries})`);
            }
            show(
                `dialling ${where}: attempt ${failures} of ${limit < 0 ? "any number" : limit + 1} failed (${message})`,
            );
        }
        await sleep(pause * 1000, undefined, { signal });
        pause = Math.min(pause * retry.factor, retry.most);
    }
}

/** One attempt, over `socket` when there is one. */
function dial(connection: PropertyMap, signal: AbortSignal, socket?: Duplex): Promise<Client> {
    const config = clientConfig(connection); // throws FinalError, HostKeyError
    return new Promise((resolve, reject) => {
        const client = new ssh2.Client();
        let refused: HostKeyError | undefined;
        const limit = dialLimit(connection);
        const end = (error: Error) => {
            clearTimeout(timer);
            signal.removeEventListener("abort", abort);
            client.removeAllListeners();
            client.on("error", () => {}); // what still comes from the socket is of no interest
            client.destroy();
            reject(refused ?? error);
        };
        const abort = () => end(new Error("cancelled"));
        const timer =
            limit > 0 ? setTimeout(() => end(new Error(`no answer within ${limit} s`)), limit * 1000) : undefined;
        signal.addEventListener("abort", abort, { once: true });
        client.on("error", end);
        client.on("close", () => end(new Error("the other side closed the connection")));
        client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) => {
            finish(prompts.map(() => String(connection.password ?? "")));
        });
        client.on("ready", () => {
            clearTimeout(timer);
            signal.removeEventListener("abort", abort);
            client.removeAllListeners("error");
            client.removeAllListeners("close");
            client.on("error", () => {}); // seen where the connection is used, as its end
            resolve(client);
        });
        client.connect({
            ...config,
            ...(socket ? { sock: socket as never } : {}),
            hostVerifier: (key: Buffer) => {
                // None expected: any is taken, as by the official plugin.
                refused = hostKeyProblem(typeof connection.hostKey === "string" ? connection.hostKey : undefined, key);
                return refused === undefined;
            },
        });
    });
}

function clientConfig(connection: PropertyMap): ConnectConfig {
    const text = (name: string): string | undefined => {
        const value = connection[name];
        return typeof value === "string" && value !== "" ? value : undefined;
    };
    const config: ConnectConfig = {
        host: text("host") ?? "",
        port: portOf(connection),
        username: userOf(connection),
        readyTimeout: 0, // our own limit covers the whole attempt
        // A host that went away without a word is noticed within half a minute.
        keepaliveInterval: 10_000,
        keepaliveCountMax: 3,
    };
    const key = text("privateKey");
    if (key !== undefined) {
        const parsed = ssh2.utils.parseKey(key, text("privateKeyPassword"));
        if (parsed instanceof Error) throw new FinalError(`the private key cannot be read: ${parsed.message}`);
        config.privateKey = key;
        const passphrase = text("privateKeyPassword");
        if (passphrase !== undefined) config.passphrase = passphrase;
    }
    const password = text("password");
    if (password !== undefined) {
        config.password = password;
        config.tryKeyboard = true;
    }
    const named = text("agentSocketPath");
    const agent = named ?? process.env.SSH_AUTH_SOCK;
    if (named !== undefined && !existsSync(named)) throw new FinalError(`there is no SSH agent at ${named}`);
    if (agent && existsSync(agent)) config.agent = agent;
    // The documented preference: the key before the password.
    const ways = [
        ...(config.privateKey ? ["publickey" as const] : []),
        ...(password === undefined ? [] : (["password", "keyboard-interactive"] as const)),
        ...(config.agent ? ["agent" as const] : []),
    ];
    config.authHandler = ["none", ...ways];
    const type = hostKeyParts(text("hostKey"))?.type;
    if (type !== undefined) config.algorithms = { serverHostKey: hostKeyAlgorithms(type) as never };
    return config;
}

/** A channel of the jump host to the host. A jump host that does not answer counts as an attempt that took too long. */
export async function forward(
    jump: Pick<Client, "forwardOut">,
    connection: PropertyMap,
    signal: AbortSignal,
): Promise<Duplex> {
    const limit = dialLimit(connection);
    const host = String(connection.host);
    let stop = (_reason: Error) => {};
    const abort = () => stop(new Error("cancelled"));
    const late = () => stop(new Error(`the jump host did not connect within ${limit} s`));
    const timer = limit > 0 ? setTimeout(late, limit * 1000) : undefined;
    signal.addEventListener("abort", abort, { once: true });
    try {
        return await new Promise((resolve, reject) => {
            let stopped = false;
            stop = (reason) => {
                stopped = true;
                reject(reason);
            };
            if (signal.aborted) return abort();
            jump.forwardOut("127.0.0.1", 0, host, portOf(connection), (error, channel) => {
                if (error) reject(error);
                else if (stopped)
                    channel.destroy(); // nobody waits for it any more
                else resolve(channel);
            });
        });
    } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
    }
}

/** Seconds that one attempt may take; 0: no limit. */
function dialLimit(connection: PropertyMap): number {
    return Number(connection.perDialTimeout ?? 15);
}

function portOf(connection: PropertyMap): number {
    return Number(connection.port ?? 22);
}

function userOf(connection: PropertyMap): string {
    return typeof connection.user === "string" && connection.user !== "" ? connection.user : "root";
}
