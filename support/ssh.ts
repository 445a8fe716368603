/** A small SSH client for people's hosts: one key, one expected host key, at most one jump host, every wait with a limit. */
import type { Duplex } from "node:stream";
import type { Client, ConnectConfig } from "ssh2";
import ssh2 from "ssh2";
import { UserError } from "./errors.ts";
import { addressOf, connectFault, forwardFault, jumpFault, SshError } from "./ssh-error.ts";
import { execOn, remoteCommand, type SshExecOptions, type SshResult } from "./ssh-exec.ts";
import { type HostKeyError, hostKeyAlgorithms, hostKeyParts, hostKeyProblem } from "./ssh-host-key.ts";
import { privateKeyProblem } from "./ssh-private-key.ts";
import type { SshTarget } from "./ssh-target.ts";

export { SshError, type SshFault } from "./ssh-error.ts";
export type { SshExecOptions, SshResult } from "./ssh-exec.ts";

export interface SshOptions {
    /** Limit in seconds for the whole way there, jump host included. */
    timeout: number;
    signal?: AbortSignal | undefined;
    /** Seconds after which a host that says nothing any more counts as gone; 30 unless told. */
    silence?: number;
}

export interface SshSession {
    /**
     * Runs a script by /bin/sh, as the target's user or as root. Never throws for a non-zero exit code (a command that a signal ended
     * has 128 + its number). Throws SshError of the kind lost or limit, or the signal's reason.
     */
    exec(script: string, options: SshExecOptions): Promise<SshResult>;
    /** Hangs up; commands that still run are lost. */
    close(): Promise<void>;
}

type Hop = Omit<SshTarget, "jump">;

interface Attempt {
    deadline: number;
    timeout: number;
    signal: AbortSignal | undefined;
    silence: number;
}

/** Connects, through the jump host if there is one. Throws SshError; UserError when the target's keys are no keys. */
export async function openSsh(target: SshTarget, options: SshOptions): Promise<SshSession> {
    const { timeout, signal, silence = 30 } = options;
    const attempt = { deadline: performance.now() + timeout * 1000, timeout, signal, silence };
    const { jump } = target;
    if (!jump) return sessionOver(target, await dial(target, attempt));
    const first = await dial(jump, attempt).catch((error: unknown) => {
        throw error instanceof SshError ? jumpFault(error, addressOf(target)) : error;
    });
    try {
        const client = await dial(target, attempt, await forward(first, target, attempt));
        return sessionOver(target, client, first);
    } catch (error) {
        hangUp(first);
        throw error;
    }
}

function sessionOver(target: SshTarget, client: Client, jump?: Client): SshSession {
    const where = addressOf(target);
    let gone = false;
    const ended = new Promise<void>((resolve) => {
        client.once("close", () => {
            gone = true;
            if (jump) hangUp(jump);
            resolve();
        });
    });
    return {
        async exec(script, options) {
            if (gone) throw new SshError("lost", `the connection to ${where} is gone`);
            const sudo = options.root === true && target.user !== "root";
            return await execOn(client, where, remoteCommand(script, sudo), options);
        },
        async close() {
            if (gone) return;
            client.end();
            // A host that is gone answers nothing any more: nobody waits for it.
            const timer = setTimeout(() => client.destroy(), 500);
            await ended;
            clearTimeout(timer);
        },
    };
}

/** One connection, over `sock` when there is one. */
function dial(hop: Hop, attempt: Attempt, sock?: Duplex): Promise<Client> {
    const config = configOf(hop, attempt); // throws UserError
    const where = addressOf(hop);
    return new Promise((resolve, reject) => {
        const client = new ssh2.Client();
        let refused: HostKeyError | undefined;
        const settle = () => {
            clearTimeout(timer);
            attempt.signal?.removeEventListener("abort", abort);
            for (const event of ["error", "close", "ready"] as const) client.removeAllListeners(event);
            client.on("error", () => {}); // seen where the connection is used, as its end
        };
        const fail = (error: unknown) => {
            settle();
            client.destroy();
            sock?.destroy();
            reject(error);
        };
        const abort = () => fail(attempt.signal?.reason);
        const timer = setTimeout(() => fail(tooLate(where, attempt)), left(attempt));
        attempt.signal?.addEventListener("abort", abort, { once: true });
        client.on("error", (error) => fail(connectFault(refused ?? error, where)));
        client.on("close", () => fail(connectFault(new Error("Connection lost before handshake"), where)));
        client.on("ready", () => {
            settle();
            resolve(client);
        });
        if (attempt.signal?.aborted) return abort();
        const hostVerifier = (key: Buffer) => {
            refused = hostKeyProblem(hop.hostKey, key);
            return refused === undefined;
        };
        try {
            client.connect({ ...config, ...(sock ? { sock: sock as never } : {}), hostVerifier });
        } catch (error) {
            fail(connectFault(error as Error, where));
        }
    });
}

function configOf(hop: Hop, { silence }: Attempt): ConnectConfig {
    const where = addressOf(hop);
    const unusable = privateKeyProblem(hop.privateKey);
    if (unusable) throw new UserError(`the private key for ${where} ${unusable}`);
    const expected = hostKeyParts(hop.hostKey);
    if (!expected) throw new UserError(`no host key is given for ${where}`, { what: "host keys are always checked" });
    return {
        host: hop.host,
        port: hop.port,
        username: hop.user,
        privateKey: hop.privateKey,
        authHandler: ["publickey"],
        algorithms: { serverHostKey: hostKeyAlgorithms(expected.type) as never },
        readyTimeout: 0, // our own limit covers the whole way
        // Asked after one third of the silence and after two; gone at the end of the third (ssh2, client.js, sendKA).
        keepaliveInterval: (silence * 1000) / 3,
        keepaliveCountMax: 2,
    };
}

/** A channel of the jump host to the target. */
function forward(jump: Client, target: Hop, attempt: Attempt): Promise<Duplex> {
    const where = addressOf(target);
    return new Promise((resolve, reject) => {
        let settled = false;
        const settle = (then: () => void) => {
            if (settled) return;
            settled = true;
            clearTimeout(timer);
            attempt.signal?.removeEventListener("abort", abort);
            jump.removeListener("close", lost);
            then();
        };
        const abort = () => settle(() => reject(attempt.signal?.reason));
        const lost = () => settle(() => reject(new SshError("jump", `${where}: the jump host hung up`)));
        const timer = setTimeout(() => settle(() => reject(tooLate(where, attempt))), left(attempt));
        attempt.signal?.addEventListener("abort", abort, { once: true });
        jump.once("close", lost);
        jump.forwardOut("127.0.0.1", 0, target.host, target.port, (error, channel) => {
            if (settled) channel?.destroy();
            else settle(() => (error ? reject(forwardFault(error, where)) : resolve(channel)));
        });
    });
}

function tooLate(where: string, { timeout }: Attempt): SshError {
    const next = "check that it is on, its address, network and firewall";
    return new SshError("timeout", `${where} does not answer`, { what: `no connection within ${timeout} s`, next });
}

const left = ({ deadline }: Attempt) => Math.max(1, deadline - performance.now());

function hangUp(client: Client): void {
    client.end();
    setTimeout(() => client.destroy(), 500).unref();
}
