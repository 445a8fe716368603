import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../support/errors.ts";
import type { HttpStream } from "../access/http.ts";
import type { LogLine } from "./line.ts";
import { type End, merge, type Source, Tail } from "./tail.ts";

export interface FollowOptions {
    /** The containers that are there now; throws when the API server does not answer. */
    sources(): Promise<(Source & { uid: string })[]>;
    stream: HttpStream;
    since: string;
    follow: boolean;
    previous: boolean;
    signal: AbortSignal;
    show(line: LogLine): void;
    say(text: string): void;
    /** Seconds between two looks for new pods, and before a broken request is made again. */
    every?: number;
}

/**
 * Shows the merged logs; with `follow` until the signal comes, over pods that come and go and an API server that goes away. One that
 * cannot be read is told and hides no other: a kubelet that is stopped, a missing right. Resolves to how many these were at first.
 */
export async function followLogs(options: FollowOptions): Promise<number> {
    const { sources, stream, since, follow, previous, signal, show, say, every = 2 } = options;
    const known = new Map<string, Tail>();
    const keyOf = (source: Source & { uid: string }) => `${source.uid}/${source.container}`;
    for (const source of await sources()) known.set(keyOf(source), new Tail(source, stream, since));
    const silent = new Map<Tail, string>();
    const broken = (tail: Tail, text: string) => {
        if (signal.aborted) return;
        silent.set(tail, text);
        say(text);
    };
    const logs = [...known.values()].map((tail) => tolerant(tail, { follow: false, previous, signal }, broken));
    for await (const line of merge(logs)) show(line);
    if (!follow) return silent.size;

    const buffer = inOrder(show);
    const running = new Set<Promise<void>>();
    const start = (tail: Tail) => {
        const last = silent.get(tail) ?? "";
        const run = keepReading(tail, { signal, say, every, push: buffer.push }, last).finally(() =>
            running.delete(run),
        );
        running.add(run);
    };
    for (const tail of known.values()) start(tail);
    let away = false;
    while (!signal.aborted) {
        await sleep(every * 1000, undefined, { signal }).catch(() => {});
        if (signal.aborted) break;
        try {
            for (const source of await sources()) {
                if (known.has(keyOf(source))) continue;
                const tail = new Tail(source, stream, since);
                known.set(keyOf(source), tail);
                start(tail);
            }
            if (away) say("the API server answers again");
            away = false;
        } catch (error) {
            if (!away) say(`the API server does not answer, waiting for it: ${messageOf(error)}`);
            away = true;
        }
    }
    await Promise.all(running);
    buffer.end();
    return silent.size;
}

/** A log whose fault is told, and that ends there. */
async function* tolerant(
    tail: Tail,
    options: Parameters<Tail["read"]>[0],
    broken: (tail: Tail, text: string) => void,
): AsyncGenerator<LogLine, End> {
    try {
        return yield* tail.read(options);
    } catch (error) {
        broken(tail, messageOf(error));
        return "ended";
    }
}

interface Keep {
    signal: AbortSignal;
    say(text: string): void;
    every: number;
    push(line: LogLine): void;
}

/**
 * One container's log until its pod is gone. A request that ends is made again: its container restarts, or the API server was away.
 * `told`: what was said of it last, which is not said twice.
 */
async function keepReading(tail: Tail, { signal, say, every, push }: Keep, told = ""): Promise<void> {
    while (!signal.aborted) {
        try {
            const lines = tail.read({ follow: true, signal });
            for (;;) {
                const { done, value } = await lines.next();
                if (done) {
                    if (value === "gone") return;
                    break;
                }
                told = "";
                push(value);
            }
        } catch (error) {
            if (!signal.aborted && told !== messageOf(error)) say(messageOf(error));
            told = messageOf(error);
        }
        await sleep(every * 1000, undefined, { signal }).catch(() => {});
    }
}

/** Lines of several logs come nearly at the same time: each waits a little, so that they are shown in order. */
function inOrder(show: (line: LogLine) => void, wait = 300) {
    let held: LogLine[] = [];
    let timer: NodeJS.Timeout | undefined;
    const flush = () => {
        timer = undefined;
        const lines = held.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
        held = [];
        for (const line of lines) show(line);
    };
    return {
        push(line: LogLine) {
            held.push(line);
            timer ??= setTimeout(flush, wait);
        },
        end() {
            clearTimeout(timer);
            flush();
        },
    };
}
