/**
 * What a database does whose series come near GOMEMLIMIT: one with our configuration on loopback, and load after load of series of its own. For
 * each load and the quiet after it: its processor time, the collections, the share of the processors that Go says went into them.
 * Prints Markdown. `npm run bench:garbage [-- --series 30000 --loads 7]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { msText, summaryOf } from "../operations/load/summary.ts";
import { totalsOf } from "../operations/load/totals.ts";
import { mostOf, pick } from "../operations/watch/exposition.ts";
import { MiniCluster } from "../test/contract/m3/mini-cluster.ts";
import { prepareTools } from "../test/support/binaries.ts";
import { deployed, loadOn, usageOf } from "./one-database.ts";

const { values } = parseArgs({
    options: { series: { type: "string", default: "30000" }, loads: { type: "string", default: "7" } },
});
const [series, loads] = [Number(values.series), Number(values.loads)];
const seconds = 30;

interface Look {
    at: number;
    cpu: number;
    collections: number;
    /** Seconds of all processors that went into collections since the process began. */
    collecting: number;
    heapMi: number;
}

const names = new Set([
    "runtime_memory_num_gc",
    "runtime_memory_gc_cpu_fraction",
    "runtime_memory_heapinuse",
    "process_start_time_seconds",
]);

async function lookAt(cluster: MiniCluster): Promise<Look> {
    const text = await (await fetch(`http://127.0.0.1:${cluster.ports.databaseMetrics}/metrics`)).text();
    const samples = pick(text, names);
    const value = (name: string) => {
        const found = mostOf(samples, name);
        if (found === undefined) throw new Error(`the database has no metric ${name}`);
        return found;
    };
    const at = Date.now() / 1000;
    return {
        at,
        cpu: usageOf(cluster.databasePid).cpu,
        collections: value("runtime_memory_num_gc"),
        collecting: value("runtime_memory_gc_cpu_fraction") * (at - value("process_start_time_seconds")),
        heapMi: value("runtime_memory_heapinuse") / 2 ** 20,
    };
}

function row(what: string, before: Look, after: Look, latency: string[]): string {
    const passed = after.at - before.at;
    const cells = [
        ...[what, ((after.cpu - before.cpu) / passed).toFixed(2), after.collections - before.collections],
        ...[((after.collecting - before.collecting) / passed).toFixed(3), Math.round(after.heapMi), ...latency],
    ];
    return `| ${cells.join(" | ")} |`;
}

await prepareTools();
const cluster = new MiniCluster({ env: deployed, shards: 64, asDeployed: true });
const folder = mkdtempSync(join(tmpdir(), "m3perf-bench-garbage-"));
try {
    await cluster.start({ m3db: {} });
    console.log(
        `${new Date().toISOString().slice(0, 16)}Z, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}; loads of ${series} series, ` +
            `${series / 10} samples/s for ${seconds} s; GOMEMLIMIT ${deployed.GOMEMLIMIT}, GOGC ${deployed.GOGC}\n`,
    );
    const columns = ["", "cores", "collections", "share of the processors", "heap in use, MiB", "p50", "p99"];
    console.log(`| ${columns.join(" | ")} |\n|${"---|".repeat(columns.length)}`);
    await sleep(130_000); // Go collects each two minutes, if for nothing else: what the start took is in the figures by then
    let last = await lookAt(cluster);
    for (let index = 1; index <= loads; index += 1) {
        const { plan, lines, ended } = loadOn(cluster, { series, intervalSeconds: 10, seconds }, folder);
        const { code, error } = await ended;
        if (code !== 0) throw new Error(error);
        const { latencyMs } = summaryOf(plan, totalsOf(lines));
        const loaded = await lookAt(cluster);
        const latency = latencyMs === null ? ["–", "–"] : [msText(latencyMs.p50), msText(latencyMs.p99)];
        console.log(row(`load ${index}`, last, loaded, latency));
        await sleep(seconds * 1000);
        last = await lookAt(cluster);
        console.log(row("after it", loaded, last, ["", ""]));
    }
} finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
}
