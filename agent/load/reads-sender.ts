/** Asks one query over HTTP, with connections that stay open, and says what became of it. Answers are read whole, and not kept. */
import http, { type ClientRequest } from "node:http";
import https from "node:https";
import { snappyLiterals } from "../remote-write.ts";
import type { Answer } from "./engine.ts";
import type { ReadPlan } from "./reads-plan.ts";
import { type Query, readRequest } from "./reads-queries.ts";

/** Bytes of an answer's beginning that are looked at: where a PromQL answer says whether it has data, and an error what is wrong. */
const looked = 512;
const shown = 160;

export interface ReadSender {
    /** `mustHaveData`: an answer without is an error. Never rejects. */
    ask(query: Query, mustHaveData: boolean): Promise<Answer>;
    /** Bytes of all answers so far. */
    bytes(): number;
    close(): void;
}

export function createReadSender({ urls, concurrency, timeoutMs }: ReadPlan): ReadSender {
    // All connections in turn, so that a Service in front spreads them. Idle ones are closed long before the receiver does it (m3query's
    // front after 5 s): queries are seldom, and one on a connection that is just being closed would be lost.
    const options = { keepAlive: true, maxSockets: concurrency, scheduling: "fifo", timeout: 2000 } as const;
    const agents = { "http:": new http.Agent(options), "https:": new https.Agent(options) };
    let turn = 0;
    let bytes = 0;
    return {
        ask(query, mustHaveData) {
            const base = urls[turn++ % urls.length] ?? "";
            const { path, headers, body } = requestOf(query);
            const url = new URL(path, base);
            const secure = url.protocol === "https:";
            const request = (secure ? https : http).request(url, {
                method: "POST",
                headers: { ...headers, "Content-Length": body.length, "User-Agent": "m3perf-load" },
                agent: secure ? agents["https:"] : agents["http:"],
            });
            const answer = answerOf(request, timeoutMs, (begin, length) => {
                bytes += length;
                if (query.kind === "remoteRead") return mustHaveData && !hasSeries(begin) ? "no data" : undefined;
                return problemOf(begin, mustHaveData);
            });
            request.end(body);
            return answer;
        },
        bytes: () => bytes,
        close() {
            for (const agent of Object.values(agents)) agent.destroy();
        },
    };
}

/** A query as HTTP. PromQL goes in the body, as Grafana and Prometheus send it: it may be long. Pure. */
export function requestOf(query: Query): { path: string; headers: Record<string, string>; body: Buffer } {
    if (query.kind === "remoteRead") {
        const headers = {
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "snappy",
            "X-Prometheus-Remote-Read-Version": "0.1.0",
        };
        return { path: "/api/v1/prom/remote/read", headers, body: snappyLiterals(readRequest(query)) };
    }
    const { kind, promql, ...times } = query;
    const form = new URLSearchParams({ query: promql });
    for (const [name, value] of Object.entries(times)) form.set(name, String(value));
    return {
        path: kind === "dashboard" ? "/api/v1/query_range" : "/api/v1/query",
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: Buffer.from(form.toString()),
    };
}

/** What is wrong with a PromQL answer of status 200, by its beginning. Pure. */
export function problemOf(begin: Buffer, mustHaveData: boolean): string | undefined {
    const text = begin.toString("latin1");
    if (!/^\s*\{"status":"success"/.test(text)) return `no PromQL answer: ${oneLine(text)}`;
    return mustHaveData && /"result":\[\]/.test(text) ? "no data" : undefined;
}

/**
 * Whether a remote read answer has series, by its uncompressed length, which snappy's block format begins with: a ReadResponse
 * whose only result is empty has two bytes. Pure.
 */
export function hasSeries(begin: Buffer): boolean {
    let length = 0;
    for (const [place, byte] of begin.subarray(0, 5).entries()) {
        length += (byte & 127) * 2 ** (7 * place);
        if (byte < 128) return length > 2;
    }
    return false;
}

/**
 * What became of a query: acknowledged with a good answer, refused with a bad one or where nobody was reached, unknown where none came in
 * time.
 */
function answerOf(
    request: ClientRequest,
    timeoutMs: number,
    judge: (begin: Buffer, length: number) => string | undefined,
): Promise<Answer> {
    return new Promise((settle) => {
        let answer: Answer | undefined;
        let connected = false;
        const without = (error: string): Answer => ({ outcome: connected ? "unknown" : "refused", error });
        const timer = setTimeout(() => {
            answer ??= without(`${connected ? "no answer" : "no connection"} in ${timeoutMs} ms`);
            request.destroy();
        }, timeoutMs);
        request.on("socket", (socket) => {
            connected = !socket.connecting;
            if (connected) return;
            socket.once("connect", () => {
                connected = true;
            });
        });
        request.on("response", (response) => {
            const status = response.statusCode ?? 0;
            let begin = Buffer.alloc(0);
            let length = 0;
            response.on("data", (part: Buffer) => {
                length += part.length;
                if (begin.length < looked) begin = Buffer.concat([begin, part]).subarray(0, looked);
            });
            response.on("error", () => {}); // The request tells it, too.
            // M3 tells an answer that it cut off at a limit by this header, with status 200 (x/headers/headers.go).
            const limited = response.headers["m3-results-limited"];
            response.on("end", () => {
                const good = status >= 200 && status < 300;
                const bad = limited === undefined ? judge(begin, length) : `cut off: ${limited}`;
                const error = good ? bad : `HTTP ${status} ${oneLine(begin.toString())}`.trimEnd();
                answer ??= error === undefined ? { outcome: "acknowledged" } : { outcome: "refused", error };
            });
        });
        request.on("error", (error: NodeJS.ErrnoException) => {
            answer ??= without(error.code ?? error.message);
        });
        request.on("close", () => {
            clearTimeout(timer);
            settle(answer ?? without("the answer broke off"));
        });
    });
}

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim().slice(0, shown);
