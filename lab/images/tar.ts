import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { UserError } from "../../support/errors.ts";

/** One thing in an image layer. `path` has no leading slash: "usr/bin/curl". Owner is root unless told. */
export type Entry = { path: string; mode?: number; owner?: number } & (
    | { type: "file"; source: string }
    | { type: "text"; text: string }
    | { type: "link"; target: string }
    | { type: "directory" }
);

const blockSize = 512;

/**
 * The bytes of a tar archive (POSIX ustar) with these entries and the folders above them, sorted by path, every time 0 and
 * no user names: the same entries give the same bytes wherever and whenever they are packed.
 */
export async function* tarBytes(entries: readonly Entry[]): AsyncGenerator<Buffer> {
    for (const entry of withFolders(entries)) {
        if (entry.type === "file") {
            const { size } = await stat(entry.source);
            yield tarHeader(entry, size);
            let read = 0;
            for await (const chunk of createReadStream(entry.source, { highWaterMark: 1 << 20 })) {
                read += chunk.length;
                yield chunk;
            }
            if (read !== size) throw new UserError("a file changed while it was packed", { what: entry.source });
            yield padding(size);
        } else {
            const data = Buffer.from(entry.type === "text" ? entry.text : "");
            yield Buffer.concat([tarHeader(entry, data.length), data, padding(data.length)]);
        }
    }
    yield Buffer.alloc(2 * blockSize);
}

/** The entries with every folder above them, sorted so that a folder comes before what it holds. A path may come once. */
export function withFolders(entries: readonly Entry[]): Entry[] {
    const byPath = new Map<string, Entry>();
    for (const entry of entries) {
        if (byPath.has(entry.path)) throw new Error(`two entries for ${entry.path} in one layer`);
        byPath.set(entry.path, entry);
    }
    for (const { path } of entries) {
        const parts = path.split("/").slice(0, -1);
        for (let count = 1; count <= parts.length; count += 1) {
            const folder = parts.slice(0, count).join("/");
            if (!byPath.has(folder)) byPath.set(folder, { path: folder, type: "directory" });
        }
    }
    return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

const typeFlags = { file: "0", text: "0", link: "2", directory: "5" };
const defaultModes = { file: 0o755, text: 0o644, link: 0o777, directory: 0o755 };

/** The 512 bytes before an entry's data. `size` in bytes. */
export function tarHeader(entry: Entry, size: number): Buffer {
    const header = Buffer.alloc(blockSize);
    const octal = (value: number, offset: number, length: number) =>
        header.write(value.toString(8).padStart(length - 1, "0"), offset, "latin1");
    const { prefix, name } = splitName(entry.type === "directory" ? `${entry.path}/` : entry.path);
    header.write(name, 0);
    octal(entry.mode ?? defaultModes[entry.type], 100, 8);
    octal(entry.owner ?? 0, 108, 8);
    octal(entry.owner ?? 0, 116, 8);
    octal(size, 124, 12);
    octal(0, 136, 12);
    header.write(typeFlags[entry.type], 156);
    if (entry.type === "link") header.write(checkLength(entry.target, 100), 157);
    header.write("ustar\x0000", 257, "latin1");
    header.write(prefix, 345);
    header.fill(" ", 148, 156); // the checksum counts its own field as spaces
    const checksum = header.reduce((sum, byte) => sum + byte, 0);
    header.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    return header;
}

/** ustar keeps a path in two fields, 155 and 100 bytes, split at a slash. */
function splitName(path: string): { prefix: string; name: string } {
    if (Buffer.byteLength(path) <= 100) return { prefix: "", name: path };
    const slash = path.indexOf("/", path.length - 101);
    if (slash <= 0 || slash === path.length - 1) throw new Error(`the path is too long for a tar archive: ${path}`);
    return { prefix: checkLength(path.slice(0, slash), 155), name: checkLength(path.slice(slash + 1), 100) };
}

function checkLength(text: string, bytes: number): string {
    if (Buffer.byteLength(text) > bytes) throw new Error(`the path is too long for a tar archive: ${text}`);
    return text;
}

function padding(size: number): Buffer {
    return Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
}
