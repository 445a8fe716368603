import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { copyFile, link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What an OCI manifest says of one blob: https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
export interface Descriptor {
    mediaType: string;
    digest: string;
    /** Bytes. */
    size: number;
    [more: string]: unknown;
}

let counter = 0;

/** A name beside `path` that no other writer uses; a rename then makes the file appear whole or not at all. */
function draftOf(path: string): string {
    counter += 1;
    return `${path}.draft-${process.pid}-${counter}`;
}

/** The file of a blob in a folder that has OCI's `blobs/sha256/…`. */
export function blobPath(folder: string, digest: string): string {
    const [algorithm = "", hex = ""] = digest.split(":");
    if (algorithm !== "sha256" || !/^[0-9a-f]{64}$/.test(hex)) throw new Error(`not a digest: ${digest}`);
    return join(folder, "blobs", algorithm, hex);
}

/** Writes bytes as a blob, named by their digest. */
export async function writeBlob(
    folder: string,
    mediaType: string,
    bytes: AsyncIterable<Buffer> | Buffer,
): Promise<Descriptor> {
    const parts = join(folder, "blobs", "sha256");
    await mkdir(parts, { recursive: true });
    const draft = draftOf(join(parts, "new"));
    const hash = createHash("sha256");
    let size = 0;
    const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
            hash.update(chunk);
            size += chunk.length;
            done(null, chunk);
        },
    });
    try {
        await pipeline(Readable.from(Buffer.isBuffer(bytes) ? [bytes] : bytes), count, createWriteStream(draft));
        const digest = `sha256:${hash.digest("hex")}`;
        await rename(draft, blobPath(folder, digest));
        return { mediaType, digest, size };
    } finally {
        await rm(draft, { force: true });
    }
}

export async function hasBlob(folder: string, blob: Descriptor): Promise<boolean> {
    return (await stat(blobPath(folder, blob.digest)).catch(() => undefined))?.size === blob.size;
}

/** The same file in a second place: a hard link, or a copy where the places are on different file systems. */
export async function linkFile(from: string, to: string): Promise<void> {
    await mkdir(dirname(to), { recursive: true });
    const draft = draftOf(to);
    try {
        await link(from, draft).catch(() => copyFile(from, draft));
        await rename(draft, to);
    } finally {
        await rm(draft, { force: true }); // rename(2) of two links to one file leaves both
    }
}

/** `flush`: on the disk before the name is, for what is believed later. A power cut then leaves all of it or nothing. */
export async function writeWhole(path: string, text: string, { flush = false } = {}): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const draft = draftOf(path);
    try {
        await writeFile(draft, text, { flush });
        await rename(draft, path);
    } finally {
        await rm(draft, { force: true });
    }
}

export async function readJson<T>(path: string): Promise<T> {
    return JSON.parse(await readFile(path, "utf8")) as T;
}
