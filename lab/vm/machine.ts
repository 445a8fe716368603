/** What a machine must be to make and run virtual machines; asked before anything is changed. */
import { statfs } from "node:fs/promises";
import { type Problem, UserError } from "../../support/errors.ts";
import { exec } from "../../support/exec.ts";
import { cacheDir } from "../../support/paths.ts";
import { isDebian } from "../tools/packages.ts";
import { existing } from "../tools/system.ts";

/** MiB on the disk that a build takes at its peak, the finished image included. */
export const buildSpace = 5000;

export interface VmMachine {
    /** Node's names: "linux", "x64". */
    platform: string;
    arch: string;
    uid: number;
    debian: boolean;
    /** A process may have mounts and process ids of its own (unshare). */
    namespaces: boolean;
    /** MiB free where the image is kept. */
    freeMiB: number;
}

async function lookAtMachine(): Promise<VmMachine> {
    const { bavail, bsize } = await statfs(await existing(cacheDir("vm")));
    const own = await exec("unshare", ["--mount", "--pid", "--fork", "true"], { timeout: 60 }).catch(() => undefined);
    return {
        platform: process.platform,
        arch: process.arch,
        uid: process.getuid?.() ?? -1,
        debian: await isDebian(),
        namespaces: own?.code === 0,
        freeMiB: Math.floor((bavail * bsize) / 2 ** 20),
    };
}

/** What is in the way of making an image here, all at once. Pure. */
export function machineProblems(machine: VmMachine): Problem[] {
    const problems: Problem[] = [];
    if (machine.platform !== "linux" || machine.arch !== "x64") {
        const why = "the guest's kernels are Debian's for amd64, and qemu's emulation is only set up for Linux";
        problems.push({ what: `this is ${machine.platform} on ${machine.arch}; it must be Linux on x64`, why });
    }
    if (!machine.debian) {
        const why = "the guest is made from Debian packages, and so are the tools that make it";
        problems.push({ what: "this machine's packages are not apt's", why, next: "use a Debian machine" });
    }
    if (machine.uid !== 0) {
        const why = "files of the guest belong to root, and packages may have to be installed";
        problems.push({ what: "this is not root", why, next: "run it as root" });
    } else if (!machine.namespaces) {
        const why = "what is mounted while the guest is made must not be seen outside";
        problems.push({ what: "unshare(1) cannot make namespaces here", why, next: "allow CAP_SYS_ADMIN" });
    }
    if (machine.freeMiB < buildSpace) {
        const what = `${machine.freeMiB} MiB are free for the image in ${cacheDir("vm")}; it takes ${buildSpace}`;
        problems.push({ what, next: "free space there, or set M3PERF_CACHE to another folder" });
    }
    return problems;
}

/** Throws one UserError with everything that is in the way. */
export async function requireMachine(): Promise<void> {
    const problems = machineProblems(await lookAtMachine());
    if (problems.length > 0) throw new UserError("virtual machines cannot be made on this machine", problems);
}
