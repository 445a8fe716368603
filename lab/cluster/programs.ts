/**
 * The lab's own programs on huge pages. Some virtual machines have no page tables of their own in the processor: whoever runs below
 * them keeps shadows of them, page by page, and loses them often. Seven nodes' programs on pages of 4 KiB then take more than one
 * core to do nothing; code and heap on pages of 2 MiB need a five-hundredth of the entries (bench/README.md, "An idle lab").
 * Heaps get them by the kernel's setting (sysctls.ts), code from a file system in memory that is made of such pages.
 */
import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { exec } from "../../support/exec.ts";
import type { Tools } from "../types.ts";
import type { Find } from "./config/services.ts";
import { mountsBelow } from "./down.ts";
import type { Layout } from "./layout.ts";
import { together } from "./together.ts";

/** What runs all the time, once or on each node. */
const running = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "containerd",
    "containerd-shim-runc-v2",
    "kubelet",
    "kube-proxy",
];

/** A set's folder has its version in its name (tools/kubernetes-1.35.4-…), so another version is another file. */
const copyOf = (files: Layout, path: string) => join(files.programs, basename(dirname(path)), basename(path));

/** Where each program of the lab is run from: its copy on huge pages where there is one. */
export function programs(files: Layout, tools: Pick<Tools, "path">): Find {
    return (name) => {
        const path = tools.path(name);
        const copy = copyOf(files, path);
        return running.includes(name) && existsSync(copy) ? copy : path;
    };
}

/**
 * Copies the programs, unless they are there, to a tmpfs below the lab's folder, which `lab down` lets go. Where the kernel has no huge
 * pages nothing is copied, and they are run from where they are.
 */
export async function placePrograms(files: Layout, tools: Pick<Tools, "path">): Promise<void> {
    const folder = files.programs;
    await mkdir(folder, { recursive: true, mode: 0o755 });
    if (!mountsBelow(folder).includes(folder)) {
        const { code } = await exec("mount", ["-t", "tmpfs", "-o", "mode=755,size=2g,huge=always", "m3perf", folder]);
        if (code !== 0) return;
    }
    const copies = running.map((name) => () => place(tools.path(name), copyOf(files, tools.path(name))));
    await together(undefined, copies);
}

/** Whole or not at all: what runs is never written to. */
async function place(path: string, copy: string): Promise<void> {
    const [source, there] = await Promise.all([stat(path), stat(copy).catch(() => undefined)]);
    if (there?.size === source.size && Math.abs(there.mtimeMs - source.mtimeMs) < 1000) return;
    await mkdir(dirname(copy), { recursive: true });
    const next = `${copy}.new`;
    await rm(next, { force: true });
    await copyFile(path, next);
    await utimes(next, source.atime, source.mtime);
    await rename(next, copy);
}
