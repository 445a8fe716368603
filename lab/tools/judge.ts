/** Whether this machine can do the work: every refusal at once, each with what to do, before anything is changed. */
import { type Problem, UserError } from "../../support/errors.ts";
import { cacheDir, labDir } from "../../support/paths.ts";
import { inspectAll } from "./build.ts";
import { goNeeded, readGoEnvironment } from "./go.ts";
import { type Disk, gatherFacts, type MachineFacts } from "./machine.ts";
import { allPackages } from "./packages.ts";
import { buildMemoryMiB } from "./plan.ts";
import { chosenSets, type SetName, type ToolSet, toolSets } from "./sets.ts";
import { compareVersions } from "./versions.ts";

/** What the work needs. */
export interface Needs {
    /** Sets that have to be built: neither in the cache nor in a folder that the user named. */
    builds: ToolSet[];
    /** The oldest Go for them. */
    go: string;
    /** Debian packages (their programs) have to be there. */
    packages: boolean;
    /** A lab is to run: root, kernel features, memory. */
    lab: boolean;
    /** MiB of memory that the lab takes. */
    labMemoryMiB: number;
}

export interface CheckOptions {
    /** Which sets are needed; all unless told. */
    sets?: SetName[];
    /** Debian packages too; yes unless told. */
    packages?: boolean;
    /** A lab is to run here; yes unless told. False when one is running already. */
    lab?: boolean;
    /** MiB of memory for that lab, 13 GiB unless told. */
    labMemoryMiB?: number;
}

/**
 * MiB on disk, measured: seven nodes with their images unpacked and some data; Debian packages; and, for all sets, Go's
 * two caches and ours (the binaries, and go's own work while it builds).
 */
const diskMiB = { lab: 6144, packages: 400, modules: 3500, buildCache: 5800, tools: 3500 };

/**
 * Everything this machine lacks for the work; empty when it can be done. Changes nothing. What cannot be tried yet, since a
 * Debian package is missing, is no problem: ask again once `ensureTools` has installed it.
 */
export async function checkMachine(options: CheckOptions = {}): Promise<Problem[]> {
    const sets = chosenSets(options.sets);
    return checkFor(options, await setsToBuild(sets));
}

/** `checkMachine`, as one UserError. Exit code 69 (a needed service is unavailable, sysexits(3)). */
export async function requireMachine(options: CheckOptions = {}): Promise<void> {
    refuse(await checkMachine(options));
}

/** `requireMachine` for a caller that knows which sets are to be built. */
export async function requireFor(options: CheckOptions, builds: ToolSet[]): Promise<void> {
    refuse(await checkFor(options, builds));
}

function refuse(problems: Problem[]): void {
    if (problems.length > 0) throw new UserError("this machine lacks what m3perf needs", problems, 69);
}

async function checkFor(options: CheckOptions, builds: ToolSet[]): Promise<Problem[]> {
    const needs: Needs = {
        builds,
        go: await goNeeded(builds),
        packages: options.packages ?? true,
        lab: options.lab ?? true,
        labMemoryMiB: options.labMemoryMiB ?? 13 * 1024,
    };
    const packages = needs.packages ? allPackages : [];
    return judge(await gatherFacts({ cache: cacheDir(), lab: labDir("lab") }, packages, needs.lab), needs);
}

async function setsToBuild(sets: ToolSet[]): Promise<ToolSet[]> {
    if (process.env.M3PERF_TOOLS_DIR) return [];
    const go = await readGoEnvironment().catch(() => undefined);
    if (!go) return sets;
    const seen = await inspectAll(sets, { cache: cacheDir("tools"), go });
    return seen.filter(({ problems }) => problems.length > 0).map(({ set }) => set);
}

/** Every reason why a machine with these facts cannot do what is needed. */
export function judge(facts: MachineFacts, needs: Needs): Problem[] {
    return [
        ...judgeKind(facts, needs),
        ...judgePrograms(facts, needs),
        ...(needs.lab ? judgeFeatures(facts) : []),
        ...judgeMemory(facts, needs),
        ...judgeDisks(facts, needs),
    ];
}

function judgeKind(facts: MachineFacts, needs: Needs): Problem[] {
    const problems: Problem[] = [];
    if (facts.platform !== "linux" || !["x64", "arm64"].includes(facts.arch)) {
        problems.push({
            what: `${facts.platform} on ${facts.arch}`,
            why: "the lab is made of Linux processes, on amd64 or arm64",
            next: "use such a machine or a virtual one; or a cluster of your own with a site file, which needs no lab",
        });
    }
    if (facts.uid !== 0 && (needs.lab || (needs.packages && facts.missingPackages.length > 0))) {
        problems.push({
            what: "not root",
            why: needs.lab ? "the lab makes network namespaces, mounts and cgroups" : "Debian packages are missing",
            next: 'run it as root, with your PATH: sudo -E env "PATH=$PATH" HOME=/root npm run up',
        });
    }
    return problems;
}

