/**
 * A lab's processes are found by their cgroup: /m3perf/<lab>/<machine>/<service>. Membership cannot go stale as a recorded
 * process id can, and it is there from a process's first instruction, so a lab that was killed at any moment is found whole.
 * Works on cgroup v1 (one tree for each controller) and v2; v2 was not run by us.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

interface Trees {
    version: 1 | 2;
    /** Mount points: v1 one for each controller, v2 one. */
    all: string[];
    /** The tree whose membership counts. */
    main: string;
    /** v1: mount point by controller. */
    controller(name: string): string | undefined;
}

export function cgroupTrees(mounts = readFileSync("/proc/self/mounts", "utf8")): Trees {
    const entries = mounts.split("\n").map((line) => line.split(" "));
    const v1 = entries.filter(([, , type]) => type === "cgroup");
    const v2 = entries.find(([, , type]) => type === "cgroup2")?.[1];
    const memory = v1.find(([, , , options]) => options?.split(",").includes("memory"))?.[1];
    if (memory === undefined) {
        const main = v2 ?? "/sys/fs/cgroup";
        return { version: 2, all: [main], main, controller: () => main };
    }
    return {
        version: 1,
        all: v1.flatMap(([, path]) => (path === undefined ? [] : [path])),
        main: memory,
        controller: (name) => v1.find(([, , , options]) => options?.split(",").includes(name))?.[1],
    };
}

export interface CgroupLimits {
    memoryMi?: number;
    cpu?: number;
    /** Share of a contended CPU beside siblings; a process that is in no cgroup has 1. */
    weight?: number;
}

/** Makes the cgroup in every tree. On v1 a new cpuset is unusable until its cpus and mems are written (facts.md 3.6). */
export async function makeCgroup(path: string, limits: CgroupLimits = {}, trees = cgroupTrees()): Promise<void> {
    for (const tree of trees.all) {
        let folder = tree;
        for (const part of path.split("/").filter(Boolean)) {
            if (trees.version === 2) await enableControllers(folder);
            const parent = folder;
            folder = join(folder, part);
            await mkdir(folder, { recursive: true });
            if (trees.version === 2 || !existsSync(join(folder, "cpuset.cpus"))) continue;
            for (const file of ["cpuset.cpus", "cpuset.mems"]) {
                const [own, inherited] = [join(folder, file), await readFile(join(parent, file), "utf8")];
                if ((await readFile(own, "utf8")).trim() === "") await writeFile(own, inherited.trim());
            }
        }
    }
    const set = (controller: string, file: string, value: string) => {
        const tree = trees.controller(controller);
        return tree === undefined ? Promise.resolve() : writeFile(join(tree, path, file), value);
    };
    if (limits.memoryMi !== undefined) {
        const bytes = String(limits.memoryMi * 1024 * 1024);
        await set("memory", trees.version === 2 ? "memory.max" : "memory.limit_in_bytes", bytes);
    }
    if (limits.weight !== undefined) {
        if (trees.version === 2) await set("cpu", "cpu.weight", String(limits.weight * 100));
        else await set("cpu", "cpu.shares", String(limits.weight * 1024));
    }
    if (limits.cpu !== undefined) {
        const quota = String(Math.round(limits.cpu * 100_000));
        if (trees.version === 2) await set("cpu", "cpu.max", `${quota} 100000`);
        else await set("cpu", "cpu.cfs_quota_us", quota);
    }
}

async function enableControllers(folder: string): Promise<void> {
    const available = (await readFile(join(folder, "cgroup.controllers"), "utf8")).trim().split(" ").filter(Boolean);
    for (const name of available) {
        // One that cannot be enabled here must not keep the others from it.
        await writeFile(join(folder, "cgroup.subtree_control"), `+${name}`).catch(() => {});
    }
}

/** The files into which a process writes itself to join the cgroup; the first is the one that counts. */
export function joinFiles(path: string, trees = cgroupTrees()): string[] {
    const ordered = [trees.main, ...trees.all.filter((tree) => tree !== trees.main)];
    return ordered.map((tree) => join(tree, path, "cgroup.procs"));
}

