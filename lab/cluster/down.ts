import { readFileSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../../support/errors.ts";
import { exec, run } from "../../support/exec.ts";
import { withLock } from "../../support/lock.ts";
import type { Progress } from "../../support/progress.ts";
import { childCgroups, killCgroup, processesIn, removeCgroup } from "./cgroups.ts";
import { cgroupOf, layout } from "./layout.ts";
import { deleteLink, machineLinks } from "./network.ts";
import { checkName, knownLabs, machineLock } from "./record.ts";
import { restoreSettings } from "./sysctls.ts";

export interface LabDownOptions {
    name: string;
    progress: Progress;
}

/**
 * Takes the lab down and leaves nothing: processes, namespaces, mounts, cgroups, links, routes, files; the kernel's settings
 * when it was the last one. Needs no record: what belongs to the lab is found by its cgroup, its link's alias, its folders.
 * Throws UserError that names what could not be removed.
 */
export async function labDown(options: LabDownOptions): Promise<"already down" | "taken down"> {
    const { name, progress } = options;
    checkName(name);
    const files = layout(name);
    const onWait = () => progress.say(`another command works on the lab ${name}: waiting for it`);
    return await withLock(files.lock, { timeout: 900, onWait }, async () => {
        const there = knownLabs().includes(name) || processesIn(cgroupOf(name)).length > 0 || cgroupLeft(name);
        if (there) await progress.step(`lab ${name} down`, (note) => takeDown(name, note));
        await rm(files.runtime, { recursive: true, force: true });
        return there ? "taken down" : "already down";
    });
}

async function takeDown(lab: string, note: (text: string) => void): Promise<void> {
    const files = layout(lab);
    const remains: string[] = [];
    note("ending its processes");
    const processes = await killCgroup(cgroupOf(lab));
    remains.push(...processes.map((pid) => `process ${pid} (${commandOf(pid)})`));
    note("removing links, cgroups and mounts");
    for (const link of await machineLinks(lab)) await deleteLink(link);
    remains.push(...(await removeCgroup(cgroupOf(lab))).map((path) => `cgroup ${path}`));
    // The machines' mounts went with their namespaces; what somebody mounted below the lab's folder by hand is let go.
    for (const point of mountsBelow(files.root)) await exec("umount", ["--lazy", point]);
    remains.push(...mountsBelow(files.root).map((point) => `mount ${point}`));
    note("removing its files");
    if (mountsBelow(files.root).length === 0) await run("rm", ["-rf", "--one-file-system", files.root]);
    await withLock(machineLock, { timeout: 60 }, async () => {
        const others = childCgroups("/m3perf").filter((other) => other !== lab);
        if (others.length > 0) return; // one that comes up has a cgroup before it has a process
        note("putting the kernel's settings back");
        remains.push(...(await restoreSettings()).map((setting) => `kernel setting ${setting}`));
        await removeCgroup("/m3perf");
        await rmdir(dirname(files.root)).catch(() => {}); // other labs' folders may be there
    });
    remains.push(...(await machineLinks(lab)).map((link) => `link ${link}`));
    if (remains.length === 0) return;
    throw new UserError(
        `the lab ${lab} is down, but something is left of it`,
        remains.map((what) => ({ what, next: "m3perf lab down again; after that, remove it by hand" })),
    );
}

function cgroupLeft(lab: string): boolean {
    return childCgroups("/m3perf").includes(lab);
}

/** Mount points below a folder, the innermost first. */
export function mountsBelow(folder: string, mounts = readFileSync("/proc/self/mounts", "utf8")): string[] {
    return mounts
        .split("\n")
        .map((line) => line.split(" ")[1] ?? "")
        .filter((point) => point === folder || point.startsWith(`${folder}/`))
        .sort()
        .reverse();
}

function commandOf(pid: number): string {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    } catch {
        return "gone by now";
    }
}
