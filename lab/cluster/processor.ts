/**
 * What the lab does where the processor does not tell a program on which core it runs. m3dbnode 1.5.0 asks with the instruction
 * RDTSCP and takes the answer as an index into a list of as many entries as /proc/cpuinfo has processors, without looking
 * whether it fits (its src/x/sync/cpu_linux_amd64.s, src/dbnode/storage/shard_insert_queue.go). Some virtual machines cannot
 * set what RDTSCP returns, and hide the instruction from the processor's flags; it then answers with a number of the machine
 * below (seen: 173 on two cores), and every dbnode ends with "index out of range" at its first new series. With one processor in
 * /proc/cpuinfo M3 does not ask at all. So containers are shown one; how many cores they use is the kernel's affair and stays.
 */

/** Whether M3 may ask the processor for its core. `cpuinfo`: the text of /proc/cpuinfo. */
export function tellsItsCore(cpuinfo: string, arch: string = process.arch): boolean {
    if (arch !== "x64") return true; // M3 does not ask elsewhere
    if ((cpuinfo.match(/^processor\s*:/gm) ?? []).length <= 1) return true;
    return /^flags\s*:.*\brdtscp\b/m.test(cpuinfo);
}

/** The text of /proc/cpuinfo with its first processor alone. */
export function firstProcessor(cpuinfo: string): string {
    return `${cpuinfo.trimEnd().split(/\n\s*\n/)[0] ?? ""}\n\n`;
}

/**
 * containerd's own default (`ctr oci spec`, JSON) with a file in the place of every container's /proc/cpuinfo. Without the
 * default's limit of 1024 open files, which containerd leaves out for Kubernetes too: m3dbnode needs thousands.
 */
export function specWithCpuinfo(spec: string, file: string): object {
    const base = JSON.parse(spec) as { mounts: object[]; process: Record<string, unknown> };
    const { rlimits: _, ...process } = base.process;
    const mount = { destination: "/proc/cpuinfo", type: "bind", source: file, options: ["bind", "ro"] };
    return { ...base, process, mounts: [...base.mounts, mount] };
}

export const coreNote =
    "this machine's processor does not tell programs on which core they run (no rdtscp), which m3dbnode 1.5.0 does not survive: containers see one processor in /proc/cpuinfo, and still use all cores";