/**
 * Ids of the processes in the cgroup and below it; none when it does not exist. The kernel tells 0 for a process outside of our
 * process namespace (in a container that sees the machine's cgroups): no id, and to kill(2) it is our own process group.
 */
export function processesIn(path: string, trees = cgroupTrees()): number[] {
    const found: number[] = [];
    walk(join(trees.main, path), (folder) => {
        try {
            const text = readFileSync(join(folder, "cgroup.procs"), "utf8");
            found.push(...text.split("\n").map(Number).filter(Boolean));
        } catch {
            // gone between listing and reading
        }
    });
    return found;
}

/** Names of the cgroups directly below. */
export function childCgroups(path: string, trees = cgroupTrees()): string[] {
    return folders(join(trees.main, path));
}

/** Memory used by the cgroup, and its ceiling, in MiB; page cache that could be given back at once is not counted. */
export function memoryOf(
    path: string,
    trees = cgroupTrees(),
): { usedMi: number; ceilingMi: number | null } | undefined {
    const folder = join(trees.main, path);
    const names =
        trees.version === 2
            ? { usage: "memory.current", limit: "memory.max", inactive: "inactive_file" }
            : { usage: "memory.usage_in_bytes", limit: "memory.limit_in_bytes", inactive: "total_inactive_file" };
    try {
        const read = (file: string) => readFileSync(join(folder, file), "utf8").trim();
        const stat = new RegExp(`^${names.inactive} (\\d+)$`, "m").exec(read("memory.stat"));
        const limit = Number(read(names.limit));
        const mebi = (bytes: number) => Math.round(bytes / 1024 / 1024);
        const unlimited = Number.isNaN(limit) || limit > 2 ** 60; // v2 says "max", v1 a huge number
        return {
            usedMi: mebi(Math.max(0, Number(read(names.usage)) - Number(stat?.[1] ?? 0))),
            ceilingMi: unlimited ? null : mebi(limit),
        };
    } catch {
        return undefined;
    }
}

/** CPU time that the cgroup has used since it was made, in seconds. */
export function cpuSecondsOf(path: string, trees = cgroupTrees()): number | undefined {
    const folder = join(trees.controller("cpuacct") ?? trees.main, path);
    try {
        if (trees.version === 1) return Number(readFileSync(join(folder, "cpuacct.usage"), "utf8")) / 1e9;
        const [, micros] = /^usage_usec (\d+)$/m.exec(readFileSync(join(folder, "cpu.stat"), "utf8")) ?? [];
        return micros === undefined ? undefined : Number(micros) / 1e6;
    } catch {
        return undefined;
    }
}

/** Kills everything in the cgroup, again and again until nothing is left. Returns what is left after `seconds`. */
export async function killCgroup(path: string, seconds = 20, trees = cgroupTrees()): Promise<number[]> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
        const left = processesIn(path, trees);
        if (left.length === 0 || performance.now() > deadline) return left;
        for (const pid of left) {
            try {
                process.kill(pid, "SIGKILL");
            } catch {
                // ended by itself
            }
        }
        await sleep(50);
    }
}

/** Removes the cgroup and all below it from every tree. Empty it first. Returns the folders that could not be removed. */
export async function removeCgroup(path: string, trees = cgroupTrees()): Promise<string[]> {
    for (let attempt = 0; ; attempt++) {
        const left: string[] = [];
        for (const tree of trees.all) {
            const all: string[] = [];
            walk(join(tree, path), (folder) => all.push(folder));
            for (const folder of all.reverse()) await rmdir(folder).catch(() => left.push(folder));
        }
        // The kernel lets go of a dead process's cgroup a moment after the process is gone.
        if (left.length === 0 || attempt >= 40) return left.filter((folder) => existsSync(folder));
        await sleep(100);
    }
}

function walk(folder: string, visit: (folder: string) => void): void {
    if (!existsSync(folder)) return;
    visit(folder);
    for (const name of folders(folder)) walk(join(folder, name), visit);
}

function folders(folder: string): string[] {
    try {
        return readdirSync(folder, { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map((entry) => entry.name);
    } catch {
        return [];
    }
}
