import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { remoteWriteBody, remoteWriteHeaders, type Series } from "../../agent/remote-write.ts";

/** Load of the experiments behind docs/decisions: writes at a set rate, and queries as fast as they are answered. */

export interface Times {
    /** Milliseconds from when a request should have gone out to its answer. */
    latencies: number[];
    /** What went wrong, by text, how often. */
    errors: Map<string, number>;
    samples: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Sends and reads one request to its end. Rejects for anything but a 2xx. */
export function call(url: string, method: "GET" | "POST", body?: Buffer, limit = 30): Promise<Buffer> {
    return new Promise((resolve, reject) => {
        const signal = AbortSignal.timeout(limit * 1000);
        const headers = body ? { ...remoteWriteHeaders, "Content-Length": body.length } : {};
        const outgoing = request(url, { method, headers, agent, signal }, (answer) => {
            const parts: Buffer[] = [];
            answer.on("error", reject);
            answer.on("data", (part: Buffer) => parts.push(part));
            answer.on("end", () => {
                const text = Buffer.concat(parts);
                const status = answer.statusCode ?? 0;
                if (status >= 200 && status < 300) resolve(text);
                else reject(new Error(`HTTP ${status} ${text.toString().slice(0, 120)}`));
            });
        });
        outgoing.on("error", (error) => reject(signal.aborted ? new Error(`no answer in ${limit} s`) : error));
        outgoing.end(body);
    });
}

const seriesAt = (metric: string, from: number, count: number, time: number): Series[] =>
    Array.from({ length: count }, (_, offset) => ({
        labels: { __name__: metric, series: String(from + offset), job: "decision" },
        samples: [{ value: (from + offset) * 1e5 + (Math.floor(time / 1000) % 1e5), time }],
    }));

const note = (times: Times, error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    times.errors.set(text, (times.errors.get(text) ?? 0) + 1);
};

/** History of `count` series, one sample each `step` seconds over the last `minutes`, as fast as it is taken by four writers. */
export async function backfill(
    url: string,
    metric: string,
    count: number,
    minutes: number,
    step: number,
): Promise<void> {
    const now = Date.now();
    const size = 1000;
    const bodies: [number, number][] = [];
    for (let time = now - minutes * 60_000; time < now; time += step * 1000)
        for (let from = 0; from < count; from += size) bodies.push([time, from]);
    const next = async () => {
        for (let job = bodies.shift(); job; job = bodies.shift()) {
            const [time, from] = job;
            await call(url, "POST", remoteWriteBody(seriesAt(metric, from, Math.min(size, count - from), time)));
        }
    };
    await Promise.all([next(), next(), next(), next()]);
}

export interface OpenLoop {
    urls: string[];
    metric: string;
    series: number;
    /** Samples a second. */
    rate: number;
    /** Samples of one request. */
    batch: number;
    seconds: number;
}

/** Writes at the rate asked for, whatever the answers take: no coordinated omission. */
export async function openLoop({ urls, metric, series, rate, batch, seconds }: OpenLoop): Promise<Times> {
    const times: Times = { latencies: [], errors: new Map(), samples: 0 };
    const every = (batch / rate) * 1000;
    const begun = performance.now();
    const inHand: Promise<unknown>[] = [];
    for (let index = 0; index * every < seconds * 1000; index += 1) {
        const intended = begun + index * every;
        const wait = intended - performance.now();
        if (wait > 1) await sleep(wait);
        const from = (index * batch) % series;
        const body = remoteWriteBody(seriesAt(metric, from, Math.min(batch, series - from), Date.now()));
        const sent = call(urls[index % urls.length] ?? "", "POST", body).then(
            () => {
                times.latencies.push(performance.now() - intended);
                times.samples += batch;
            },
            (error: unknown) => note(times, error),
        );
        inHand.push(sent);
    }
    await Promise.all(inHand);
    return times;
}

/** `workers` that ask one query after the other until the time is over. */
export async function closedLoop(url: string, workers: number, seconds: number): Promise<Times> {
    const times: Times = { latencies: [], errors: new Map(), samples: 0 };
    const end = performance.now() + seconds * 1000;
    const work = async () => {
        while (performance.now() < end) {
            const begun = performance.now();
            await call(url, "GET", undefined, 60).then(
                (answer) => {
                    times.latencies.push(performance.now() - begun);
                    times.samples += answer.length;
                },
                async (error: unknown) => {
                    note(times, error);
                    await sleep(200);
                },
            );
        }
    };
    await Promise.all(Array.from({ length: workers }, work));
    return times;
}

/** The value below which a share of them lies; NaN of none. */
export function quantile(values: number[], share: number): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
