/** The repositories' server: the guests' elrepo.lab.test and mirror.lab.test. Which tree it answers with can be changed at any time. */
import { once } from "node:events";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { VmImage } from "./image/index.ts";

/**
 * - good: all is right
 * - wrong-key: elrepo-release and kernel-ml are signed by a key that is not elrepo's (the key at its address is the right one)
 * - no-kernel: elrepo-kernel holds no package
 * - broken-kernel: kernel-ml of an older version, which GRUB cannot load: the machine stands at GRUB's prompt
 * - panicking-kernel: likewise, which panics and reboots after 5 s
 * - hanging-kernel: likewise, which runs without network for ever
 * - unreachable: every connection is cut at once
 */
export type RepositoryVariant =
    | "good"
    | "wrong-key"
    | "no-kernel"
    | "broken-kernel"
    | "panicking-kernel"
    | "hanging-kernel"
    | "unreachable";

export interface RepositoryServer {
    /** On 127.0.0.1. */
    port: number;
    /** Which tree answers from now on; "good" at first. */
    serve(variant: RepositoryVariant): void;
    /** Bytes per second of each .rpm file from now on, those under way included; 0: no limit. */
    slow(bytesPerSecond: number): void;
    /** "GET /base/repodata/repomd.xml 200", in order of the requests; 0 for a request that was cut. */
    log: string[];
    close(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startRepositoryServer(image: Pick<VmImage, "repositories">): Promise<RepositoryServer> {
    let variant: RepositoryVariant = "good";
    let rate = 0;
    const log: string[] = [];
    const server = createServer((request, response) => {
        const tell = (status: number) => log.push(`${request.method} ${request.url} ${status}`);
        if (variant === "unreachable") {
            tell(0);
            request.socket.destroy();
            return;
        }
        const file = fileOf(image.repositories, variant, request.url ?? "/");
        tell(file === undefined ? 404 : 200);
        if (file === undefined) response.writeHead(404).end();
        // A guest that goes away in the middle of a file is no error of ours.
        else send(file, request, response, () => rate).catch(() => response.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
        port: (server.address() as AddressInfo).port,
        serve(next) {
            variant = next;
            if (next === "unreachable") server.closeAllConnections();
        },
        slow(bytesPerSecond) {
            rate = bytesPerSecond;
        },
        log,
        async close() {
            const closed = once(server, "close");
            server.close();
            server.closeAllConnections();
            await closed;
        },
    };
}

/** The file for a path: what the variant has of its own, by the first folder, else the good one. Undefined when there is none. */
function fileOf(repositories: string, variant: RepositoryVariant, url: string): string | undefined {
    const path = normalize(decodeURIComponent(new URL(url, "http://lab.test").pathname));
    const [, top = ""] = path.split("/");
    if (top === "variants") return undefined;
    const own = join(repositories, "variants", variant);
    const file = join(top !== "" && existsSync(join(own, top)) ? own : repositories, path);
    return statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}

/** The whole file, or its end where the guest goes on with a download (dnf does, after one that was cut). */
async function send(file: string, request: IncomingMessage, response: ServerResponse, rate: () => number) {
    const { size } = statSync(file);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from > 0 && from >= size) {
        response.writeHead(416, { "content-range": `bytes */${size}` }).end();
        return;
    }
    const range = from > 0 ? { "content-range": `bytes ${from}-${size - 1}/${size}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { "content-length": size - from, "accept-ranges": "bytes", ...range });
    if (request.method === "HEAD") {
        response.end();
        return;
    }
    const content = createReadStream(file, { start: from, highWaterMark: 16 << 10 });
    await pipeline(
        content,
        (chunks: AsyncIterable<Buffer>) => throttled(chunks, file.endsWith(".rpm") ? rate : () => 0),
        response,
    );
}

async function* throttled(chunks: AsyncIterable<Buffer>, rate: () => number) {
    for await (const chunk of chunks) {
        yield chunk;
        // In short sleeps: another rate holds at once.
        for (let owed = chunk.length; rate() > 0 && owed > 0; owed -= rate() / 10) await sleep(100);
    }
}
