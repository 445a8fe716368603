import http from "node:http";
import https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { type HttpResponse, sendForStream } from "../access/http.ts";

/** GET on the API server for as long as `signal` lets it. Rejects when no whole answer came. */
export type Get = (path: string, signal: AbortSignal, query?: Record<string, string>) => Promise<HttpResponse>;

/** An answer longer than this many characters is an error: nothing that a look asks for is that long. */
const answerLimit = 32 << 20;
/** Credentials are asked for again after this time: those that a command hands out run out. */
const credentialsMs = 60_000;

/**
 * Calls over connections that are kept: some twenty calls every few seconds would cost the API server a TLS handshake each, which is
 * more than most of the answers cost it.
 */
export function openGet(config: KubeConfig): Get {
    const cluster = config.getCurrentCluster();
    const server = cluster?.server.replace(/\/$/, "") ?? "";
    const limits = { keepAlive: true, maxSockets: 8 };
    const agent = server.startsWith("https:") ? new https.Agent(limits) : new http.Agent(limits);
    let options: https.RequestOptions = {};
    let readAt = Number.NEGATIVE_INFINITY;
    const prepare = async () => {
        if (performance.now() - readAt < credentialsMs) return;
        const fresh: https.RequestOptions = {};
        await config.applyToHTTPSOptions(fresh);
        // A proxy's agent is the library's own: it stays.
        options = cluster?.proxyUrl ? fresh : { ...fresh, agent };
        readAt = performance.now();
    };
    const once: Get = async (path, signal, query) => {
        await prepare();
        const headers = { ...(options.headers as Record<string, string> | undefined) };
        const request = { headers, signal, ...(query && { query }) };
        const { status, body } = await sendForStream(new URL(server + path), request, options);
        return { status, body: await textOf(body) };
    };
    return async (path, signal, query) => {
        try {
            return await once(path, signal, query);
        } catch (error) {
            // The server may close a kept connection at any moment, also as we send on it: that says nothing of the server.
            if ((error as NodeJS.ErrnoException).code !== "ECONNRESET" || signal.aborted) throw error;
            return await once(path, signal, query);
        }
    };
}

async function textOf(body: http.IncomingMessage): Promise<string> {
    let text = "";
    for await (const chunk of body.setEncoding("utf8")) {
        text += chunk;
        if (text.length > answerLimit) throw new Error("the answer is too long");
    }
    return text;
}
