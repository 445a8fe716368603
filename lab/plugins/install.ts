/** Puts files into a Pulumi home that other processes may be using: each file appears whole or not at all. */
import { copyFile, link, mkdir, readdir, readFile, realpath, rename, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export const manifestFile = "m3perf.json";

/** What a home holds, in a file at its top: to see what is up to date without looking into the files. */
export interface Manifest {
    /** By name ("random"): what it was made from and where it came from. */
    pieces: Record<string, { key: string; version: string; origin: string }>;
    /** When the last probe found no official artefacts, in milliseconds since 1970. */
    unreachableAt?: number;
}

export async function readManifest(home: string): Promise<Manifest> {
    try {
        return JSON.parse(await readFile(join(home, manifestFile), "utf8")) as Manifest;
    } catch {
        return { pieces: {} };
    }
}

/**
 * Writes the manifest where it is another than the file's, else only marks the home as used. Tells whether it was written. Of
 * two processes, one that has changed nothing must not put back what the other has replaced.
 */
export async function writeManifest(home: string, before: Manifest, manifest: Manifest): Promise<boolean> {
    const file = join(home, manifestFile);
    const text = JSON.stringify(manifest, null, 2);
    if (text === JSON.stringify(before, null, 2)) {
        const now = new Date();
        await utimes(file, now, now).catch(() => {}); // another user's cache may only be read
        return false;
    }
    await place(file, (path) => writeFile(path, `${text}\n`));
    return true;
}

/** Makes a file beside its final place, then renames it there. */
export async function place(target: string, make: (path: string) => Promise<void>): Promise<void> {
    await mkdir(dirname(target), { recursive: true });
    const temporary = `${target}.${process.pid}.new`;
    try {
        await make(temporary);
        await rename(temporary, target);
    } finally {
        await rm(temporary, { force: true });
    }
}

/** The same file in another place: a hard link where the file system allows it, else a copy. */
export async function placeSame(source: string, target: string): Promise<void> {
    const real = await realpath(source); // a link to a link would lead away from the files that lie beside it
    await place(target, async (path) => {
        await link(real, path).catch(() => copyFile(real, path));
    });
}

/** All plain files of a folder. */
export async function placeFolder(source: string, target: string): Promise<void> {
    for (const entry of await readdir(source, { withFileTypes: true })) {
        if (entry.isFile()) await placeSame(join(source, entry.name), join(target, entry.name));
    }
}
