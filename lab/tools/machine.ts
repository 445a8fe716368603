/** What this machine is and has: facts only, gathered without changing anything that stays. judge.ts says what they mean. */
import { readFile, stat, statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { type Feature, probeFeatures } from "./features.ts";
import { readGoEnvironment } from "./go.ts";
import { isDebian, missingPackages } from "./packages.ts";
import { existing, findExecutable, locate, searchPath, systemTools } from "./system.ts";

export interface MachineFacts {
    /** Node's names: "linux", "x64". */
    platform: string;
    arch: string;
    uid: number;
    /** Version of Go on the PATH: "1.26.8"; null when there is none. */
    go: string | null;
    npm: boolean;
    /** apt-get and dpkg manage this machine's packages. */
    debian: boolean;
    missingPackages: string[];
    /** Programs that only a package brings and that are not there (on a machine without apt: what the user has to install). */
    missingTools: string[];
    /** Programs of the base system that are not there. */
    missingCommands: string[];
    cores: number;
    totalMiB: number;
    freeMiB: number;
    disks: Disk[];
    features: Feature[];
}

/** What the work will write to, and the space there. Two of them may be on one device. */
export interface Disk {
    use: "Go's module cache" | "Go's build cache" | "m3perf's cache" | "the lab" | "Debian packages";
    path: string;
    device: number;
    freeMiB: number;
}

/** All of util-linux, essential in Debian. */
const baseCommands = ["flock", "setpriv", "unshare", "nsenter", "mount", "umount"];

export async function gatherFacts(
    paths: { cache: string; lab: string },
    packages: string[],
    tryFeatures = true,
): Promise<MachineFacts> {
    const go = await readGoEnvironment().catch(() => undefined);
    const places: [Disk["use"], string][] = [
        ["m3perf's cache", paths.cache],
        ["the lab", paths.lab],
        ["Debian packages", "/var/cache/apt"],
    ];
    if (go) places.push(["Go's module cache", go.modules], ["Go's build cache", go.buildCache]);
    const folders = searchPath();
    const absent = async (name: string) => ((await findExecutable(name, folders)) ? [] : [name]);
    return {
        platform: process.platform,
        arch: process.arch,
        uid: process.getuid?.() ?? -1,
        go: go?.version ?? null,
        npm: (await findExecutable("npm", folders)) !== undefined,
        debian: await isDebian(),
        missingPackages: await missingPackages(packages),
        missingTools: (
            await Promise.all(systemTools.map(async (tool) => ((await locate(tool)) ? [] : [tool.name])))
        ).flat(),
        missingCommands: (await Promise.all(baseCommands.map(absent))).flat(),
        cores: availableParallelism(),
        totalMiB: Math.min(Math.round(totalmem() / 2 ** 20), (await cgroupLimitMiB()) ?? Number.POSITIVE_INFINITY),
        freeMiB: await freeMemoryMiB(),
        disks: await Promise.all(places.map(([use, path]) => disk(use, path))),
        features: tryFeatures && process.platform === "linux" ? await probeFeatures(paths.lab) : [],
    };
}

/** Space and device of a folder, or of the nearest one above it that exists. */
async function disk(use: Disk["use"], path: string): Promise<Disk> {
    const folder = await existing(path);
    const { bavail, bsize } = await statfs(folder);
    return { use, path, device: (await stat(folder)).dev, freeMiB: Math.floor((bavail * bsize) / 2 ** 20) };
}

/** Memory that new processes can take, MiB: the kernel's estimate, within this process's cgroup limit. */
export async function freeMemoryMiB(): Promise<number> {
    const kib = (await readFile("/proc/meminfo", "utf8")).match(/^MemAvailable:\s+(\d+)/m)?.[1];
    const available = Math.floor(Number(kib ?? 0) / 1024);
    return Math.min(available, (await cgroupLimitMiB()) ?? available);
}

/** The memory limit of a container that we may be in (its cgroup is mounted as the root); undefined when there is none. */
async function cgroupLimitMiB(): Promise<number | undefined> {
    for (const file of ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]) {
        const bytes = Number((await readFile(file, "utf8").catch(() => "max")).trim());
        if (Number.isFinite(bytes) && bytes < totalmem()) return Math.floor(bytes / 2 ** 20);
    }
    return undefined;
}
