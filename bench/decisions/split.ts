/**
 * `npm run bench:split -- [--lab NAME]`: does it matter whether queries run in processes of their own? On an environment that is up:
 * a steady write load alone, with heavy queries at m3query, and with the same queries at the coordinators that take the writes, which
 * comes last: it may end them. Prints a Markdown table; writes series of its own and changes nothing else.
 */
import { parseArgs } from "node:util";
import { openKubernetes } from "../../operations/access/kubernetes.ts";
import { readEnvironment } from "../../operations/stack/environment.ts";
import { openSession } from "../../operations/stack/session.ts";
import { messageOf } from "../../support/errors.ts";
import { backfill, closedLoop, openLoop, quantile, type Times } from "./load.ts";
import { lookAt, type PodLook } from "./look.ts";

const { values } = parseArgs({
    options: {
        lab: { type: "string", default: "lab" },
        series: { type: "string", default: "20000" },
        rate: { type: "string", default: "2000" },
        seconds: { type: "string", default: "60" },
        workers: { type: "string", default: "4" },
    },
});
const [series, rate, seconds, workers] = [values.series, values.rate, values.seconds, values.workers].map(Number);
const metric = `m3perf_decision_${Date.now()}`;

interface Row {
    phase: string;
    writes: Times;
    queries: Times | undefined;
    coordinators: PodLook[];
    query: PodLook[];
}

try {
    await experiment();
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
}

async function experiment(): Promise<void> {
    if (!series || !rate || !seconds || !workers)
        throw new Error("series, rate, seconds and workers are numbers above 0");
    const session = await openSession({ lab: values.lab }, { say: console.error });
    const environment = await readEnvironment(session);
    const kubernetes = await openKubernetes(environment.kubeconfig, environment.context);
    const fronts = environment.nodes.filter(({ roles }) => roles.includes("coordinator")).map(({ address }) => address);
    const write = fronts.map((at) => `http://${at}:${environment.coordinator.nodePort}/api/v1/prom/remote/write`);
    const at = (port: number | undefined, query: string, from: number) => {
        const now = Math.floor(Date.now() / 1000);
        const range = { query, start: String(now - from), end: String(now), step: "15" };
        return `http://${fronts[0]}:${port}/api/v1/query_range?${new URLSearchParams(range)}`;
    };
    console.error(`writing 18 minutes of ${series} series …`);
    await backfill(write[0] ?? "", metric, series, 18, 15);

    const heavy = `sum(rate(${metric}[5m]))`;
    const phases: { phase: string; url?: string }[] = [
        { phase: "nothing else" },
        { phase: "heavy queries at m3query", url: at(environment.query.nodePort, heavy, 1080) },
        { phase: "the same at the coordinators", url: at(environment.coordinator.nodePort, heavy, 1080) },
    ];
    const rows: Row[] = [];
    for (const { phase, url } of phases) {
        console.error(`${phase} …`);
        const [writes, queries] = await Promise.all([
            openLoop({ urls: write, metric: `${metric}_live`, series, rate, batch: 100, seconds }),
            url ? closedLoop(url, workers, seconds) : undefined,
        ]);
        const { namespace } = environment;
        const [coordinators, query] = await Promise.all([
            lookAt(kubernetes, namespace, environment.coordinator.workload.selector),
            lookAt(kubernetes, namespace, environment.query.workload.selector),
        ]);
        rows.push({ phase, writes, queries, coordinators, query });
        console.error(errorsOf(writes), queries ? errorsOf(queries) : "");
    }
    console.log(render(rows));
}

function errorsOf({ errors }: Times): string {
    return [...errors].map(([text, count]) => `${count} × ${text}`).join("; ");
}

function failures({ errors }: Times): number {
    return [...errors.values()].reduce((sum, count) => sum + count, 0);
}

function ms(value: number): string {
    return Number.isNaN(value) ? "–" : value.toFixed(0);
}

/** One row for each phase, as Markdown. Pure. */
function render(rows: Row[]): string {
    const head = [
        "writes and",
        "samples/s taken",
        "writes refused",
        "write p50, p99 ms",
        "queries, failed",
        "query p50 ms",
        "coordinators MiB (restarts)",
        "m3query MiB (restarts)",
    ];
    const pods = (looks: PodLook[]) =>
        looks
            .map(({ residentMiB, restarts, lastEnd }) => `${residentMiB} (${restarts}${lastEnd ? ` ${lastEnd}` : ""})`)
            .join(", ");
    const body = rows.map(({ phase, writes, queries, coordinators, query }) => [
        phase,
        (writes.samples / (seconds ?? 1)).toFixed(0),
        String(failures(writes)),
        `${ms(quantile(writes.latencies, 0.5))}, ${ms(quantile(writes.latencies, 0.99))}`,
        queries ? `${queries.latencies.length}, ${failures(queries)}` : "–",
        queries ? ms(quantile(queries.latencies, 0.5)) : "–",
        pods(coordinators),
        pods(query),
    ]);
    return [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