function judgePrograms(facts: MachineFacts, needs: Needs): Problem[] {
    const problems: Problem[] = [];
    const titles = needs.builds.map((set) => set.title).join(", ");
    if (needs.builds.length > 0 && facts.go === null) {
        problems.push({
            what: "no Go",
            why: `to be built: ${titles}`,
            next: `install Go ${needs.go} or later (https://go.dev/dl), or name a folder with the executables: M3PERF_TOOLS_DIR`,
        });
    } else if (facts.go !== null && needs.builds.length > 0 && compareVersions(facts.go, needs.go) < 0) {
        problems.push({
            what: `Go ${facts.go} is too old`,
            why: `Go ${needs.go} or later is needed to build ${titles}; toolchain downloads are off (GOTOOLCHAIN=local)`,
            next: "install it (https://go.dev/dl), or name a folder with the executables: M3PERF_TOOLS_DIR",
        });
    }
    if (!facts.npm) problems.push({ what: "no npm", next: "install Node.js with npm 9 or later" });
    if (facts.missingCommands.length > 0) {
        problems.push({ what: `no ${facts.missingCommands.join(", ")}`, next: "install util-linux" });
    }
    if (needs.packages && !facts.debian && facts.missingTools.length > 0) {
        problems.push({
            what: `no ${facts.missingTools.join(", ")}`,
            why: "on Debian and Ubuntu they would be installed; this machine has no apt-get and dpkg",
            next: "install them with this machine's own package manager",
        });
    }
    return problems;
}

const featureHelp: Record<string, string> = {
    br_netfilter: "modprobe br_netfilter, or a kernel with CONFIG_BRIDGE_NETFILTER",
    overlayfs: "a kernel with CONFIG_OVERLAY_FS; /var/lib must not itself be on an overlay",
    nftables: "a kernel with CONFIG_NF_TABLES and CONFIG_NFT_NAT",
    cgroups: "a kernel with these controllers, mounted and writable (in a container: run it privileged)",
};

function judgeFeatures(facts: MachineFacts): Problem[] {
    if (facts.uid !== 0) return []; // the tries need root: said already
    return facts.features
        .filter((feature) => feature.state === "no")
        .map(({ name, detail }) => ({
            what: `no ${name}${detail ? `: ${detail}` : ""}`,
            why: "the lab's nodes need it of the kernel",
            next: featureHelp[name] ?? "a kernel that has it (in a container: run it privileged)",
        }));
}

const gib = (mib: number) => `${(mib / 1024).toFixed(1)} GiB`;

function judgeMemory(facts: MachineFacts, needs: Needs): Problem[] {
    const forBuilds = Math.max(0, ...needs.builds.map((set) => buildMemoryMiB(set, 1)));
    const [mib, use] =
        needs.lab && needs.labMemoryMiB > forBuilds ? [needs.labMemoryMiB, "the lab"] : [forBuilds, "the builds"];
    if (mib <= facts.freeMiB) return [];
    return [
        {
            what: `${gib(facts.freeMiB)} of memory is free (of ${gib(facts.totalMiB)})`,
            why: `${use} needs about ${gib(mib)}`.replace("builds needs", "builds need"),
            next: facts.totalMiB >= mib ? "stop what else uses memory" : "use a machine with more memory",
        },
    ];
}

/** MiB to be written, by use. Only what has still to be made counts: little where the caches are warm. */
export function diskNeeds(needs: Needs, missingPackages: number): Record<Disk["use"], number> {
    const minutes = (sets: ToolSet[]) => sets.reduce((sum, set) => sum + set.coreMinutes, 0);
    const share = minutes(needs.builds) / minutes(toolSets);
    return {
        "Go's module cache": Math.round(diskMiB.modules * share),
        "Go's build cache": Math.round(diskMiB.buildCache * share),
        "m3perf's cache": Math.round(diskMiB.tools * share),
        "the lab": needs.lab ? diskMiB.lab : 0,
        "Debian packages": needs.packages && missingPackages > 0 ? diskMiB.packages : 0,
    };
}

function judgeDisks(facts: MachineFacts, needs: Needs): Problem[] {
    const mib = diskNeeds(needs, facts.missingPackages.length);
    const devices = Map.groupBy(
        facts.disks.filter((disk) => mib[disk.use] > 0),
        (disk) => disk.device,
    );
    return [...devices.values()].flatMap((disks) => {
        const needed = disks.reduce((sum, disk) => sum + mib[disk.use], 0);
        const free = Math.min(...disks.map((disk) => disk.freeMiB));
        if (needed <= free) return [];
        return {
            what: `${gib(free)} of disk is free for ${disks.map((disk) => `${disk.use} (${disk.path})`).join(", ")}`,
            why: `about ${gib(needed)} is needed: ${disks.map((disk) => `${disk.use} ${gib(mib[disk.use])}`).join(", ")}`,
            next: "free some, or move a cache to another disk: GOMODCACHE, GOCACHE, M3PERF_CACHE",
        };
    });
}
