import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { messageOf } from "../../support/errors.ts";
import { type HttpStream, shorten } from "../access/http.ts";
import { type LogLine, splitTime } from "./line.ts";

export interface Source {
    namespace: string;
    pod: string;
    container: string;
}

/** What a request for a log came to: "gone": there is no such pod or container any more. */
export type End = "ended" | "gone";

/**
 * The log of one container, read in as many requests as it takes, each line once. The API starts at whole seconds, so a second
 * request repeats lines of the last one: those up to the last line seen are left out, by time and by how many had that same time.
 */
export class Tail {
    readonly source: Source;
    private readonly stream: HttpStream;
    private last: string;
    private atLast = 0;

    /** `since`: RFC 3339, in whole seconds or finer. */
    constructor(source: Source, stream: HttpStream, since: string) {
        this.source = source;
        this.stream = stream;
        this.last = since;
    }

    /** Lines from where the earlier request ended; with `follow` as long as the request lasts. Throws when it breaks. */
    async *read(options: { follow: boolean; previous?: boolean; signal: AbortSignal }): AsyncGenerator<LogLine, End> {
        const { namespace, pod, container } = this.source;
        const query: Record<string, string> = { container, timestamps: "true" };
        query.sinceTime = this.last.replace(/\.\d+Z$/, "Z");
        if (options.follow) query.follow = "true";
        if (options.previous) query.previous = "true";
        const { status, body } = await this.stream(`/api/v1/namespaces/${namespace}/pods/${pod}/log`, {
            query,
            signal: options.signal,
        }).catch((error) => {
            throw new Error(`the log of ${pod} cannot be asked for: ${messageOf(error)}`);
        });
        if (status !== 200) {
            const said = await saidIn(body);
            if (status === 404) return "gone";
            // 400: not started yet, or no previous container.
            if (status === 400 && !options.follow) return "ended";
            throw new Error(`the log of ${pod} answered ${status}${said && `: ${said}`}`);
        }
        let repeated = this.atLast;
        try {
            for await (const line of createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY })) {
                const split = splitTime(line);
                if (!split || split.time < this.last) continue;
                if (split.time === this.last) {
                    if (repeated > 0) {
                        repeated -= 1;
                        continue;
                    }
                    this.atLast += 1;
                } else {
                    this.last = split.time;
                    this.atLast = 1;
                    repeated = 0;
                }
                yield { time: split.time, pod, container, line: split.line };
            }
        } catch (error) {
            throw new Error(`the log of ${pod} broke off: ${messageOf(error)}`);
        }
        return "ended";
    }
}

/** What the API server says of a refusal: the message of a Status. */
async function saidIn(body: IncomingMessage): Promise<string> {
    try {
        const { message } = JSON.parse(await text(body)) as { message?: unknown };
        return typeof message === "string" ? shorten(message, 300) : "";
    } catch {
        return "";
    }
}

/** Several logs, each in order, as one in order: never more in memory than one line of each. */
export async function* merge(logs: AsyncGenerator<LogLine, unknown>[]): AsyncGenerator<LogLine> {
    const heads: { log: AsyncGenerator<LogLine, unknown>; head: LogLine }[] = [];
    const advance = async (log: AsyncGenerator<LogLine, unknown>) => {
        const { done, value } = await log.next();
        if (!done) heads.push({ log, head: value });
    };
    await Promise.all(logs.map(advance));
    while (heads.length > 0) {
        const first = heads.reduce((least, each) => (each.head.time < least.head.time ? each : least));
        heads.splice(heads.indexOf(first), 1);
        yield first.head;
        await advance(first.log);
    }
}
