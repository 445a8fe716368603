/** The virtual machines' image: made once, kept in the cache, shared by all clones. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../../../support/lock.ts";
import { cacheDir } from "../../../support/paths.ts";
import type { Progress } from "../../../support/progress.ts";
import { readJson } from "../../cluster/files.ts";
import { seldom } from "../../tools/notes.ts";
import { ensurePackages } from "../../tools/packages.ts";
import { requireMachine } from "../machine.ts";
import { guestPackages, hostPackages } from "../packages.ts";
import { debianSources, updateLists } from "./archive.ts";
import { makeDisk } from "./disk.ts";
import { findKernels, type Kernels, OldListsError, unpackKernels } from "./kernels.ts";
import { makeSshKey, removeOldKeys, withSigners } from "./keys.ts";
import { makeRepositories } from "./repositories.ts";
import { bootstrapRoot, furnishRoot, guestFolder } from "./root.ts";

export interface VmImage {
    /** The base disk (qcow2); machines run on overlays of it. */
    path: string;
    /** Folder of the RPM repositories. */
    repositories: string;
    /** "ssh-ed25519 AAAA…": of every machine of this image. */
    hostKey: string;
    /** May log in as root and as cloud-user. */
    privateKeyFile: string;
    /** As `uname -r` prints them; `old` runs, `new` is in kernel-ml. */
    kernels: { old: string; new: string };
    /** As in kernel-ml of elrepo-kernel: "6.12.117-1.el8.elrepo". */
    kernelMl: string;
    /** Of the keys /RPM-GPG-KEY-elrepo and /RPM-GPG-KEY-wrong: 40 hexadecimal digits. */
    fingerprints: { elrepo: string; wrong: string };
}

/** What image.json holds: everything but where it lies. */
type Record = Omit<VmImage, "path" | "repositories" | "privateKeyFile">;

/**
 * The image for this version of our sources and of Debian's kernels; made when the cache has none, which takes minutes and needs root
 * and Debian (UserError tells what is in the way, before anything is changed). Others wait for the one who makes it. An
 * interrupted build leaves a folder that nobody takes for an image; the next call removes it.
 */
export async function ensureVmImage(options: { progress: Progress; signal?: AbortSignal }): Promise<VmImage> {
    const { progress, signal } = options;
    await requireMachine();
    await ensurePackages({ progress, names: hostPackages, signal });
    const find = async () => {
        const kernels = await findKernels(signal);
        return { kernels, folder: cacheDir("vm", await imageKey(kernels)) };
    };
    let wanted = await find();
    const known = await readImage(wanted.folder);
    if (known) return known;
    const onWait = () => progress.say("another m3perf makes the virtual machines' image; waiting for it");
    return withLock(cacheDir("vm", ".lock"), { signal, onWait, timeout: 7200 }, async () => {
        await removeOld();
        await removeOldKeys();
        const make = async () =>
            (await readImage(wanted.folder)) ?? (await build(wanted.kernels, wanted.folder, progress, signal));
        try {
            return await make();
        } catch (error) {
            if (!(error instanceof OldListsError)) throw error;
        }
        await progress.step("Debian's package lists", () => updateLists(signal));
        wanted = await find();
        return make();
    });
}

async function build(kernels: Kernels, folder: string, progress: Progress, outer?: AbortSignal): Promise<VmImage> {
    const draft = cacheDir("vm", `.new-${process.pid}`);
    const at = (...parts: string[]) => join(draft, ...parts);
    // The first fault stops what goes on beside it.
    const stop = new AbortController();
    const signal = outer ? AbortSignal.any([outer, stop.signal]) : stop.signal;
    try {
        await mkdir(at("work"), { recursive: true });
        const login = await makeSshKey(at("login"));
        const host = await makeSshKey(at("work", "host"));
        const root = at("work", "root");
        const debian = progress.step("guest: Debian's packages", async (note) => {
            const onLine = seldom((line) => note(line.slice(0, 80)));
            await bootstrapRoot(root, await debianSources(), at("work"), { signal, onLine });
        });
        const signed = progress.step("guest: kernels and signed RPM repositories", () =>
            withSigners(async (signers) => {
                const unpacked = await unpackKernels(kernels, at("work", "kernels"), signal);
                const input = { kernels: unpacked, signers, folder: at("repositories"), work: at("work"), signal };
                await makeRepositories(input);
                return { keys: signers.keys, fingerprints: signers.fingerprints };
            }, signal),
        );
        for (const part of [debian, signed]) part.catch((error) => stop.abort(error));
        const [, { keys, fingerprints }] = await Promise.allSettled([debian, signed]).then(() =>
            Promise.all([debian, signed]),
        );
        await progress.step("guest: what makes it look like EL8", () =>
            furnishRoot(root, {
                login: login.public,
                baseKey: keys.base,
                hostKeyFile: host.file,
                hostKey: host.public,
                base: at("repositories", "base"),
                signal,
            }),
        );
        await progress.step("guest: disk", () => makeDisk(root, at("base.qcow2"), at("work"), signal));
        const record: Record = {
            hostKey: host.public,
            kernels: { old: kernels.old.release, new: kernels.new.release },
            kernelMl: `${kernels.new.version}-1.el8.elrepo`,
            fingerprints: { elrepo: fingerprints.elrepo, wrong: fingerprints.wrong },
        };
        await rm(at("work"), { recursive: true, force: true });
        await writeFile(at("image.json"), `${JSON.stringify(record, undefined, 4)}\n`, { flush: true });
        await rm(folder, { recursive: true, force: true });
        await rename(draft, folder);
    } finally {
        // A stopped program may still be at its last file; what remains after all is removed by the next build.
        await rm(draft, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }).catch(() => {});
    }
    const made = await readImage(folder);
    if (!made) throw new Error(`the image in ${folder} is not whole`);
    return made;
}

/** The image in a folder of the cache; undefined when there is none. Marks it as used. */
export async function readImage(folder: string): Promise<VmImage | undefined> {
    const file = join(folder, "image.json");
    const record = readJson<Record>(file);
    if (!record) return undefined;
    await utimes(file, new Date(), new Date());
    return {
        ...record,
        path: join(folder, "base.qcow2"),
        repositories: join(folder, "repositories"),
        privateKeyFile: join(folder, "login"),
    };
}

/** Changes with whatever makes the image another one, but for the versions of Debian's packages beside the kernels. */
async function imageKey(kernels: Kernels): Promise<string> {
    const hash = createHash("sha256").update(JSON.stringify([kernels, guestPackages]));
    for (const folder of [import.meta.dirname, guestFolder]) {
        for (const name of (await readdir(folder)).sort()) hash.update(name).update(await readFile(join(folder, name)));
    }
    return hash.digest("hex").slice(0, 16);
}

const week = 7 * 24 * 3600 * 1000;

/**
 * Removes what an interrupted build has left, and images that nobody has used for a week. Only under the lock. A program of a build
 * that was killed a moment ago may still be at its last file.
 */
async function removeOld(now = Date.now()): Promise<void> {
    for (const name of await readdir(cacheDir("vm")).catch(() => [])) {
        if (name === ".lock") continue;
        const used = await stat(cacheDir("vm", name, "image.json")).catch(() => undefined);
        if (used && now - used.mtimeMs < week) continue;
        await rm(cacheDir("vm", name), { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
}
