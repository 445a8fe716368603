/** The gateway's real nginx on this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GatewayConfig, gatewayConfig } from "../../../components/m3/gateway-config.ts";
import type { Certificate } from "../../../components/tls/plan.ts";
import type { Identity } from "../../../settings/schema/identities.ts";
import { waitFor } from "../../../support/wait.ts";
import { freePort } from "../../support/apiserver.ts";
import { binary } from "../../support/binaries.ts";
import { bound } from "../../support/bound.ts";
import { folderOf } from "../../support/certificates.ts";

/** What came through, as the server behind saw it. */
export interface Seen {
    server: "coordinator" | "query";
    method: string;
    url: string;
    headers: IncomingHttpHeaders;
    body: Buffer;
}

export interface Answer {
    status: number;
    body: string;
}

interface Call {
    method?: string;
    headers?: Record<string, string>;
    body?: Buffer;
}

export interface Nginx {
    port: number;
    /** `path` goes out as it is written: no client normalises it. */
    call(path: string, options?: Call): Promise<Answer>;
    health(): Promise<Answer>;
    /** Everything that nginx has written into its logs. */
    logs(): Promise<string>;
    stop(): Promise<void>;
}

export type Gateway = Nginx & { seen: Seen[] };

/** nginx by the gateway's configuration, on ports of its own. */
async function startNginx(
    known: Pick<GatewayConfig, "identities" | "tokens" | "coordinator" | "query">,
    certificate?: Certificate,
): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), "m3perf-gateway-"));
    await chmod(folder, 0o755); // started by root, nginx' workers are nobody
    const [port, healthPort] = await Promise.all([freePort(), freePort()]);
    const certificates = certificate && folderOf(join(folder, "certificates"), certificate);
    const config = gatewayConfig({ ...known, port, healthPort, certificates: certificates && "/tmp/certificates" });
    const log = join(folder, "log");
    // Several may run on one machine; in its container /tmp is the gateway's own.
    await writeFile(join(folder, "nginx.conf"), config.replaceAll("/tmp/", `${folder}/`).replace("/dev/stdout", log));
    const child = spawn(...bound(binary("nginx"), ["-e", "stderr", "-c", join(folder, "nginx.conf")]), {
        stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => {
        errors += chunk;
    });
    const health = () => send(healthPort, "/healthz", {});
    await waitFor({ what: "nginx to answer", timeout: 90, every: 0.05 }, async () => {
        if (child.exitCode !== null) throw new Error(errors);
        return (await health().catch(() => undefined))?.status === 200;
    });
    return {
        port,
        call: (path, options = {}) => send(port, path, options),
        health,
        logs: async () => errors + (await readFile(log, "utf8")),
        async stop() {
            await ended(child);
            await rm(folder, { recursive: true });
        },
    };
}

/** Before two servers that tell what reached them. */
export async function startGateway(
    identities: Identity[],
    tokens: Record<string, string>,
    certificate?: Certificate,
): Promise<Gateway> {
    const seen: Seen[] = [];
    const servers = await Promise.all([recorder("coordinator", seen), recorder("query", seen)]);
    const [coordinator = "", query = ""] = servers.map((server) => `localhost:${portOf(server)}`);
    const nginx = await startNginx({ identities, tokens, coordinator, query }, certificate);
    return {
        ...nginx,
        seen,
        async stop() {
            await nginx.stop();
            for (const server of servers) server.close().closeAllConnections();
        },
    };
}

async function ended(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    await exit;
}

async function recorder(name: Seen["server"], seen: Seen[]): Promise<Server> {
    const server = createServer(async (incoming, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
        const { method = "", url = "", headers } = incoming;
        seen.push({ server: name, method, url, headers, body: Buffer.concat(chunks) });
        response.end(name);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

function send(port: number, path: string, { method = "GET", headers = {}, body }: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const out = request({ port, path, method, headers }, (answer) => {
            let text = "";
            answer.setEncoding("utf8");
            answer.on("data", (chunk: string) => {
                text += chunk;
            });
            answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
        });
        out.on("error", reject);
        out.end(body);
    });
}
