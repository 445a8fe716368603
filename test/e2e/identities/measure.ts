/**
 * Runs in a pod: the same remote write straight to the coordinators and through the gateway, by turns, one at a time over
 * connections that are kept. Prints one line of JSON: milliseconds from the request's start to the answer's end.
 */
import { Agent, request } from "node:http";
import { remoteWriteBody, remoteWriteHeaders } from "../../../agent/remote-write.ts";

const { DIRECT = "", GATEWAY = "", TOKEN = "" } = process.env;
const rounds = { warmUp: 40, measured: 400 };
const series = 500;
const path = "/api/v1/prom/remote/write";
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function send(base: string, body: Buffer): Promise<number> {
    const headers = {
        ...remoteWriteHeaders,
        "Content-Length": body.length,
        ...(base === GATEWAY ? { Authorization: `Bearer ${TOKEN}` } : {}),
    };
    return new Promise((resolve, reject) => {
        const start = performance.now();
        const out = request(base + path, { method: "POST", headers, agent }, (answer) => {
            answer.resume();
            answer.on("end", () => {
                if (answer.statusCode === 200) resolve(performance.now() - start);
                else reject(new Error(`${base} answered ${answer.statusCode}`));
            });
        });
        out.on("error", reject);
        out.end(body);
    });
}

function body(): Buffer {
    const time = Date.now();
    return remoteWriteBody(
        Array.from({ length: series }, (_, number) => ({
            labels: { __name__: "m3perf_gateway_cost", cluster: "eu-1", number: String(number) },
            samples: [{ value: number, time }],
        })),
    );
}

const at = (sorted: number[], share: number) =>
    Number((sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(2));

async function run(): Promise<void> {
    const times: Record<"direct" | "gateway", number[]> = { direct: [], gateway: [] };
    for (let round = -rounds.warmUp; round < rounds.measured; round += 1) {
        const pair = [["direct", DIRECT] as const, ["gateway", GATEWAY] as const];
        // Neither is always the one that comes after the other.
        for (const [name, base] of round % 2 === 0 ? pair : pair.reverse()) {
            const spent = await send(base, body());
            if (round >= 0) times[name].push(spent);
        }
    }
    const figures = Object.entries(times).map(([name, all]) => {
        const sorted = all.sort((a, b) => a - b);
        return [name, { p50: at(sorted, 0.5), p90: at(sorted, 0.9), p99: at(sorted, 0.99), max: at(sorted, 1) }];
    });
    console.log(JSON.stringify({ writes: rounds.measured, series, ...Object.fromEntries(figures) }));
}

await run();
