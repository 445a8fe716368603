/** Copies files and folders to another machine over SFTP, with the paths that the official plugin's documentation gives. */
import { readdir, stat } from "node:fs/promises";
import { basename, posix } from "node:path";
import type { Client, SFTPWrapper } from "ssh2";
import { Archive, Asset, type CallContext, isMap, type PropertyMap } from "../shared/index.ts";
import { connect } from "./ssh.ts";

/** Copies `source` (a file, a text, a folder or an archive file as it is) to `remotePath`. */
export async function copyToRemote(inputs: PropertyMap, urn: string, context: CallContext): Promise<void> {
    const { connection, source } = inputs;
    const remotePath = String(inputs.remotePath);
    if (!isMap(connection)) throw new Error("connection is missing");
    const client = await connect(connection, context, urn);
    const cancel = () => client.destroy();
    context.signal.addEventListener("abort", cancel, { once: true });
    try {
        const files = new RemoteFiles(await openSftp(client));
        await files.makeFolder(posix.dirname(remotePath));
        if (source instanceof Asset && source.source.text !== undefined) {
            await copyText(files, source.source.text, remotePath);
        } else if (source instanceof Asset || source instanceof Archive) {
            await copyPath(files, String(source.source.path), remotePath);
        } else throw new Error("source must be an asset or an archive");
    } catch (error) {
        context.signal.throwIfAborted();
        throw error;
    } finally {
        context.signal.removeEventListener("abort", cancel);
        client.end();
    }
}

async function copyText(files: RemoteFiles, text: string, target: string): Promise<void> {
    if ((await files.kind(target)) === "folder") {
        throw new Error(`${target} is a folder: with a text as source, remotePath must be the file's own path`);
    }
    await files.write(target, text);
}

/**
 * source | target is a folder | target is not there | target is a file
 * folder | target/folder      | target/folder       | refused
 * folder/| into target        | into target         | refused
 * file   | target/file        | target              | overwritten
 */
async function copyPath(files: RemoteFiles, source: string, target: string): Promise<void> {
    const there = await files.kind(target);
    if (!(await stat(source)).isDirectory()) {
        return files.put(source, there === "folder" ? posix.join(target, basename(source)) : target);
    }
    const folder = source.endsWith("/") ? target : posix.join(target, basename(source));
    await files.makeFolder(target);
    await copyFolder(files, source, folder);
}

async function copyFolder(files: RemoteFiles, source: string, target: string): Promise<void> {
    await files.makeFolder(target);
    const entries = await readdir(source);
    for (const name of entries.sort()) {
        const from = posix.join(source, name);
        const to = posix.join(target, name);
        if ((await stat(from)).isDirectory()) await copyFolder(files, from, to);
        else await files.put(from, to);
    }
}

/** The few file operations that copying needs, as promises whose errors name the path. */
class RemoteFiles {
    private readonly sftp: SFTPWrapper;
    constructor(sftp: SFTPWrapper) {
        this.sftp = sftp;
    }

    kind(path: string): Promise<"folder" | "file" | undefined> {
        return new Promise((resolve, reject) => {
            this.sftp.stat(path, (error, attributes) => {
                if (!error) return resolve(attributes.isDirectory() ? "folder" : "file");
                // SSH_FX_NO_SUCH_FILE
                if ((error as { code?: number }).code === 2) return resolve(undefined);
                reject(new Error(`cannot look at the remote path ${path}: ${error.message}`));
            });
        });
    }

    /** Makes a folder and those above it; nothing where it is there. */
    async makeFolder(path: string): Promise<void> {
        const there = await this.kind(path);
        if (there === "folder") return;
        if (there === "file") throw new Error(`the remote path ${path} is a file, not a folder`);
        if (posix.dirname(path) !== path) await this.makeFolder(posix.dirname(path));
        const failure = await new Promise<Error | undefined>((resolve) => {
            this.sftp.mkdir(path, (error) => resolve(error ?? undefined));
        });
        // Another copy of the same update may have made it in the meantime.
        if (failure && (await this.kind(path)) !== "folder") {
            throw new Error(`cannot make the remote folder ${path}: ${failure.message}`);
        }
    }

    put(source: string, target: string): Promise<void> {
        return new Promise((resolve, reject) => {
            this.sftp.fastPut(source, target, (error) =>
                error ? reject(new Error(`cannot copy ${source} to ${target}: ${error.message}`)) : resolve(),
            );
        });
    }

    write(target: string, text: string): Promise<void> {
        return new Promise((resolve, reject) => {
            this.sftp.writeFile(target, text, (error) =>
                error ? reject(new Error(`cannot write ${target}: ${error.message}`)) : resolve(),
            );
        });
    }
}

function openSftp(client: Client): Promise<SFTPWrapper> {
    return new Promise((resolve, reject) => {
        client.once("close", () => reject(new Error("the connection was lost")));
        client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp)));
    });
}
