/**
 * Where the Pulumi homes lie. Each state of the plugins' sources has one of its own: two clones that differ never replace each
 * other's plugins. What is the user's (a login, which stack is selected) is one for all, in the folder above them.
 */
import { mkdir, readdir, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../../support/paths.ts";
import { sourcesHash } from "./bundle.ts";
import { type Manifest, manifestFile, readManifest } from "./install.ts";

/** A home that no command has used for 30 days (ms) goes. */
const unused = 30 * 24 * 3600 * 1000;

/** A folder with a manifest: one of the homes, or `root` itself, which was the only home once. */
export interface Home {
    folder: string;
    manifest: Manifest;
}

export const homesRoot = () => cacheDir("pulumi-home");

/** The home for the sources as they are. */
export const ownHome = () => join(homesRoot(), sourcesHash());

/** Makes what is the user's appear in a home; `pulumi login` is told of its place by PULUMI_CREDENTIALS_PATH. */
export async function shareSelections(root: string, home: string): Promise<void> {
    await mkdir(join(root, "workspaces"), { recursive: true, mode: 0o700 });
    await mkdir(home, { recursive: true });
    await symlink("../workspaces", join(home, "workspaces")).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
    });
}

/** The other homes, the last used one first: what was downloaded for them need not be downloaded again. */
export async function otherHomes(root: string, home: string): Promise<Home[]> {
    const others = (await homes(root)).filter(({ folder }) => folder !== home).sort((a, b) => b.used - a.used);
    return await Promise.all(others.map(async ({ folder }) => ({ folder, manifest: await readManifest(folder) })));
}

/** Removes the homes, but this one, that were not used for long. */
export async function pruneHomes(root: string, home: string, now = Date.now()): Promise<void> {
    for (const { folder, used } of await homes(root)) {
        if (folder === home || now - used < unused) continue;
        // Of the root only what made it a home: the rest is the user's.
        const parts = folder === root ? ["versions", "plugins", "logs", manifestFile] : [""];
        for (const part of parts) await rm(join(folder, part), { recursive: true, force: true });
    }
}

/** All homes, and when each was used last (ms since 1970): every use touches the manifest. */
async function homes(root: string): Promise<{ folder: string; used: number }[]> {
    const names = await readdir(root).catch(() => []);
    const folders = [root, ...names.filter((name) => /^[0-9a-f]{16}$/.test(name)).map((name) => join(root, name))];
    const found = folders.map(async (folder) => {
        // Without a manifest: a first call has not ended yet, or was killed.
        const seen = await stat(join(folder, manifestFile)).catch(() => (folder === root ? undefined : stat(folder)));
        return seen ? [{ folder, used: seen.mtimeMs }] : [];
    });
    return (await Promise.all(found)).flat();
}
