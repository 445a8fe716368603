/** Settings of the machine's one kernel that a lab changes (facts.md 3.9): noted before the first lab, put back after the last. */
import { readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { run } from "../../support/exec.ts";
import { labDir } from "../../support/paths.ts";
import { readJson, writeWhole } from "./files.ts";

/** Kernels allow root 128 inotify instances; each kubelet, containerd and API server takes several, and two labs' ran out. */
const raised: Record<string, number> = {
    "fs/inotify/max_user_instances": 8192,
    "fs/inotify/max_user_watches": 524_288,
};

/**
 * Heaps on huge pages wherever they can be (programs.ts says why); the kernels of EL and Debian have it so from the start. Its file tells
 * all choices, the one that holds in brackets: "always [madvise] never".
 */
export const hugePages = "/sys/kernel/mm/transparent_hugepage/enabled";

/** kubelet: container_manager_linux.go, setupKernelTunables. kube-proxy's own are those of its network namespace. */
export const changedSettings = [
    ...Object.keys(raised),
    hugePages,
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
];

interface Note {
    /** A note of an earlier boot says nothing about this one. */
    boot: string;
    values: Record<string, string>;
}

const file = join(dirname(labDir("x")), "sysctls.json");

function bootId(): string {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** A name is a path below /proc/sys, or a whole one. */
const fileOf = (name: string) => resolve("/proc/sys", name);

/** What a setting is now; undefined on a kernel without it. */
export function settingNow(name: string): string | undefined {
    try {
        const text = readFileSync(fileOf(name), "utf8").trim();
        return name === hugePages ? /\[(\w+)\]/.exec(text)?.[1] : text;
    } catch {
        return undefined; // a kernel without it
    }
}

const bridgeSettings = ["arptables", "ip6tables", "iptables"].map((of) => `net/bridge/bridge-nf-call-${of}`);

/**
 * Without br_netfilter, a Service does not work between pods of one node. Where the kernel has it as a module it is loaded, and
 * stays loaded; this machine's own bridges go on unfiltered, as they were before.
 */
async function loadBridgeNetfilter(): Promise<void> {
    if (bridgeSettings.some((name) => settingNow(name) !== undefined)) return;
    await run("modprobe", ["br_netfilter"], { timeout: 30 });
    for (const name of bridgeSettings) if (settingNow(name) !== undefined) writeFileSync(fileOf(name), "0");
}

/** Notes the values as they are, unless a lab of this boot has noted them; raises the limits. Call under the machine-wide lock. */
export async function prepareSettings({ hugePages: prefer }: { hugePages: boolean }): Promise<void> {
    await loadBridgeNetfilter();
    const values = { ...notedSettings() };
    for (const name of changedSettings) {
        const value = settingNow(name);
        if (value !== undefined && !(name in values)) values[name] = value;
    }
    await writeWhole(file, JSON.stringify({ boot: bootId(), values } satisfies Note));
    if (prefer) preferHugePages();
    for (const [name, least] of Object.entries(raised)) {
        const value = settingNow(name);
        if (value !== undefined && Number(value) < least) writeFileSync(fileOf(name), String(least));
    }
}

/** Where this may not be set, in a container that has /sys only to read, a lab is slower and nothing else. */
function preferHugePages(): void {
    if (settingNow(hugePages) === undefined) return;
    try {
        writeFileSync(hugePages, "always");
    } catch {
        // as it was
    }
}

/** What the settings were before the first lab of this boot; empty when no lab has been brought up. */
export function notedSettings(): Record<string, string> {
    const note = readJson<Note>(file);
    return note?.boot === bootId() ? note.values : {};
}

/** Puts the noted values back. Returns those that could not be. Call under the machine-wide lock, when no lab runs. */
export async function restoreSettings(): Promise<string[]> {
    const failed: string[] = [];
    for (const [name, value] of Object.entries(notedSettings())) {
        try {
            if (settingNow(name) !== value) writeFileSync(fileOf(name), value);
        } catch {
            // judged by what it is now
        }
        if (settingNow(name) !== value) failed.push(`${name} is ${settingNow(name)}, was ${value}`);
    }
    await rm(file, { force: true });
    return failed;
}
