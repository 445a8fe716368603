import type { Clock } from "./clock.ts";

/** What a host told of itself; undefined: not known there. */
export interface HostFacts {
    /** Whether commands can run as root; `why`: what sudo said. */
    root: { ok: true; by: "root" | "sudo" } | { ok: false; why: string };
    os: { id: string; like: string[]; version: string; name: string } | undefined;
    kernel: string;
    architecture: string;
    /** /proc/sys/kernel/random/boot_id: another one after each boot, and on each machine. */
    bootId: string;
    cores: number | undefined;
    memoryMi: number | undefined;
    swapMi: number | undefined;
    disks: Disk[];
    kubelet: { unit: string; state: string } | undefined;
    /** Whether firewalld runs. */
    firewalld: boolean;
    /** Whether the clock is kept by NTP. */
    ntp: boolean | undefined;
    sysctls: Record<string, number>;
    /**
     * Limit of open files of the container runtime, which its containers inherit: the running process's (soft), and its service's,
     * which holds from its next start on.
     */
    openFiles: { runtime: string; limit: number; configured: number | undefined } | undefined;
    /** Measured against this machine's. */
    clock: Clock | undefined;
}

export interface Disk {
    /** The path that was asked for. */
    path: string;
    /** Where its filesystem is mounted. */
    mount: string;
    sizeMi: number;
    freeMi: number;
}

/** Reads what operations/doctor/script.ts prints; lines of a talkative shell are passed over. Undefined: it did not come to its end. */
export function parseFacts(text: string, clock: Clock | undefined): HostFacts | undefined {
    const told = new Map<string, string>();
    for (const line of text.split("\n")) {
        const [, key, value] = /^([a-z][A-Za-z]*(?:\.[^=]+)?)=(.*)$/.exec(line) ?? [];
        if (key !== undefined && value !== undefined && !told.has(key)) told.set(key, value.trim());
    }
    const word = (key: string) => told.get(key) || undefined;
    const number = (key: string) => (/^\d+$/.test(word(key) ?? "") ? Number(word(key)) : undefined);
    const mebibytes = (key: string) => {
        const kibibytes = number(key);
        return kibibytes === undefined ? undefined : Math.floor(kibibytes / 1024);
    };
    if (!told.has("clock") || !word("kernel")) return undefined;
    const [unit = "", state = ""] = (word("kubelet") ?? "").split(" ");
    const ntp = word("ntp");
    return {
        root: rootOf(word("uid"), word("sudo")),
        os: osOf(word),
        kernel: word("kernel") ?? "",
        architecture: word("arch") ?? "",
        bootId: word("boot") ?? "",
        cores: number("cores"),
        memoryMi: mebibytes("memory"),
        swapMi: mebibytes("swap"),
        disks: [...told].flatMap(([key, value]) => diskOf(key, value)),
        kubelet: state ? { unit, state } : undefined,
        firewalld: word("firewalld") === "active",
        ntp: ntp === "yes" ? true : ntp === "no" ? false : undefined,
        sysctls: Object.fromEntries(
            [...told]
                .filter(([key, value]) => key.startsWith("sysctl.") && /^\d+$/.test(value))
                .map(([key, value]) => [key.slice("sysctl.".length), Number(value)]),
        ),
        openFiles: openFilesOf(word("openFiles")),
        clock,
    };
}

function rootOf(uid: string | undefined, sudo: string | undefined): HostFacts["root"] {
    if (uid === "0") return { ok: true, by: "root" };
    return sudo === "yes"
        ? { ok: true, by: "sudo" }
        : { ok: false, why: `sudo ${(sudo ?? "").replace(/^sudo: /, "")}` };
}

function osOf(word: (key: string) => string | undefined): HostFacts["os"] {
    const id = word("os.id");
    if (id === undefined) return undefined;
    const version = word("os.version") ?? "";
    return { id, like: (word("os.like") ?? "").split(" "), version, name: word("os.name") ?? `${id} ${version}` };
}

function openFilesOf(told = ""): HostFacts["openFiles"] {
    const [runtime = "", limit, configured] = told.split(" ");
    const number = (text: string | undefined) => {
        if (text === "unlimited" || text === "infinity") return Number.MAX_SAFE_INTEGER; // JSON has no infinity
        return /^\d+$/.test(text ?? "") ? Number(text) : undefined;
    };
    const running = number(limit);
    return running === undefined ? undefined : { runtime, limit: running, configured: number(configured) };
}

function diskOf(key: string, value: string): Disk[] {
    const [, size, free, mount] = /^(\d+) (\d+) (\/.*)$/.exec(value) ?? [];
    if (!key.startsWith("disk.") || mount === undefined) return [];
    const mebibytes = (kibibytes: string | undefined) => Math.floor(Number(kibibytes) / 1024);
    return [{ path: key.slice("disk.".length), mount, sizeMi: mebibytes(size), freeMi: mebibytes(free) }];
}
