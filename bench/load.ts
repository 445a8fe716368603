/**
 * What the load generator costs: it writes to a receiver that only reads and answers, in a process of its own, at rates that grow.
 * Prints Markdown. `npm run bench:load [-- RATE …]`
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LoadSummary, msText, summaryOf } from "../operations/load/summary.ts";
import { totalsOf } from "../operations/load/totals.ts";
import { loadBy, remoteWriteAt } from "./one-database.ts";

const seconds = 10;
const own = fileURLToPath(import.meta.url);

/** Takes everything and keeps nothing. */
async function receive(): Promise<void> {
    const server = createServer((request, response) => {
        request.resume().on("end", () => response.writeHead(204).end());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    process.send?.((server.address() as AddressInfo).port);
    process.on("disconnect", () => process.exit());
}

/** One load at a rate, from its first second on, in which Node compiles. */
async function measure(port: number, rate: number, batch: number): Promise<LoadSummary> {
    const texts = {
        series: String(rate),
        interval: "1s",
        duration: `${seconds}s`,
        batch: String(batch),
        "remote-url": remoteWriteAt(port),
    };
    const folder = mkdtempSync(join(tmpdir(), "m3perf-bench-load-"));
    try {
        const { plan, lines, ended } = loadBy(texts, folder);
        const { code, error } = await ended;
        if (code !== 0) throw new Error(error);
        return summaryOf(plan, totalsOf(lines));
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

const grouped = (value: number) => Math.round(value).toLocaleString("en-US");

function row(rate: number, batch: number, { samplesPerSecond, cpuMicrosPerSample, latencyMs }: LoadSummary): string {
    const latency = latencyMs === null ? ["–", "–"] : [msText(latencyMs.p50), msText(latencyMs.p99)];
    const cpu = [cpuMicrosPerSample.toFixed(2), grouped(1e6 / cpuMicrosPerSample)];
    return `| ${[grouped(rate), batch, grouped(samplesPerSecond), ...cpu, ...latency].join(" | ")} |`;
}

async function main(): Promise<void> {
    const given = process.argv.slice(2).map(Number);
    const rates = given.length > 0 ? given : [2000, 20_000, 50_000, 100_000, 200_000];
    const receiver = fork(own, ["receive"]);
    try {
        const [port] = (await once(receiver, "message")) as [number];
        const load = loadavg()
            .map((one) => one.toFixed(1))
            .join(", ");
        const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`;
        console.log(`${new Date().toISOString().slice(0, 16)}Z, ${machine}; load average before: ${load}\n`);
        console.log("| asked samples/s | batch | acknowledged/s | CPU µs a sample | samples/s a core | p50 | p99 |");
        console.log("|---|---|---|---|---|---|---|");
        for (const batch of [100, 500, 2000])
            for (const rate of rates) console.log(row(rate, batch, await measure(port, rate, Math.min(batch, rate))));
    } finally {
        receiver.disconnect();
    }
}

if (process.argv[2] === "receive") await receive();
else await main();
