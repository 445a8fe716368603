/** A virtual machine on an overlay of the image. */
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { UserError } from "../../support/errors.ts";
import { type ExecResult, exec, run } from "../../support/exec.ts";
import { waitFor } from "../../support/wait.ts";
import { guestAddress } from "./image/guest-files.ts";
import type { VmImage } from "./image/index.ts";
import { type Machine, PortTakenError, startMachine } from "./process.ts";
import type { RepositoryServer } from "./repository.ts";

/** How it answers SSH; fits a node's `ssh` in a site file. */
export interface VmSsh {
    host: "127.0.0.1";
    port: number;
    user: "root";
    privateKeyFile: string;
    hostKey: string;
}

export interface Vm {
    name: string;
    ssh: VmSsh;
    /** Words of ssh(1) that lead in, its host key checked; a command follows. */
    sshWords: string[];
    /** Its address in its own network. */
    address: string;
    /** Of its qemu; undefined while it is off. Another one after each powerOn. */
    readonly pid: number | undefined;
    /** File of what it writes to its console (boot loader, kernel). */
    consoleLog: string;
    /** Power reset: what the guest has not written to its disk is lost. */
    reset(): Promise<void>;
    /** Power cut. Nothing listens on its SSH port until powerOn. */
    powerOff(): Promise<void>;
    powerOn(): Promise<void>;
    /** Ends it and removes its overlay; its console's log stays. May be called twice. */
    stop(): Promise<void>;
    /** Waits until it lets us in. UserError with the console's last lines when the limit (in seconds) is over. */
    waitForSsh(limitSeconds: number): Promise<void>;
    /** A command there, as root; its host key is checked. Limit in seconds, 120 unless told. Never throws for an exit code; 255 is ssh's own. */
    run(command: string, options?: { timeout?: number }): Promise<ExecResult>;
}

export interface VmOptions {
    image: VmImage;
    name: string;
    /** A folder of the caller's, such as a temporary one; the machine's files lie in a folder of its name in there. */
    folder: string;
    /** MiB of the guest's memory, 560 unless told; qemu takes up to 200 more. */
    memoryMi?: number;
    repository: RepositoryServer;
    /** Stops it. */
    signal?: AbortSignal;
}

/** Starts a machine; it answers SSH after waitForSsh. It ends with this process at the latest. */
export async function startVm(options: VmOptions): Promise<Vm> {
    const { image, name, repository, signal } = options;
    signal?.throwIfAborted();
    const folder = join(options.folder, name);
    const disk = join(folder, "disk.qcow2");
    const consoleLog = join(folder, "console.log");
    const knownHosts = join(folder, "known_hosts");
    if (existsSync(disk)) throw new UserError(`there is a virtual machine ${name} in ${options.folder} already`);
    await mkdir(folder, { recursive: true });
    await run("qemu-img", ["create", "-q", "-f", "qcow2", "-b", image.path, "-F", "qcow2", disk], { timeout: 60 });

    let stopped = false;
    let machine: Machine | undefined;
    const start = async (sshPort: number) => {
        if (stopped) throw new UserError(`the virtual machine ${name} has been stopped`);
        const memoryMi = options.memoryMi ?? 560;
        const started = await startMachine({
            name,
            disk,
            memoryMi,
            consoleLog,
            sshPort,
            repositoryPort: repository.port,
        });
        machine = started;
        void started.ended.then(() => {
            if (machine === started) machine = undefined;
        });
    };
    const powerOff = async () => {
        await machine?.end();
        machine = undefined;
    };
    const stop = async () => {
        stopped = true;
        signal?.removeEventListener("abort", abort);
        await powerOff();
        await rm(disk, { force: true });
    };
    const abort = () => void stop();
    signal?.addEventListener("abort", abort, { once: true });
    try {
        const port = await startOnFreePort(start);
        await writeFile(knownHosts, `[127.0.0.1]:${port} ${image.hostKey}\n`);
        const ssh: VmSsh = {
            host: "127.0.0.1",
            port,
            user: "root",
            privateKeyFile: image.privateKeyFile,
            hostKey: image.hostKey,
        };
        const sshWords = sshArguments(ssh, knownHosts);
        const vm: Vm = {
            name,
            ssh,
            sshWords,
            address: guestAddress,
            get pid() {
                return machine?.pid;
            },
            consoleLog,
            async reset() {
                if (!machine) throw new UserError(`the virtual machine ${name} is off`);
                await machine.reset();
            },
            powerOff,
            async powerOn() {
                if (!machine) await start(port);
            },
            stop,
            waitForSsh: (limit) => waitForSsh(vm, limit, signal),
            run: (command, { timeout = 120 } = {}) =>
                exec("ssh", [...sshWords, command], { timeout, ...(signal ? { signal } : {}) }),
        };
        return vm;
    } catch (error) {
        await stop();
        throw error;
    }
}

/** Options, user and host, for ssh(1) with this machine alone in its known_hosts. */
export function sshArguments(ssh: VmSsh, knownHosts: string): string[] {
    const settings = {
        UserKnownHostsFile: knownHosts,
        GlobalKnownHostsFile: "none",
        StrictHostKeyChecking: "yes",
        IdentitiesOnly: "yes",
        BatchMode: "yes",
        LogLevel: "ERROR",
        // qemu takes connections to the port while the guest is not up: they are silent.
        ConnectTimeout: "10",
        ServerAliveInterval: "5",
        ServerAliveCountMax: "4",
    };
    const given = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    return ["-F", "none", "-i", ssh.privateKeyFile, "-p", `${ssh.port}`, ...given, `${ssh.user}@${ssh.host}`];
}

async function waitForSsh(vm: Vm, limit: number, signal?: AbortSignal): Promise<void> {
    const what = `the virtual machine ${vm.name} to answer SSH`;
    await waitFor({ what, timeout: limit, every: 0.5, ...(signal ? { signal } : {}) }, async () => {
        const { code, stderr } = await vm.run("true", { timeout: 40 });
        if (code !== 0) throw new Error(`${stderr.trim().split("\n").at(-1)}; its console: ${vm.consoleLog}`);
        return true;
    });
}

/**
 * Calls `start` with a port of 127.0.0.1 that nobody listens on, again with another where somebody was faster. The ports lie outside
 * of those that the kernel gives to connections: the machine keeps its port while it is off.
 */
async function startOnFreePort(start: (port: number) => Promise<void>): Promise<number> {
    for (let tries = 1; ; tries += 1) {
        const port = randomInt(22_000, 29_000);
        if (!(await isFree(port))) continue;
        try {
            await start(port);
            return port;
        } catch (error) {
            if (!(error instanceof PortTakenError) || tries > 10) throw error;
        }
    }
}

function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = createServer();
        server.on("error", () => resolve(false));
        server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
}
