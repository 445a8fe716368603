/**
 * A lab machine: process 1 of namespaces of its own (processes, mounts, network, host name, IPC), in a cgroup of its own,
 * with services that each have a cgroup below it. Powering off is ending process 1: the kernel ends all the others at
 * once, containers included, and undoes the machine's mounts and links.
 */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, UserError } from "../../support/errors.ts";
import { type ExecOptions, exec, run } from "../../support/exec.ts";
import { waitFor } from "../../support/wait.ts";
import {
    type CgroupLimits,
    childCgroups,
    joinFiles,
    killCgroup,
    makeCgroup,
    processesIn,
    removeCgroup,
} from "./cgroups.ts";
import type { Service } from "./config/services.ts";
import { digest, writeIfChanged, writeWhole } from "./files.ts";
import { cgroupOf, type Layout } from "./layout.ts";
import { startAs } from "./started.ts";

const source = fileURLToPath(new URL("./machine", import.meta.url));

/** Joins the cgroups that come before "--" (the kernel takes 0 for "the writer"), then becomes the command after it. */
const joinAndExec = 'while [ "$1" != -- ]; do echo 0 >"$1" || exit 70; shift; done; shift; exec "$@"';

/** Where a lab's machines are told apart. */
export interface MachineId {
    lab: string;
    name: string;
    files: Layout;
}

/** Process id of the machine's process 1 as the outside counts, or undefined: powered off. */
export function processOne({ lab, name }: MachineId): number | undefined {
    return processesIn(cgroupOf(lab, name, "init")).find((pid) => {
        try {
            // "NSpid: 4711 1": number 1 in a process namespace below ours.
            const ids = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]?.split(/\s+/) ?? [];
            return ids.length > 1 && ids.at(-1) === "1";
        } catch {
            return false;
        }
    });
}

/** Process 1 has done its set-up. */
function booted(pid: number): boolean {
    return existsSync(`/proc/${pid}/root/run/booted`);
}

/** Powers the machine on if it is off; returns its process 1. One that runs gets the limits, too: they may be new. */
export async function powerOn(id: MachineId, limits: CgroupLimits, signal?: AbortSignal): Promise<number> {
    const running = processOne(id);
    if (running !== undefined && booted(running)) {
        await makeCgroup(cgroupOf(id.lab, id.name), limits).catch((error: unknown) => {
            throw new UserError(`${id.name} cannot be given its limits while it runs`, {
                what: messageOf(error), // EBUSY: it uses more memory than it is to have
                next: `m3perf lab node power-off ${id.name}, then m3perf lab up`,
            });
        });
        return running;
    }
    if (processesIn(cgroupOf(id.lab, id.name)).length > 0) await powerOff(id); // half of one, of an `up` that was killed
    const { files, name } = id;
    await makeCgroup(cgroupOf(id.lab, name), limits);
    await makeCgroup(cgroupOf(id.lab, name, "init"));
    const folder = files.machine(name);
    const [units, bin, disk] = [join(folder, "units"), join(folder, "bin"), join(folder, "misc")];
    for (const path of [units, bin, disk, join(files.log, name)]) await mkdir(path, { recursive: true });
    for (const script of ["init", "systemctl"]) {
        await writeWhole(join(bin, script), await readFile(join(source, script)), 0o755);
    }
    const namespaces = [
        "--mount",
        "--propagation",
        "slave",
        "--uts",
        "--ipc",
        "--net",
        "--pid",
        "--fork",
        "--mount-proc",
    ];
    const init = ["/bin/bash", join(bin, "init"), name, units, bin, disk];
    const args = [...joinFiles(cgroupOf(id.lab, name, "init")), "--", "unshare", ...namespaces, ...init];
    const log = openSync(join(files.log, name, "init.log"), "a");
    const child = spawn("/bin/sh", ["-c", joinAndExec, "sh", ...args], {
        detached: true,
        stdio: ["ignore", log, log],
        cwd: "/",
        env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    });
    closeSync(log);
    child.unref();
    child.on("error", () => {}); // seen below: it does not boot
    return await waitFor({ what: `${name} to boot`, timeout: 20, every: 0.05, ...(signal ? { signal } : {}) }, () => {
        if (child.exitCode !== null) {
            const told = readFileSync(join(files.log, name, "init.log"), "utf8")
                .trim()
                .split("\n")
                .slice(-5);
            throw new UserError(`${name} does not boot`, { what: told.join("\n    ") });
        }
        const pid = processOne(id);
        return pid !== undefined && booted(pid) ? pid : undefined;
    });
}

