import { createHash, randomBytes } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Writes a file under another name and renames it, so that a crash leaves the old one or the new one. */
export async function writeWhole(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${randomBytes(4).toString("hex")}`;
    await writeFile(draft, content, { mode, flush: true }); // on the disk before the name is: also after a power cut
    await rename(draft, path);
}

/** Writes a file that only its owner may read. */
export async function writeSecret(path: string, content: string | Buffer): Promise<void> {
    await writeWhole(path, content, 0o600);
}

/** Writes the file unless it has that content; tells whether it was written. */
export async function writeIfChanged(path: string, content: string, mode = 0o644): Promise<boolean> {
    const before = await readFile(path, "utf8").catch(() => undefined);
    if (before === content) return false;
    await writeWhole(path, content, mode);
    return true;
}

export function readJson<T>(path: string): T | undefined {
    try {
        return JSON.parse(readFileSync(path, "utf8")) as T;
    } catch {
        return undefined; // not there, or half of one from a machine that lost power: written anew
    }
}

export function digest(value: unknown): string {
    return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** Digest of every file of a folder and of those below it: two are equal where the sources are. */
export function folderDigest(folder: string): string {
    const files = globSync("**/*", { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile());
    return digest(
        files
            .map(({ parentPath, name }) => join(parentPath, name))
            .sort()
            .map((path) => readFileSync(path, "utf8")),
    );
}
