/**
 * `npm run bench:limit -- [--lab NAME]`: how many series an environment takes before something breaks, what breaks first, and what the
 * size model says of it. On an environment that is up: new series, in steps; every series there is gets a sample each 15 s or as
 * often as the machine can. Ends when a container was restarted, or after the last step. Prints a Markdown table.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openKubernetes } from "../../operations/access/kubernetes.ts";
import { readEnvironment } from "../../operations/stack/environment.ts";
import { openSession } from "../../operations/stack/session.ts";
import { m3dbPod } from "../../settings/size/m3db.ts";
import { messageOf } from "../../support/errors.ts";
import { openLoop, type Times } from "./load.ts";
import { lookAt, type PodLook } from "./look.ts";

const { values } = parseArgs({
    options: {
        lab: { type: "string", default: "lab" },
        steps: { type: "string", default: "10000,20000,40000,60000,80000,120000,160000" },
        seconds: { type: "string", default: "45" },
        /** Samples a second, at most. */
        rate: { type: "string", default: "5000" },
    },
});
const steps = values.steps.split(",").map(Number);
const [seconds = 45, most = 5000] = [values.seconds, values.rate].map(Number);
const metric = `m3perf_limit_${Date.now()}`;

interface Row {
    series: number;
    writes: Times;
    rate: number;
    looks: Record<string, PodLook[]>;
}

try {
    await experiment();
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
}

async function experiment(): Promise<void> {
    const session = await openSession({ lab: values.lab }, { say: console.error });
    const environment = await readEnvironment(session);
    const kubernetes = await openKubernetes(environment.kubeconfig, environment.context);
    const { namespace, coordinator, aggregator, cluster } = environment;
    const fronts = environment.nodes.filter(({ roles }) => roles.includes("coordinator")).map(({ address }) => address);
    const urls = fronts.map((at) => `http://${at}:${coordinator.nodePort}/api/v1/prom/remote/write`);
    const look = async () => ({
        m3dbnode: await lookAt(kubernetes, namespace, cluster.selector),
        m3coordinator: await lookAt(kubernetes, namespace, coordinator.workload.selector),
        m3aggregator: await lookAt(kubernetes, namespace, aggregator.workload.selector, 6002),
    });
    const restarts = (looks: Record<string, PodLook[]>) =>
        Object.values(looks)
            .flat()
            .reduce((sum, one) => sum + one.restarts, 0);
    const before = restarts(await look());
    const rows: Row[] = [];
    for (const series of steps) {
        const rate = Math.min(most, Math.ceil(series / 15));
        console.error(`${series} series, ${rate} samples/s …`);
        // Long enough for each series to be seen once.
        const long = Math.max(seconds, Math.ceil(series / rate) + 5);
        const writes = await openLoop({ urls, metric, series, rate, batch: 500, seconds: long });
        await sleep(5000);
        const looks = await look();
        rows.push({ series, writes, rate, looks });
        console.error([...writes.errors].map(([text, count]) => `${count} × ${text}`).join("; "));
        if (restarts(looks) > before) break;
    }
    console.log(render(rows));
}

/** Heap and limit of a database pod by the model (settings/size), for the lab's two namespaces. */
function model(series: number, rate: number) {
    const interval = series / rate;
    const plan = {
        load: { series, interval, churnPercentPerHour: 0, prometheusServers: 1 },
        namespaces: [
            { name: "default", retention: 48 * 3600, blockSize: 7200 },
            { name: "metrics-10s_2d", retention: 48 * 3600, blockSize: 7200, resolution: 10 },
        ],
        replicationFactor: 3,
    };
    return m3dbPod(plan, 1).limit;
}

/** One row for each step, as Markdown. Pure. */
function render(rows: Row[]): string {
    const pods = (looks: PodLook[] = []) =>
        looks
            .map(({ residentMiB, restarts, lastEnd }) =>
                restarts > 0 ? `${residentMiB} (${restarts} ${lastEnd})` : `${residentMiB}`,
            )
            .join(", ");
    const head = ["series", "samples/s", "taken", "refused requests", "model: limit of a database pod, MiB"];
    const kinds = Object.keys(rows[0]?.looks ?? {});
    const body = rows.map(({ series, writes, rate, looks }) => {
        const { low, high } = model(series, rate);
        const refused = [...writes.errors.values()].reduce((sum, count) => sum + count, 0);
        const share = writes.samples / (writes.samples + refused * 500);
        return [
            String(series),
            String(rate),
            `${(share * 100).toFixed(1)} %`,
            String(refused),
            `${Math.round(low)} to ${Math.round(high)}`,
            ...kinds.map((kind) => pods(looks[kind])),
        ];
    });
    const all = [...head, ...kinds.map((kind) => `${kind}: resident MiB (restarts)`)];
    return [all, all.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
