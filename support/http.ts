import http from "node:http";
import https from "node:https";
import { NoAnswer } from "./errors.ts";

export interface HttpRequest {
    method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    headers?: Record<string, string>;
    /** Sent as JSON; a string or bytes are sent as they are. */
    body?: unknown;
    /** Query parameters. */
    query?: Record<string, string>;
}

export interface HttpResponse {
    status: number;
    body: string;
    /** The header Date: the clock of who answered, to the second. */
    date?: string;
}

/** How one call is made; the Kubernetes client and the direct client both look like this. */
export type HttpCall = (path: string, request?: HttpRequest) => Promise<HttpResponse>;

/** An answer that is read while it comes, for as long as it does or `signal` lets it. */
export type HttpStream = (
    path: string,
    request: HttpRequest & { signal: AbortSignal },
) => Promise<{ status: number; body: http.IncomingMessage }>;

/** Longest wait for one answer, in seconds. A check has more than one call, so this is well below a check's limit. */
export const callLimit = 8;
/** An answer longer than this many bytes is an error: nothing that operations ask for is that long. */
const answerLimit = 64 << 20;

/** Sends one request by node:http(s) and reads the whole answer. Rejects when there is no answer within `callLimit`. */
export function send(url: URL, request: HttpRequest, options: https.RequestOptions = {}): Promise<HttpResponse> {
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.append(name, value);
    const payload = payloadOf(request.body);
    const headers: Record<string, string> = { ...request.headers };
    if (payload !== undefined) {
        headers["Content-Type"] ??= "application/json";
        headers["Content-Length"] = String(Buffer.byteLength(payload));
    }
    const method = request.method ?? (payload === undefined ? "GET" : "POST");
    const client = url.protocol === "https:" ? https : http;
    return new Promise((resolve, reject) => {
        const signal = AbortSignal.timeout(callLimit * 1000);
        const failed = (error: Error) =>
            reject(signal.aborted ? new NoAnswer(`no answer from ${url.host} within ${callLimit} s`) : noAnswer(error));
        const outgoing = client.request(url, { ...options, method, headers, signal }, (incoming) => {
            let body = "";
            incoming.setEncoding("utf8").on("error", failed);
            incoming.on("data", (chunk: string) => {
                body += chunk;
                if (body.length > answerLimit) outgoing.destroy(new Error(`the answer from ${url.host} is too long`));
            });
            const { date } = incoming.headers;
            const told = date === undefined ? {} : { date };
            incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body, ...told }));
        });
        outgoing.on("error", failed);
        outgoing.end(payload);
    });
}

/** Sends one request; resolves with the head of the answer, whose body is read by the caller. No limit but `signal`. */
export function sendForStream(
    url: URL,
    request: HttpRequest & { signal: AbortSignal },
    options: https.RequestOptions = {},
): ReturnType<HttpStream> {
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.append(name, value);
    const payload = payloadOf(request.body);
    const type = payload === undefined ? {} : { "Content-Type": "application/json" };
    const headers = { ...type, ...request.headers };
    const method = request.method ?? (payload === undefined ? "GET" : "POST");
    const client = url.protocol === "https:" ? https : http;
    return new Promise((resolve, reject) => {
        const { signal } = request;
        const outgoing = client.request(url, { ...options, method, headers, signal }, (incoming) =>
            resolve({ status: incoming.statusCode ?? 0, body: incoming }),
        );
        outgoing.on("error", reject);
        outgoing.end(payload);
    });
}

/** The same words, and the code by which callers tell one from another. */
function noAnswer(error: NodeJS.ErrnoException): NoAnswer {
    const { message, code } = error;
    return Object.assign(new NoAnswer(message, { cause: error }), code === undefined ? {} : { code });
}

function payloadOf(body: unknown): string | Uint8Array | undefined {
    if (body === undefined || typeof body === "string" || body instanceof Uint8Array) return body;
    return JSON.stringify(body);
}

/** The JSON of an answer. Throws with the status and the beginning of the body when it is not what was asked for. */
export function jsonOf<T>(response: HttpResponse, what: string): T {
    if (response.status >= 300) throw new NoAnswer(`${what} answered ${response.status}: ${shorten(response.body)}`);
    try {
        return JSON.parse(response.body) as T;
    } catch {
        throw new NoAnswer(`${what} answered something that is not JSON: ${shorten(response.body)}`);
    }
}

/** One line of at most `limit` characters. */
export function shorten(text: string, limit = 160): string {
    const line = text.replace(/\s+/g, " ").trim();
    return line.length > limit ? `${line.slice(0, limit)}…` : line;
}
