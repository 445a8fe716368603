/**
 * `npm run bench:ingest [-- --loads 3]`: how many samples a second M3 takes through the environment, and the same M3 without m3perf: as many
 * processes with the same settings, started bare on loopback, beside the lab that is empty then, and with no Kubernetes on the machine at
 * all. More is offered than M3 takes, by a few connections that are always busy; as many series as the environment's Prometheus sends, as often,
 * are sent to the bare ones beside it, since M3 writes a snapshot of every series with each tick. Prints Markdown: the rates, and
 * what each program has of the processors without and with the load.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { queryPrometheus } from "../operations/access/prometheus.ts";
import type { CheckContext } from "../operations/checks/check.ts";
import { checks } from "../operations/checks/index.ts";
import { runChecks } from "../operations/checks/run.ts";
import { openContext } from "../operations/checks/verify.ts";
import { askLab } from "../operations/lab.ts";
import { loadTargets } from "../operations/load/child.ts";
import { summaryOf } from "../operations/load/summary.ts";
import { totalsOf } from "../operations/load/totals.ts";
import { readEnvironment } from "../operations/stack/environment.ts";
import { ensureStack, openSession } from "../operations/stack/session.ts";
import { engineStep } from "../operations/stack/update.ts";
import { messageOf } from "../support/errors.ts";
import { createProgress } from "../support/progress.ts";
import { waitFor } from "../support/wait.ts";
import { MiniCluster } from "../test/contract/m3/mini-cluster.ts";
import { prepareTools } from "../test/support/binaries.ts";
import { type CpuSeconds, cpuSecondsBetween, cpuSecondsSoFar } from "./cpu-seconds.ts";
import { type Found, programsTable, type Row, ratesTable } from "./ingest-table.ts";
import { loadBy, remoteWriteAt } from "./one-database.ts";
import { timesOf } from "./times.ts";

const lab = "bench";
/** Seconds of each load that do not count, and that do: in the first, series are new, which costs more. */
const [warm, counted] = [20, 60];
/** 40,000 a second. What has waited for the time-out is not sent any more: the aggregator takes no sample that is older than 10 s. */
const offered = { series: "5000", interval: "125ms", concurrency: "4", timeout: "3s" };

const { values } = parseArgs({ options: { loads: { type: "string", default: "3" } } });
const loads = timesOf("loads", values.loads);
const progress = createProgress();
const rows: Row[] = [];
try {
    await askLab(["up", "--lab", lab]);
    try {
        const alike = await throughEnvironment();
        rows.push(await bare("the same processes bare, beside the empty lab", alike));
        await askLab(["down", "--lab", lab]);
        rows.push(await bare("the same processes bare, no Kubernetes on the machine", alike));
    } finally {
        await askLab(["down", "--lab", lab]);
    }
    console.log(
        `${new Date().toISOString().slice(0, 16)}Z, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}\n`,
    );
    console.log(`${ratesTable(rows, counted)}\n\n${programsTable(rows, counted)}`);
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
}

/** What the bare ones have to have of the environment: what its pods give their processes for Go, and what its Prometheus sends. */
interface Alike {
    env: Record<string, string>;
    serviceEnv: Record<"m3aggregator" | "m3coordinator" | "m3query", Record<string, string>>;
    beside: { series: number; samplesPerSecond: number };
}

async function throughEnvironment(): Promise<Alike> {
    const session = await openSession({ lab }, { say: progress.say });
    await ensureStack(session);
    await engineStep(session, "pulumi up", ["up", "--yes", "--skip-preview"], progress);
    const environment = await readEnvironment(session);
    const context = await openContext(environment);
    const results = await runChecks(checks, context, { wait: 300 });
    const failing = results.filter(({ ok }) => !ok);
    if (failing.length > 0) throw new Error(`the environment is not ready: ${failing.map(({ id }) => id).join(", ")}`);
    const pods = await context.kubernetes.pods(environment.namespace, {});
    const of = (name: string) => {
        const containers = pods.flatMap(({ spec }) => spec?.containers ?? []);
        const found = containers.find((one) => one.name === name)?.env ?? [];
        const wanted = found.filter((one) => ["GOGC", "GOMEMLIMIT"].includes(one.name));
        if (wanted.length === 0) throw new Error(`no container ${name} with GOMEMLIMIT was found`);
        return Object.fromEntries(wanted.map((one) => [one.name, one.value ?? ""]));
    };
    const [database = ""] = environment.cluster.pods;
    const go = {
        env: of(database.replace(/-\d+$/, "")),
        serviceEnv: { m3aggregator: of("m3aggregator"), m3coordinator: of("m3coordinator"), m3query: of("m3query") },
    };
    rows.push({ title: "through the environment", ...(await measure(loadTargets(environment))) });
    const beside = await sentByPrometheus(context);
    await engineStep(session, "pulumi destroy", ["destroy", "--yes", "--skip-preview"], progress);
    return { ...go, beside };
}

