/** A qemu process: started so that it never outlives this one, and ended for certain. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../support/errors.ts";
import { type Hardware, qemuArguments } from "./qemu.ts";
import { openQmp, type Qmp } from "./qmp.ts";

export interface Machine {
    pid: number;
    /** Resets it as its button would: the guest's memory is lost, its disk keeps what was flushed. */
    reset(): Promise<void>;
    /** Cuts the power. Returns when the process is gone. */
    end(): Promise<void>;
    /** Fulfilled when the process is gone, for whatever reason. */
    readonly ended: Promise<unknown>;
}

/** The port for SSH was taken between our look and qemu's start. */
export class PortTakenError extends Error {}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts qemu; returns when it takes orders. The kernel kills it when this process ends in whatever way (PR_SET_PDEATHSIG, by
 * setpriv). Throws PortTakenError, or UserError with qemu's own words.
 */
export async function startMachine(hardware: Hardware): Promise<Machine> {
    const args = ["--pdeathsig", "KILL", "qemu-system-x86_64", ...qemuArguments(hardware)];
    const child: Child = spawn("setpriv", args, {
        stdio: ["pipe", "pipe", "pipe"],
        detached: true, // a Ctrl-C in the terminal is for us, who may have to look at the guest; and a session has its own share of time
    });
    let complaints = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        complaints += text;
    });
    const ended = once(child, "close").catch(() => undefined);
    const end = async (qmp?: Qmp) => {
        const running = () => child.exitCode === null && child.signalCode === null;
        // "quit" writes what qemu itself still holds of the overlay; a qemu that hangs is killed.
        if (qmp && running()) await qmp.order("quit").catch(() => {});
        const late = new AbortController();
        await Promise.race([ended, sleep(qmp ? 20_000 : 0, undefined, { signal: late.signal }).catch(() => {})]);
        late.abort();
        if (running()) child.kill("SIGKILL");
        await ended;
    };
    try {
        const qmp = await openQmp(child.stdin, child.stdout);
        if (child.pid === undefined) throw new Error("qemu has no process id");
        return { pid: child.pid, ended, reset: () => qmp.order("system_reset"), end: () => end(qmp) };
    } catch (error) {
        await end();
        if (/Could not set up host forwarding/.test(complaints)) throw new PortTakenError(complaints.trim());
        const what = complaints.trim() || (error as Error).message;
        throw new UserError(`the virtual machine ${hardware.name} did not start`, { what });
    }
}
