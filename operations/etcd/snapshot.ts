import { chmod, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Environment } from "../../settings/environment.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { type HttpStream, shorten } from "../access/http.ts";
import { clientPort } from "./client.ts";
import { readSnapshot } from "./database.ts";

export interface Snapshot {
    file: string;
    bytes: number;
    /** Of the database without the digest that etcd appends, which is the same. */
    sha256: string;
    revision: number;
    keys: number;
}

/** Seconds for all of it: the quota of 512 MiB at 5 MB/s. */
const limit = 120;

/**
 * Writes what a member's /v3/maintenance/snapshot streams into `file`. The file appears under its name only when it is whole
 * and its digest is right; it holds whatever M3 keeps in etcd, so only its owner may read it.
 */
export async function takeSnapshot(environment: Environment, stream: HttpStream, file: string): Promise<Snapshot> {
    const { namespace, etcd } = environment;
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const errors: string[] = [];
    for (const pod of etcd.pods) {
        try {
            const path = `/api/v1/namespaces/${namespace}/pods/${pod}:${clientPort}/proxy/v3/maintenance/snapshot`;
            const signal = AbortSignal.timeout(limit * 1000);
            const { status, body } = await stream(path, { method: "POST", body: {}, signal });
            if (status !== 200) {
                body.resume();
                throw new Error(`answered ${status}`);
            }
            return { file, ...(await writeSnapshot(body, file)) };
        } catch (error) {
            errors.push(`${pod}: ${messageOf(error)}`);
        }
    }
    throw new UserError("no snapshot of etcd could be taken", {
        what: errors.join("\n    "),
        why: `nothing was written to ${file}`,
        next: "m3perf etcd status",
    });
}

/** Lines of JSON with the database's next bytes in base64 (etcd 3.4, api: SnapshotResponse), one after the other into a file. */
export async function writeSnapshot(body: Readable, file: string): Promise<Omit<Snapshot, "file">> {
    const part = `${file}.part`;
    await rm(part, { force: true });
    const handle = await open(part, "wx", 0o600);
    try {
        let left: number | undefined;
        for await (const line of createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY })) {
            if (line === "") continue;
            const answer = parse(line);
            if (answer.error) throw new Error(`etcd broke off: ${answer.error.message ?? "no reason given"}`);
            const bytes = Buffer.from(answer.result?.blob ?? "", "base64");
            await handle.write(bytes);
            left = Number(answer.result?.remaining_bytes ?? 0);
        }
        if (left !== 0) throw new Error(`the stream ended with ${left ?? "all"} bytes to come`);
        await handle.sync();
    } catch (error) {
        await handle.close();
        await rm(part, { force: true });
        throw error;
    }
    await handle.close();
    try {
        const read = readSnapshot(part);
        await chmod(part, 0o600);
        await rename(part, file);
        return read;
    } catch (error) {
        await rm(part, { force: true });
        throw error;
    }
}

interface Answer {
    result?: { blob?: string; remaining_bytes?: string };
    error?: { message?: string };
}

function parse(line: string): Answer {
    try {
        return JSON.parse(line) as Answer;
    } catch {
        throw new Error(`the stream was cut in the middle of an answer: ${shorten(line, 40)}`);
    }
}

/** "etcd-dev-20261127T181500Z.db". Pure. */
export function snapshotName(stack: string, now: number): string {
    return `etcd-${stack}-${new Date(now)
        .toISOString()
        .replace(/\.\d+Z$/, "Z")
        .replaceAll(/[-:]/g, "")}.db`;
}
