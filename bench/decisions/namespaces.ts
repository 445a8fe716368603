/**
 * `npm run bench:namespaces`: what a namespace for each service costs. For each number of namespaces a small M3 by our own settings
 * (test/contract/m3/mini-cluster.ts: one database node with 64 shards, aggregator, coordinator) is started; each namespace but the two
 * of the default has a `match`, and each service's samples match one. Prints a Markdown table.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { remoteWriteBody, type Series } from "../../agent/remote-write.ts";
import { MiniCluster } from "../../test/contract/m3/mini-cluster.ts";
import { prepareTools } from "../../test/support/binaries.ts";
import { call } from "./load.ts";

const counts = [0, 10, 50];
const rounds = 60;
const seriesOfRound = 1000;
const ticksPerSecond = 100;

interface Row {
    services: number;
    heapMiB: number;
    residentMiB: number;
    /** Microseconds of each process' CPU for one sample. */
    cpu: { database: number; coordinator: number; aggregator: number };
}

async function measure(services: number): Promise<Row> {
    const cluster = new MiniCluster({ shards: 64, databaseEnv: { GOGC: "75" } });
    try {
        console.error(`${services} services: starting …`);
        const own = Array.from({ length: services }, (_, index) => ({
            name: `service-${index}`,
            // M3 tells aggregated namespaces apart by resolution and retention.
            retention: `${48 + index}h`,
            resolution: "1m",
            match: [`service:s${index}`],
        }));
        const namespaces = [
            { name: "default", retention: "48h" },
            { name: "metrics-10s_2d", retention: "48h", resolution: "10s" },
            ...own,
        ];
        await cluster.start({ m3db: { namespaces } });
        const [heapMiB, residentMiB] = [await heapOf(cluster.ports.databaseDebug), residentOf(cluster.pids.database)];
        const url = `http://127.0.0.1:${cluster.ports.coordinator}/api/v1/prom/remote/write`;
        await write(url, 3); // each series is met for the first time
        const before = cpuOf(cluster.pids);
        await write(url, rounds);
        const after = cpuOf(cluster.pids);
        const each = (of: keyof Row["cpu"]) => ((after[of] - before[of]) / (rounds * seriesOfRound)) * 1e6;
        return {
            services,
            heapMiB,
            residentMiB,
            cpu: { database: each("database"), coordinator: each("coordinator"), aggregator: each("aggregator") },
        };
    } finally {
        await cluster.stop();
    }
}

/** A sample of each series a second, the services by turns: 50 of them whatever the namespaces, so that the load is the same. */
async function write(url: string, times: number): Promise<void> {
    for (let round = 0; round < times; round += 1) {
        const time = Date.now();
        const series: Series[] = Array.from({ length: seriesOfRound }, (_, index) => ({
            labels: { __name__: "m3perf_namespaces", service: `s${index % 50}`, series: String(index) },
            samples: [{ value: index + round, time }],
        }));
        await call(url, "POST", remoteWriteBody(series));
        await sleep(Math.max(0, 1000 - (Date.now() - time)));
    }
}

async function heapOf(port: number): Promise<number> {
    const text = (await call(`http://127.0.0.1:${port}/debug/pprof/heap?debug=1&gc=1`, "GET")).toString();
    return Math.round(Number(/^# HeapInuse = (\d+)/m.exec(text)?.[1]) / 2 ** 20);
}

const residentOf = (pid: number) =>
    Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);

/** Seconds of CPU that each process has used. */
function cpuOf(pids: MiniCluster["pids"]): Row["cpu"] {
    const of = (pid: number) => {
        // Fields 14 and 15 (proc(5)); the name before them may hold anything but ends with ").".
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
        return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    };
    return { database: of(pids.database), coordinator: of(pids.coordinator), aggregator: of(pids.aggregator) };
}

/** Pure. */
function render(all: Row[]): string {
    const head = [
        "namespaces",
        "database: heap in use, MiB",
        "resident, MiB",
        "database: CPU of a sample, µs",
        "coordinator",
        "aggregator",
    ];
    const body = all.map(({ services, heapMiB, residentMiB, cpu }) => [
        `2 and ${services}`,
        String(heapMiB),
        String(residentMiB),
        ...[cpu.database, cpu.coordinator, cpu.aggregator].map((value) => value.toFixed(0)),
    ]);
    return [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

await prepareTools();
const rows: Row[] = [];
for (const services of counts) rows.push(await measure(services));
console.log(render(rows));
