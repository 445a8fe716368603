/** HTTP to the API server: keep-alive, bounded concurrency, limits on time, errors with the server's own words. */
import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Credentials } from "./credentials.ts";
import { isObject, type Json, type JsonObject, listAt, textAt } from "./objects.ts";

/** The server refused a request: its Status object. */
export class ApiError extends Error {
    readonly status: number;
    /** "NotFound", "AlreadyExists", "Conflict", "Invalid", … */
    readonly reason: string;
    readonly body: JsonObject;
    constructor(status: number, body: JsonObject) {
        super(textAt(body, "message") || `the API server answered ${status}`);
        this.status = status;
        this.reason = textAt(body, "reason");
        this.body = body;
    }

    /** The fields that the server names, with its reason for each. */
    get causes(): { field: string; reason: string; message: string }[] {
        return listAt(this.body, "details", "causes").map((cause) => ({
            field: textAt(cause, "field"),
            reason: textAt(cause, "reason"),
            message: textAt(cause, "message"),
        }));
    }
}

/** The server did not answer at all. */
export class Unreachable extends Error {}

export interface RequestOptions {
    query?: Record<string, string>;
    body?: Json;
    /** application/json unless told. */
    contentType?: string;
    signal?: AbortSignal;
    /** Called with each warning that the server attaches to its answer. */
    onWarning?: (text: string) => void;
}

export interface Client {
    /** "https://127.0.0.1:6443", for messages. */
    readonly server: string;
    request(method: string, path: string, options?: RequestOptions): Promise<JsonObject>;
    close(): void;
}

const connectLimit = 10_000;
const answerLimit = 60_000;
/** As many requests at a time as the engine has steps in flight by default on a small machine. */
const sockets = 16;
/**
 * How long an unused connection is kept, in milliseconds. The API server closes it after 90 s (k8s.io/apiserver, IdleTimeout), perhaps
 * just as a request is sent on it: those left over from a burst are that old when the next burst comes.
 */
const idleLimit = 30_000;

export function createClient(server: string, credentials: Credentials, idle = idleLimit): Client {
    const url = new URL(server);
    const secure = url.protocol === "https:";
    const kept = { keepAlive: true, maxSockets: sockets, timeout: idle };
    const agent = secure ? new https.Agent({ ...kept, ...credentials.tls }) : new http.Agent(kept);
    const base = url.pathname.replace(/\/$/, "");

    const once = async (method: string, path: string, options: RequestOptions) => {
        const query = new URLSearchParams(options.query).toString();
        const headers: http.OutgoingHttpHeaders = {
            accept: "application/json",
            "user-agent": "pulumi-kubernetes/m3perf-substitute",
        };
        const authorization = await credentials.authorization();
        if (authorization) headers.authorization = authorization;
        const payload = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
        if (payload) {
            headers["content-type"] = options.contentType ?? "application/json";
            headers["content-length"] = payload.length;
        }
        const request: http.RequestOptions = {
            agent,
            method,
            headers,
            host: url.hostname.replace(/^\[|\]$/g, ""),
            port: url.port || (secure ? 443 : 80),
            path: `${base}${path}${query ? `?${query}` : ""}`,
        };
        if (options.signal) request.signal = options.signal;
        return send(secure ? https.request : http.request, request, payload, options);
    };
    return {
        server: url.origin + base,
        async request(method, path, options = {}) {
            for (let attempt = 1; ; attempt++) {
                try {
                    const answer = await once(method, path, options);
                    if (answer.status < 400) return answer.body;
                    const busy = answer.status === 429 || (answer.status === 503 && answer.retryAfter !== undefined);
                    if (!busy || attempt > 5) throw new ApiError(answer.status, answer.body);
                    await sleep(Math.min(answer.retryAfter ?? attempt, 10) * 1000, undefined, {
                        signal: options.signal,
                    });
                } catch (error) {
                    if (error instanceof ApiError || options.signal?.aborted) throw error;
                    // Reading is repeated; a change only when the server had closed the kept connection that it was sent on.
                    const reset = (error as NodeJS.ErrnoException).code === "ECONNRESET";
                    const again = method === "GET" || error instanceof ClosedBefore;
                    if (reset && again && attempt < 3) continue;
                    const what = error instanceof Error ? error.message : String(error);
                    throw new Unreachable(`the cluster at ${url.origin} cannot be reached: ${what}`);
                }
            }
        },
        close: () => agent.destroy(),
    };
}

/**
 * A connection that had served another request was closed before anything of the answer came: by its age, before the server saw the
 * request. (A server that was killed just then may have seen it: a repeated create says then that the object exists.)
 */
class ClosedBefore extends Error {
    readonly code = "ECONNRESET";
}

interface HttpAnswer {
    status: number;
    body: JsonObject;
    retryAfter: number | undefined;
}

function send(
    begin: typeof http.request,
    request: http.RequestOptions,
    payload: Buffer | undefined,
    options: RequestOptions,
): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
        const sent = begin(request, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("error", reject);
            response.on("end", () => {
                for (const warning of warningsOf(response.headers.warning)) options.onWarning?.(warning);
                const retryAfter = Number(response.headers["retry-after"]);
                resolve({
                    status: response.statusCode ?? 0,
                    body: parse(Buffer.concat(chunks).toString("utf8")),
                    retryAfter: Number.isFinite(retryAfter) ? retryAfter : undefined,
                });
            });
        });
        const fail = (seconds: number) => () => sent.destroy(new Error(`no answer within ${seconds} s`));
        const limit = setTimeout(fail(answerLimit / 1000), answerLimit);
        sent.on("socket", (socket) => {
            if (!socket.connecting) return;
            const timer = setTimeout(fail(connectLimit / 1000), connectLimit);
            socket.once("connect", () => clearTimeout(timer));
            socket.once("close", () => clearTimeout(timer));
        });
        sent.on("close", () => clearTimeout(limit));
        sent.on("error", (error: NodeJS.ErrnoException) => {
            // Node.js' documentation of request.reusedSocket names this case and its remedy.
            const stale = sent.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
            reject(stale ? new ClosedBefore(error.message, { cause: error }) : error);
        });
        sent.end(payload);
    });
}

function parse(text: string): JsonObject {
    try {
        const value: unknown = JSON.parse(text);
        return isObject(value) ? value : { message: text };
    } catch {
        return { message: text.slice(0, 500) };
    }
}

/** `299 - "text"` (RFC 7234), several joined by commas. */
function warningsOf(header: string | undefined): string[] {
    return [...(header ?? "").matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
        (match[1] ?? "").replace(/\\(.)/g, "$1"),
    );
}