async function sentByPrometheus(context: CheckContext): Promise<Alike["beside"]> {
    const latest = async (query: string) => {
        const { data } = await queryPrometheus(context, query);
        const value = Number(data?.result[0]?.value?.[1]);
        if (!(value > 0)) throw new Error(`Prometheus does not tell ${query}`);
        return value;
    };
    const series = await latest("prometheus_tsdb_head_series");
    const samplesPerSecond = await latest("sum(rate(prometheus_remote_storage_samples_total[2m]))");
    progress.say(`Prometheus sends ${series} series, ${Math.round(samplesPerSecond)} samples/s`);
    return { series, samplesPerSecond };
}

/** Works while as many series as in the environment are sent, as often; first waits until all of them are there. */
async function withSeriesBeside<T>(
    { series, samplesPerSecond }: Alike["beside"],
    urls: string[],
    work: () => Promise<T>,
) {
    const folder = mkdtempSync(join(tmpdir(), "m3perf-bench-beside-"));
    const interval = Math.round(series / samplesPerSecond);
    const texts = {
        series: String(Math.round(series / 10) * 10),
        interval: `${interval}s`,
        "remote-url": urls.join(","),
    };
    const { lines, ended, stop } = loadBy(texts, folder);
    try {
        const what = "the series that are sent beside the load";
        await waitFor({ what, timeout: 3 * interval, every: 1 }, async () => lines.length > interval);
        return await work();
    } finally {
        await stop();
        const { error } = await ended;
        const { refused, unknown, unsent } = totalsOf(lines);
        progress.say(
            `beside it: ${refused} samples refused, ${unknown} unknown, ${unsent} unsent${error ? `; ${error}` : ""}`,
        );
        rmSync(folder, { recursive: true, force: true });
    }
}

async function bare(title: string, { env, serviceEnv, beside }: Alike) {
    await prepareTools();
    const cluster = new MiniCluster({
        ...{ env, serviceEnv, asDeployed: true },
        ...{ databases: 3, shards: 64, coordinators: 2 },
    });
    try {
        await cluster.start({});
        const urls = cluster.ports.coordinators.map(remoteWriteAt);
        return { title, ...(await withSeriesBeside(beside, urls, () => measure(urls))) };
    } finally {
        await cluster.stop();
    }
}

/** The processors first without the load, then the loads. */
async function measure(urls: string[]): Promise<Omit<Row, "title">> {
    const before = cpuSecondsSoFar();
    await sleep(counted * 1000);
    const idle = cpuSecondsBetween(before, cpuSecondsSoFar());
    const found: Found[] = [];
    for (let load = 1; load <= loads; load += 1) {
        const one = await loadOnce(urls);
        progress.say(`load ${load} of ${loads}: ${Math.round(one.acknowledged / counted)} samples/s`);
        found.push(one);
    }
    return { idle, found };
}

async function loadOnce(urls: string[]): Promise<Found> {
    const texts = { ...offered, duration: `${warm + counted}s`, "remote-url": urls.join(",") };
    const folder = mkdtempSync(join(tmpdir(), "m3perf-bench-ingest-"));
    try {
        const marks: CpuSeconds[] = [];
        const { plan, lines, ended } = loadBy(texts, folder, ({ length }) => {
            if (length === warm || length === warm + counted) marks.push(cpuSecondsSoFar());
        });
        const { code, error } = await ended;
        if (code !== 0) throw new Error(error);
        const [before, after] = marks;
        if (!before || !after) throw new Error(`the load ended after ${lines.length} of ${warm + counted} s`);
        return {
            ...summaryOf(plan, totalsOf(lines.slice(warm, warm + counted))),
            used: cpuSecondsBetween(before, after),
        };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}
