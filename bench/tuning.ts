/**
 * What M3DB's own knobs do: one database with our configuration and one thing changed, under a steady load of new and known series through a
 * coordinator and an aggregator, all on loopback. The base is measured first, in the middle and last: their spread is the noise.
 * Prints Markdown. `npm run bench:tuning [-- NAME …]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LoadSummary, msText, summaryOf } from "../operations/load/summary.ts";
import { totalsOf } from "../operations/load/totals.ts";
import { messageOf } from "../support/errors.ts";
import { MiniCluster } from "../test/contract/m3/mini-cluster.ts";
import { prepareTools } from "../test/support/binaries.ts";
import { deployed, loadOn, usageOf } from "./one-database.ts";

interface Variant {
    env?: NodeJS.ProcessEnv;
    shards?: number;
    /** Of m3perf:m3db. */
    m3db?: object;
    /** Of m3perf:coordinator. */
    coordinator?: object;
}

const tick = (minimumInterval: string) => ({ m3db: { config: { db: { tick: { minimumInterval } } } } });
const commitLog = (changes: object) => ({ m3db: { config: { db: { commitlog: changes } } } });

const batch = (writeBatch: object) => ({ coordinator: { writeBatch } });

const variants: Record<string, Variant> = {
    base: {},
    "GOGC 50": { env: { ...deployed, GOGC: "50" } },
    "GOGC 100": { env: { ...deployed, GOGC: "100" } },
    "GOGC 200": { env: { ...deployed, GOGC: "200" } },
    "GOMEMLIMIT 1200MiB": { env: { ...deployed, GOMEMLIMIT: "1200MiB" } },
    "pools small": { m3db: { pools: "small" } },
    "base again": {},
    "tick 10 s": tick("10s"),
    "tick 60 s": tick("60s"),
    "shards 16": { shards: 16 },
    "shards 128": { shards: 128 },
    "shards 256": { shards: 256 },
    "commit log flushed each 100 ms": commitLog({ flushEvery: "100ms" }),
    "commit log flushed each 5 s": commitLog({ flushEvery: "5s" }),
    "commit log queue of 32768": commitLog({ queue: { calculationType: "fixed", size: 32_768 } }),
    "batches of 20 ms": batch({ wait: "20ms" }),
    "batches of 50 ms": batch({ wait: "50ms" }),
    "batches of 20 ms or 512 samples": batch({ wait: "20ms", size: 512 }),
    "base at last": {},
};

/** Seconds: nothing to do, the load's beginning that is left out, and what is counted. */
const [idle, warm, counted] = [20, 25, 40];
const series = 5000;
const rate = 1000;

interface Measured {
    idleCores: number;
    cores: number;
    /** Of etcd and all of M3, under load. */
    allCores: number;
    peakMi: number;
    summary: LoadSummary;
}

async function measure({ env = deployed, shards = 64, m3db = {}, coordinator = {} }: Variant): Promise<Measured> {
    const cluster = new MiniCluster({ env, shards, asDeployed: true });
    const folder = mkdtempSync(join(tmpdir(), "m3perf-bench-tuning-"));
    try {
        await cluster.start({ m3db, coordinator });
        const pid = cluster.databasePid;
        await sleep(10_000); // what comes with the start
        const before = usageOf(pid).cpu;
        await sleep(idle * 1000);
        const idleCores = (usageOf(pid).cpu - before) / idle;

        const load = { series, intervalSeconds: series / rate, seconds: warm + counted };
        const { plan, lines, ended } = loadOn(cluster, load, folder);
        await sleep(warm * 1000);
        const all = () => cluster.pids.reduce((sum, one) => sum + usageOf(one).cpu, 0);
        const [begin, allBegin, from] = [usageOf(pid).cpu, all(), lines.length];
        const { code, error } = await ended;
        if (code !== 0) throw new Error(error);
        const { cpu, peakMi } = usageOf(pid);
        const summary = summaryOf(plan, totalsOf(lines.slice(from)));
        const cores = { cores: (cpu - begin) / counted, allCores: (all() - allBegin) / counted };
        return { idleCores, ...cores, peakMi, summary };
    } finally {
        await cluster.stop();
        rmSync(folder, { recursive: true, force: true });
    }
}

function row(name: string, { idleCores, cores, allCores, peakMi, summary }: Measured): string {
    const { latencyMs, acknowledged, refused, unknown, unsent, cpuMicrosPerSample } = summary;
    const perSample = (used: number) => ((used * counted * 1e6) / acknowledged).toFixed(0);
    const latency = latencyMs === null ? ["–", "–"] : [msText(latencyMs.p50), msText(latencyMs.p99)];
    const cells = [
        ...[name, idleCores.toFixed(3), cores.toFixed(3), perSample(cores - idleCores), Math.round(peakMi), ...latency],
        ...[perSample(allCores), cpuMicrosPerSample.toFixed(1), acknowledged, refused + unknown + unsent],
    ];
    return `| ${cells.join(" | ")} |`;
}

/** The row of a variant; one that does not come up says so, and the others go on. */
async function measured(name: string, variant: Variant): Promise<string> {
    try {
        return row(name, await measure(variant));
    } catch (error) {
        return `| ${name} | not measured: ${messageOf(error)} |`;
    }
}

await prepareTools();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in variants));
if (unknown.length > 0)
    throw new Error(`no variant ${unknown.join(", ")}; there are ${Object.keys(variants).join(", ")}`);
console.log(
    `${new Date().toISOString().slice(0, 16)}Z, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}; ${series} series, ${rate} samples/s\n`,
);
const columns = [
    ...["", "idle, cores", "under load, cores", "µs a sample above idle", "peak MiB", "p50", "p99"],
    ...["all of M3, µs a sample", "generator, µs a sample", "acknowledged", "not"],
];
console.log(`| ${columns.join(" | ")} |\n|${"---|".repeat(columns.length)}`);
for (const [name, variant] of Object.entries(variants))
    if (wanted.length === 0 || wanted.includes(name)) console.log(await measured(name, variant));
