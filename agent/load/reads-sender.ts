/** Asks one query over HTTP, and says what became of it. */
import { snappyLiterals } from "../remote-write.ts";
import type { Answer } from "./engine.ts";
import { type Answered, oneLine, openExchanges } from "./exchange.ts";
import type { ReadPlan } from "./reads-plan.ts";
import { type Query, readRequest } from "./reads-queries.ts";
import { authorization } from "./tokens.ts";

export interface ReadSender {
    /** `mustHaveData`: an answer without is an error. Never rejects. */
    ask(query: Query, mustHaveData: boolean): Promise<Answer>;
    /** Bytes of all answers so far. */
    bytes(): number;
    close(): void;
}

/** `token`: what each query carries, where one is asked for. */
export function createReadSender({ urls, load, concurrency, timeoutMs }: ReadPlan, token?: string): ReadSender {
    // m3query's front closes idle connections after 5 s, and queries are seldom.
    const exchanges = openExchanges({ concurrency, timeoutMs, idleMs: 2000, ca: load.ca });
    let turn = 0;
    let bytes = 0;
    return {
        ask(query, mustHaveData) {
            const base = urls[turn++ % urls.length] ?? "";
            const { path, headers, body } = requestOf(query);
            const all = token === undefined ? headers : { ...headers, ...authorization(token) };
            return exchanges.post(new URL(path, base), all, body, (answered) => {
                bytes += answered.length;
                return wrongWith(query, answered, mustHaveData);
            });
        },
        bytes: () => bytes,
        close: () => exchanges.close(),
    };
}

/** What is wrong with an answer of status 200. M3 tells one that it cut off at a limit by a header (x/headers/headers.go). */
function wrongWith({ kind }: Query, { begin, headers }: Answered, mustHaveData: boolean): string | undefined {
    const limited = headers["m3-results-limited"];
    if (limited !== undefined) return `cut off: ${limited}`;
    if (kind === "remoteRead") return mustHaveData && !hasSeries(begin) ? "no data" : undefined;
    return problemOf(begin, mustHaveData);
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
