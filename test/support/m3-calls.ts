/** Calls of M3's API as senders and readers make them: at a node's NodePort, or at a process of the test's own. */
import { setTimeout as sleep } from "node:timers/promises";
import { remoteWriteBody, remoteWriteHeaders } from "../../agent/remote-write.ts";
import type { Series } from "../../operations/access/m3.ts";

export interface Point {
    labels: Record<string, string>;
    value: number;
    /** ms since 1970; now where it is left out. */
    time?: number;
}

/** Headers that lead a sample or a query to one aggregated namespace: "10s:48h". */
export const aggregatedBy = (policy: string) => ({ "M3-Metrics-Type": "aggregated", "M3-Storage-Policy": policy });

/** Sends one sample of each point. */
export async function remoteWrite(
    address: string,
    port: number,
    points: Point[],
    headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
    const now = Date.now();
    const series = points.map(({ labels, value, time = now }) => ({ labels, samples: [{ value, time }] }));
    const answer = await fetch(`http://${address}:${port}/api/v1/prom/remote/write`, {
        method: "POST",
        headers: { ...remoteWriteHeaders, ...headers },
        body: new Uint8Array(remoteWriteBody(series)),
        signal: AbortSignal.timeout(20_000),
    });
    return { status: answer.status, body: await answer.text() };
}

/** One instant query, at now unless told (ms since 1970). */
export async function ask(
    address: string,
    port: number,
    query: string,
    headers: Record<string, string> = {},
    time = Date.now(),
) {
    const parameters = new URLSearchParams({ query, time: String(time / 1000) });
    const answer = await fetch(`http://${address}:${port}/api/v1/query?${parameters}`, {
        headers,
        signal: AbortSignal.timeout(20_000),
    });
    const body = await answer.text();
    const result: Series[] = answer.ok ? JSON.parse(body).data.result : [];
    return { status: answer.status, body, result };
}

/** A sample of each point a second, until stopped. */
export function writeSteadily(address: string, port: number, points: Point[]) {
    const stop = new AbortController();
    const writing = (async () => {
        while (!stop.signal.aborted) {
            await remoteWrite(address, port, points).catch(() => {}); // what arrives is what is asked for
            await sleep(1000, undefined, { signal: stop.signal }).catch(() => {});
        }
    })();
    return {
        stop: () => {
            stop.abort();
            return writing;
        },
    };
}

/** Five queries a second, each over a connection of its own, as new readers come; what failed is kept. */
export function readSteadily(address: string, port: number) {
    const seen = { answered: 0, failures: [] as string[], stop: async () => {} };
    let going = true;
    const reading = (async () => {
        while (going) {
            const answer = await ask(address, port, "up", { Connection: "close" }).catch((error: unknown) => ({
                status: 0,
                body: error instanceof Error ? String(error.cause ?? error.message) : String(error),
            }));
            if (answer.status === 200) seen.answered += 1;
            else seen.failures.push(`${new Date().toISOString()} ${answer.status} ${answer.body.slice(0, 200)}`);
            await sleep(200);
        }
    })();
    seen.stop = () => {
        going = false;
        return reading;
    };
    return seen;
}
