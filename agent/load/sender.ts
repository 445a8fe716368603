/** HTTP with connections that stay open, and what an answer, or none, means for a request's samples. */
import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import { remoteWriteHeaders } from "../remote-write.ts";
import type { Answer } from "./engine.ts";
import type { LoadPlan } from "./types.ts";

/** Characters of an answer's body that an error tells. */
const shown = 160;

export interface Sender {
    /** Posts one body to the next URL in turn. Never rejects; when it settles, the body is not needed any more. */
    post(body: Buffer): Promise<Answer>;
    close(): void;
}

export function createSender({ urls, concurrency, timeoutMs }: LoadPlan): Sender {
    // fifo: all connections are used in turn, so that a Service in front spreads them. Idle ones are closed before a receiver does it
    // (Node's servers after 5 s): a request on a connection that is just being closed would be lost.
    const options = { keepAlive: true, maxSockets: concurrency, scheduling: "fifo", timeout: 4000 } as const;
    const agents = { http: new http.Agent(options), https: new https.Agent(options) };
    const targets = urls.map((text) => {
        const url = new URL(text);
        const headers = { ...remoteWriteHeaders, "User-Agent": "m3perf-load" };
        return url.protocol === "https:"
            ? { url, headers, request: https.request, agent: agents.https }
            : { url, headers, request: http.request, agent: agents.http };
    });
    let turn = 0;
    return {
        post(body) {
            const target = targets[turn++ % targets.length];
            if (target === undefined) throw new Error("a plan without URLs");
            const headers = { ...target.headers, "Content-Length": body.length };
            const request = target.request(target.url, { method: "POST", headers, agent: target.agent });
            const answer = answerOf(request, timeoutMs);
            request.end(body);
            return answer;
        },
        close() {
            for (const agent of Object.values(agents)) agent.destroy();
        },
    };
}

/**
 * What became of a request. Refused: it did not reach the receiver, or was answered with anything but 2xx. Unknown: it was on its way
 * and no whole answer came, so the receiver may have taken it.
 */
function answerOf(request: ClientRequest, timeoutMs: number): Promise<Answer> {
    return new Promise((settle) => {
        let answer: Answer | undefined;
        let connected = false;
        const without = (text: string): Answer => ({ outcome: connected ? "unknown" : "refused", error: text });
        const timer = setTimeout(() => {
            answer ??= without(`${connected ? "no answer" : "no connection"} in ${timeoutMs} ms`);
            request.destroy();
        }, timeoutMs);
        request.on("socket", (socket) => {
            connected = !socket.connecting;
            if (!connected) socket.once("connect", () => (connected = true));
        });
        request.on("response", (response) =>
            onText(response, (text) => {
                const status = response.statusCode ?? 0;
                const error = `HTTP ${status} ${text}`.trimEnd();
                answer ??= status >= 200 && status < 300 ? { outcome: "acknowledged" } : { outcome: "refused", error };
            }),
        );
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

/** The beginning of an answer's text, in one line, when all of it has come. */
function onText(response: IncomingMessage, done: (text: string) => void): void {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (part: string) => {
        if (text.length < shown) text += part;
    });
    response.on("error", () => {}); // The request tells it, too.
    response.on("end", () => done(text.replace(/\s+/g, " ").slice(0, shown)));
}
