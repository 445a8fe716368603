/** Tries of what the lab needs of the kernel. Each is made in namespaces of its own, which end with it. */
import { mkdir, mkdtemp, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../support/errors.ts";
import { exec } from "../../support/exec.ts";
import { existing } from "./system.ts";

export interface Feature {
    name: string;
    /** "unknown": could not be tried, since a program is missing that a package will bring. */
    state: "yes" | "no" | "unknown";
    /** Why not: the kernel's or the program's own words. */
    detail: string;
}

/** A constant shell script, run in new network and mount namespaces; `needs` is the program without which it cannot be tried. */
interface Probe {
    name: string;
    needs?: string;
    script: string;
}

const namespaceProbes: Probe[] = [
    { name: "network namespaces", script: "true" },
    { name: "mount", script: 'mount -t tmpfs m3perf "$1"' },
    { name: "veth", needs: "ip", script: "ip link add m3perftry0 type veth peer name m3perftry1" },
    { name: "bridge", needs: "ip", script: "ip link add m3perftry0 type bridge" },
    {
        name: "nftables",
        needs: "nft",
        script: "nft add table ip m3perftry && nft add chain ip m3perftry c '{ type nat hook prerouting priority 0; }'",
    },
    {
        name: "overlayfs",
        // On the lab's own disk: overlay on overlay (a container's root) does not work.
        script: 'cd "$1" && mkdir lower upper work merged && mount -t overlay m3perf -o lowerdir=lower,upperdir=upper,workdir=work merged && umount merged',
    },
];

/**
 * Tries each feature. `lab`: the lab's folder, whose disk is tried. The kernel may load a module of its own for a try
 * (veth, bridge, overlay), as it would for the lab; nothing else of it stays.
 */
export async function probeFeatures(lab: string): Promise<Feature[]> {
    const parent = await existing(lab);
    const features: Feature[] = [];
    for (const probe of namespaceProbes) {
        if (features[0]?.state === "no") {
            features.push({
                name: probe.name,
                state: "unknown",
                detail: `cannot be tried without ${features[0].name}`,
            });
            continue;
        }
        const folder = await mkdtemp(join(parent, ".m3perf-try-")).catch(() => undefined);
        if (!folder) {
            features.push({ name: probe.name, state: "unknown", detail: `${parent} is not writable` });
            continue;
        }
        features.push(await tryInNamespaces(probe, folder));
        await rm(folder, { recursive: true, force: true });
    }
    return [...features, await bridgeNetfilter(), await cgroups()];
}

async function tryInNamespaces(probe: Probe, folder: string): Promise<Feature> {
    const guard = probe.needs ? `command -v ${probe.needs} >/dev/null || exit 77; ` : "";
    const path = `${process.env.PATH}:/usr/sbin:/sbin`;
    const args = ["--net", "--mount", "sh", "-ec", `${guard}${probe.script}`, "sh", folder];
    try {
        const result = await exec("unshare", args, { env: { PATH: path, LC_ALL: "C" }, timeout: 30 });
        const state = result.code === 0 ? "yes" : result.code === 77 ? "unknown" : "no";
        return {
            name: probe.name,
            state,
            detail: result.code === 77 ? `${probe.needs} is not installed` : lastLine(result.stderr),
        };
    } catch (error) {
        return { name: probe.name, state: "unknown", detail: messageOf(error) };
    }
}

const lastLine = (text: string) => text.trim().split("\n").pop() ?? "";

/** br_netfilter: there (its sysctls are), or a module that can be loaded. */
async function bridgeNetfilter(): Promise<Feature> {
    const name = "br_netfilter";
    if (await readFile("/proc/sys/net/bridge/bridge-nf-call-iptables").catch(() => undefined)) {
        return { name, state: "yes", detail: "" };
    }
    const release = (await readFile("/proc/sys/kernel/osrelease", "utf8").catch(() => "")).trim();
    for (const list of ["modules.dep", "modules.builtin"]) {
        const modules = await readFile(join("/lib/modules", release, list), "utf8").catch(() => "");
        if (modules.includes("/br_netfilter.ko")) return { name, state: "yes", detail: "a module" };
    }
    return { name, state: "no", detail: `no /proc/sys/net/bridge and no module for kernel ${release}` };
}

async function cgroups(): Promise<Feature> {
    const name = "cgroups";
    const judged = judgeCgroups(
        await readFile("/proc/self/mountinfo", "utf8").catch(() => ""),
        await readFile("/sys/fs/cgroup/cgroup.controllers", "utf8").catch(() => ""),
    );
    if (judged.missing.length > 0) return { name, state: "no", detail: `no controller ${judged.missing.join(", ")}` };
    const made = join(judged.folder, `m3perf-try-${process.pid}`);
    try {
        await mkdir(made);
        await rmdir(made);
        return { name, state: "yes", detail: judged.kind };
    } catch (error) {
        return { name, state: "no", detail: messageOf(error) };
    }
}

/** From /proc/self/mountinfo and v2's list of controllers: which cgroups there are, and which controllers lack. */
export function judgeCgroups(mountinfo: string, unified: string) {
    const mounts = mountinfo.split("\n").flatMap((line) => {
        const [left, right] = line.split(" - ");
        const [type, , options] = right?.split(" ") ?? [];
        return type && options ? [{ folder: left?.split(" ")[4] ?? "", type, options: options.split(",") }] : [];
    });
    const v1 = mounts.filter((mount) => mount.type === "cgroup");
    const lacks = (wanted: string[], there: string[]) => wanted.filter((controller) => !there.includes(controller));
    if (v1.some((mount) => mount.options.includes("memory"))) {
        const there = v1.flatMap((mount) => mount.options);
        const missing = lacks(["cpu", "cpuacct", "cpuset", "memory", "pids", "devices", "freezer", "blkio"], there);
        return { kind: "v1", folder: v1.find((mount) => mount.options.includes("memory"))?.folder ?? "", missing };
    }
    const v2 = mounts.find((mount) => mount.type === "cgroup2");
    const missing = lacks(["cpu", "cpuset", "memory", "pids", "io"], unified.trim().split(/\s+/));
    return { kind: "v2", folder: v2?.folder ?? "/sys/fs/cgroup", missing };
}
