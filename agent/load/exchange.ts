/** One request over HTTP, with connections that stay open, and what its answer, or none, means. Answers are read whole, and not kept. */
import http, { type ClientRequest, type IncomingHttpHeaders } from "node:http";
import https from "node:https";
import { TLSSocket } from "node:tls";
import type { Answer } from "./engine.ts";

/** Bytes of an answer's beginning that are looked at. */
const looked = 512;
/** Characters of it that an error tells. */
const shown = 160;

/** The beginning of an answer of status 2xx, its length and headers. */
export interface Answered {
    begin: Buffer;
    length: number;
    headers: IncomingHttpHeaders;
}

export interface Exchanges {
    /**
     * Posts a body. `judge` says what is wrong with an answer of status 2xx; undefined: nothing. Never rejects; when it settles, the body
     * is not needed any more.
     */
    post(
        url: URL,
        headers: Record<string, string>,
        body: Buffer,
        judge: (answered: Answered) => string | undefined,
    ): Promise<Answer>;
    close(): void;
}

/**
 * `idleMs`: idle connections are closed after this long, before a receiver does it: a request on a connection that is just being closed
 * would be lost. All are used in turn, so that a Service in front spreads them.
 */
export function openExchanges(options: {
    concurrency: number;
    timeoutMs: number;
    idleMs: number;
    ca?: string | undefined;
}): Exchanges {
    const { concurrency, timeoutMs, idleMs, ca } = options;
    const agent = { keepAlive: true, maxSockets: concurrency, scheduling: "fifo", timeout: idleMs } as const;
    const agents = { http: new http.Agent(agent), https: new https.Agent({ ...agent, ...(ca && { ca }) }) };
    return {
        post(url, headers, body, judge) {
            const all = { ...headers, "Content-Length": body.length, "User-Agent": "m3perf-load" };
            const secure = url.protocol === "https:";
            const request = (secure ? https : http).request(url, {
                method: "POST",
                headers: all,
                agent: secure ? agents.https : agents.http,
            });
            const answer = answerOf(request, timeoutMs, judge);
            request.end(body);
            return answer;
        },
        close() {
            for (const one of Object.values(agents)) one.destroy();
        },
    };
}

/**
 * Acknowledged with a good answer. Refused: it did not reach the receiver, or was answered with anything else. Unknown: it was on its
 * way and no whole answer came, so the receiver may have taken it.
 */
function answerOf(
    request: ClientRequest,
    timeoutMs: number,
    judge: (answered: Answered) => string | undefined,
): Promise<Answer> {
    return new Promise((settle) => {
        let answer: Answer | undefined;
        let connected = false; // And the TLS handshake is done: before it, nothing of the body has gone out.
        const without = (error: string): Answer => ({ outcome: connected ? "unknown" : "refused", error });
        const timer = setTimeout(() => {
            answer ??= without(`${connected ? "no answer" : "no connection"} in ${timeoutMs} ms`);
            request.destroy();
        }, timeoutMs);
        request.on("socket", (socket) => {
            const secure = socket instanceof TLSSocket;
            connected = secure ? socket.getFinished() !== undefined : !socket.connecting;
            if (!connected) socket.once(secure ? "secureConnect" : "connect", () => (connected = true));
        });
        request.on("response", (response) => {
            const { statusCode = 0, headers } = response;
            let begin = Buffer.alloc(0);
            let length = 0;
            response.on("data", (part: Buffer) => {
                length += part.length;
                if (begin.length < looked) begin = Buffer.concat([begin, part]).subarray(0, looked);
            });
            response.on("error", () => {}); // The request tells it, too.
            response.on("end", () => {
                const good = statusCode >= 200 && statusCode < 300;
                const error = good
                    ? judge({ begin, length, headers })
                    : `HTTP ${statusCode} ${oneLine(begin.toString())}`.trimEnd();
                answer ??= error === undefined ? { outcome: "acknowledged" } : { outcome: "refused", error };
            });
        });
        request.on("error", (error: NodeJS.ErrnoException) => {
            answer ??= without(error.code ?? error.message);
        });
        // The last event of a request, after the answer's end or the error.
        request.on("close", () => {
            clearTimeout(timer);
            settle(answer ?? without("the answer broke off"));
        });
    });
}

export const oneLine = (text: string) => text.replace(/\s+/g, " ").trim().slice(0, shown);