/** Power cut: every process of the machine at once, without a word to any. Its cgroups go as well, as after a boot. */
export async function powerOff(id: MachineId): Promise<void> {
    const pid = processOne(id);
    if (pid !== undefined) {
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            // ended by itself
        }
    }
    const cgroup = cgroupOf(id.lab, id.name);
    const left = await killCgroup(cgroup);
    if (left.length > 0)
        throw new UserError(`${id.name} does not power off`, { what: `processes ${left.join(", ")} go on` });
    await removeCgroup(cgroup);
}

/** Which of a machine's namespaces a command runs in; its files are the machine's unless only the network is entered. */
export type Inside = "machine" | "network";

function enter(pid: number, inside: Inside): string[] {
    const all = ["--mount", "--uts", "--ipc", "--net", "--pid"];
    return ["--target", String(pid), ...(inside === "machine" ? all : ["--net"]), "--"];
}

/** Runs a command inside the machine and returns its output. Throws UserError when it fails. */
export function runInside(pid: number, inside: Inside, command: string[], options: ExecOptions = {}): Promise<string> {
    return run("nsenter", [...enter(pid, inside), ...command], { timeout: 60, ...options });
}

/** `systemctl` of the machine; returns its exit code and output. */
export function systemctl(id: MachineId, pid: number, words: string[]) {
    const script = join(id.files.machine(id.name), "bin", "systemctl");
    return exec("nsenter", [...enter(pid, "machine"), script, ...words], { timeout: 60, cwd: "/" });
}

/** Whether a service of the machine has a process. */
export function serviceRuns({ lab, name }: MachineId, service: string): boolean {
    return processesIn(cgroupOf(lab, name, service)).length > 0;
}

/** Names of the services that the machine was given. */
export async function servicesOf({ files, name }: MachineId): Promise<string[]> {
    return await readdir(join(files.machine(name), "units")).catch(() => []);
}

/** Environment of every service; fixed, so that it does not depend on who starts it. */
function withEnvironment(command: string[], path: string[]): string[] {
    const folders = [...path, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    return ["/usr/bin/env", "-i", `PATH=${[...new Set(folders)].join(":")}`, "HOME=/root", "LANG=C.UTF-8", ...command];
}

/**
 * Starts the service unless it runs; one that was started with another command line or configuration is started anew.
 * `path`: folders of what the service itself starts. `config`: a digest of what it reads, where that can change.
 */
export async function ensureService(
    id: MachineId,
    pid: number,
    service: Service,
    options: { path?: string[]; config?: string | undefined } = {},
): Promise<"running" | "started"> {
    const { name, command } = service;
    const cgroup = cgroupOf(id.lab, id.name, name);
    await makeCgroup(cgroup);
    const unit = join(id.files.machine(id.name), "units", name);
    const args = withEnvironment(command, options.path ?? []);
    const broken = args.find((argument) => argument.includes("\n"));
    if (broken !== undefined) throw new UserError(`an argument of ${name} has a line break`, { what: broken });
    const log = join(id.files.log, id.name, `${name}.log`);
    mkdirSync(dirname(log), { recursive: true });
    await writeIfChanged(join(unit, "procs"), `${joinFiles(cgroup).join("\n")}\n`);
    await writeIfChanged(join(unit, "log"), `${log}\n`);
    await writeIfChanged(join(unit, "args"), `${args.join("\n")}\n`);
    return await startAs(unit, digest([args, options.config ?? ""]), serviceRuns(id, name), async (verb) => {
        const { code, stdout, stderr } = await systemctl(id, pid, [verb, name]);
        if (code !== 0)
            throw new UserError(`${name} does not start on ${id.name}`, { what: (stderr || stdout).trim(), next: log });
    });
}

/** Machines of a lab that have a cgroup, running or not. */
export function machinesOf(lab: string): string[] {
    return childCgroups(cgroupOf(lab));
}
