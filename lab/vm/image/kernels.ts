/** The two kernels of the guest: Debian's kernels for clouds, which boot fast and need no initramfs in qemu (facts.md 6). */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../../support/errors.ts";
import { run } from "../../../support/exec.ts";
import { listsAreOld } from "../../tools/packages.ts";
import { aptCache, download, updateLists } from "./archive.ts";
import { patiently } from "./programs.ts";

export interface Kernel {
    /** As `uname -r` prints it: "6.1.0-56-cloud-amd64". */
    release: string;
    /** Debian's version of the package: "6.1.192-2". */
    package: string;
    /** Of the kernel's sources: "6.1.192". */
    version: string;
}

export interface Kernels {
    /** The one of this machine's Debian release: what the guest runs at first. */
    old: Kernel;
    /** The newest of the archive: what the guest is upgraded to. */
    new: Kernel;
}

/** A kernel, unpacked: `tree` has boot/ and lib/modules/ (usr/lib/modules/ since Debian 13). */
export interface UnpackedKernel extends Kernel {
    image: string;
    config: string;
    modules: string;
}

/** Which kernels the archive has now; asks apt alone. Reads the package lists first where there are none. */
export async function findKernels(signal?: AbortSignal): Promise<Kernels> {
    const look = async () =>
        readKernels(
            await aptCache(["search", "--names-only", "^linux-image-[0-9].*-cloud-amd64$"]),
            await aptCache(["show", "--no-all-versions", "linux-image-cloud-amd64"]),
        );
    let releases = look();
    if (!(await releases)) {
        await updateLists(signal);
        releases = look();
    }
    const found = await releases;
    if (!found) {
        throw new UserError("Debian's archive has no two kernels for the guest", {
            what: "it takes two of linux-image-…-cloud-amd64",
            why: "the guest is upgraded from one kernel to a newer one",
            next: "add Debian's security archive or backports to this machine's apt sources",
        });
    }
    const [older, newer] = await Promise.all([candidate(found.old), candidate(found.new)]);
    return { old: older, new: newer };
}

/**
 * The releases to take, from `apt-cache search` and `apt-cache show linux-image-cloud-amd64`: the newest, and the release's own or,
 * where that is the newest, the next older one. Undefined when there are no two. Pure.
 */
export function readKernels(search: string, meta: string): { old: string; new: string } | undefined {
    const releases = [...search.matchAll(/^linux-image-(\d+\.\d+[^\s~]*-cloud-amd64) /gm)].map(
        (match) => match[1] ?? "",
    );
    const sorted = [...new Set(releases)].sort(compareReleases).reverse();
    const [newest, next] = sorted;
    if (newest === undefined || next === undefined) return undefined;
    const own = /^Depends: linux-image-(\d\S*-cloud-amd64)/m.exec(meta)?.[1];
    return { old: own !== undefined && own !== newest ? own : next, new: newest };
}

/** By the numbers in them, the first that differs: 6.1.0-56 < 6.12.100 < 6.12.117+deb12. */
export function compareReleases(a: string, b: string): number {
    const numbers = (text: string) => (text.match(/\d+/g) ?? []).map(Number);
    const [left, right] = [numbers(a), numbers(b)];
    const at = left.findIndex((number, index) => number !== right[index]);
    return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}

async function candidate(release: string): Promise<Kernel> {
    const shown = await aptCache(["show", "--no-all-versions", `linux-image-${release}`]);
    const version = /^Version: (\S+)/m.exec(shown)?.[1] ?? "";
    return { release, package: version, version: version.replace(/^\d+:/, "").replace(/[-~+].*$/, "") };
}

/** The archive no longer has what this machine's package lists name. */
export class OldListsError extends Error {}

/** Fetches and unpacks both; throws OldListsError when the lists have to be read anew. */
export async function unpackKernels(
    kernels: Kernels,
    folder: string,
    signal?: AbortSignal,
): Promise<{ old: UnpackedKernel; new: UnpackedKernel }> {
    await mkdir(folder, { recursive: true });
    const both = [kernels.old, kernels.new];
    const complaint = await download(
        both.map((kernel) => `linux-image-${kernel.release}=${kernel.package}`),
        folder,
        signal,
    );
    if (complaint !== undefined) {
        if (listsAreOld(complaint)) throw new OldListsError(complaint);
        throw new UserError("the guest's kernels could not be fetched", { what: complaint });
    }
    const files = (await readdir(folder)).filter((name) => name.endsWith(".deb"));
    const unpack = async (kernel: Kernel): Promise<UnpackedKernel> => {
        const file = files.find((name) => name.startsWith(`linux-image-${kernel.release}_`));
        if (file === undefined) throw new Error(`apt-get download left no file of ${kernel.release}`);
        const tree = join(folder, kernel.release);
        await run("dpkg-deb", ["--extract", join(folder, file), tree], patiently(signal));
        const usr = (await readdir(tree)).includes("lib") ? "lib" : "usr/lib";
        return {
            ...kernel,
            image: join(tree, "boot", `vmlinuz-${kernel.release}`),
            config: join(tree, "boot", `config-${kernel.release}`),
            modules: join(tree, usr, "modules", kernel.release),
        };
    };
    const [older, newer] = await Promise.all([unpack(kernels.old), unpack(kernels.new)]);
    return { old: older, new: newer };
}
