/**
 * `npm run bench [-- --runs N] [-- --floors-only]`: what m3perf costs over the least that could do the same. On a lab of its own:
 * preview and no-op up beside a flat and an empty program, and `up` beside `kubectl apply` of the same manifests, both until the
 * same checks pass. Prints a table and writes bench/results/<date>.json.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { kubeconfigVariable } from "../components/variables.ts";
import { checks } from "../operations/checks/index.ts";
import { lastText } from "../operations/checks/report.ts";
import { runChecks } from "../operations/checks/run.ts";
import { openContext } from "../operations/checks/verify.ts";
import { durationText } from "../operations/cli/output.ts";
import { askLab } from "../operations/lab.ts";
import { readEnvironment } from "../operations/stack/environment.ts";
import { ensureStack, openSession, type Session } from "../operations/stack/session.ts";
import { engineStep } from "../operations/stack/update.ts";
import type { Environment } from "../settings/environment.ts";
import { messageOf } from "../support/errors.ts";
import { projectRoot } from "../support/paths.ts";
import { createProgress } from "../support/progress.ts";
import { waitFor } from "../support/wait.ts";
import { applyAll, manifestsOf, removeAll } from "./apply.ts";
import { exportStack, measureFloors } from "./floors.ts";
import { type Measured, renderMeasured } from "./statistics.ts";
import { timesOf } from "./times.ts";

const lab = "bench";
/** A restart of a container is no readiness: with kubectl apply, some restart until what they need is there. */
const readiness = checks.filter(({ id }) => id !== "pods.restarts");
const patience = 900;

const { values } = parseArgs({
    options: {
        cycles: { type: "string", default: "3" },
        runs: { type: "string", default: "5" },
        "floors-only": { type: "boolean" },
    },
});
const runs = timesOf("runs", values.runs);
const cycles = values["floors-only"] ? 1 : timesOf("cycles", values.cycles);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
        console.error(`interrupted; the lab is left: m3perf lab down --lab ${lab}`);
        process.exit(signal === "SIGINT" ? 130 : 143);
    });
}
const progress = createProgress();
const folder = await mkdtemp(join(tmpdir(), "m3perf-bench-"));
try {
    await askLab(["up", "--lab", lab]);
    const session = await openSession({ lab }, { say: progress.say });
    await ensureStack(session);
    await bench(session);
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
} finally {
    await rm(folder, { recursive: true, force: true });
    await askLab(["down", "--lab", lab]);
}

/** After each cycle, so that a run that is broken off has told what it knows. */
async function publish(session: Session, measured: Measured[]): Promise<void> {
    const date = new Date().toISOString().slice(0, 10);
    await mkdir(join(projectRoot, "bench/results"), { recursive: true });
    const machine = {
        cores: availableParallelism(),
        model: cpus()[0]?.model,
        memoryGiB: Math.round(totalmem() / 2 ** 30),
    };
    const file = join(projectRoot, `bench/results/${date}.json`);
    await writeFile(
        file,
        `${JSON.stringify({ date, machine, node: process.version, pulumi: session.choices, measured }, null, 2)}\n`,
    );
    console.log(`${renderMeasured(measured)}\n\nwritten to bench/results/${date}.json\n`);
}

async function bench(session: Session): Promise<void> {
    const up: Measured = { what: "up from nothing, m3perf: pulumi up", seconds: [] };
    const upReady: Measured = { what: "up from nothing, m3perf: until every check passes", seconds: [] };
    const applied: Measured = { what: "up from nothing, kubectl apply: until every check passes", seconds: [] };
    let floors: Measured[] = [];
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
        progress.say(`cycle ${cycle} of ${cycles}`);
        const start = performance.now();
        const since = () => (performance.now() - start) / 1000;
        await engineStep(session, "pulumi up", ["up", "--yes", "--skip-preview"], progress);
        up.seconds.push(since());
        const environment = await readEnvironment(session);
        await ready(environment);
        upReady.seconds.push(since());
        if (cycle === 1) floors = await measureFloors(session, folder, runs, progress.say);
        const manifests = manifestsOf(await exportStack(session));
        await engineStep(session, "pulumi destroy", ["destroy", "--yes", "--skip-preview"], progress);
        if (values["floors-only"]) return await publish(session, floors);

        const kubeconfig = environment.kubeconfig ?? "";
        const env = {
            ...session.env,
            KUBECONFIG: kubeconfig,
            [kubeconfigVariable]: await readFile(kubeconfig, "utf8"),
        };
        await gone(environment);
        const applyStart = performance.now();
        await applyAll(manifests, env);
        await ready(environment);
        applied.seconds.push((performance.now() - applyStart) / 1000);
        progress.say(`kubectl apply: ready after ${durationText(applied.seconds.at(-1) ?? 0)}`);
        await publish(session, [...floors, up, upReady, applied]);
        await removeAll(manifests, env);
        await gone(environment);
    }
}

/** Until every check passes; the first looks come early. */
async function ready(environment: Environment): Promise<void> {
    const context = await openContext(environment);
    const results = await runChecks(readiness, context, { wait: patience });
    progress.say(lastText(results));
    const failing = results.filter(({ ok }) => !ok);
    if (failing.length > 0) throw new Error(`not ready after ${patience} s: ${failing.map(({ id }) => id).join(", ")}`);
}

/** Until nothing of the environment is left, so that the next one begins from nothing. */
async function gone(environment: Environment): Promise<void> {
    const { kubernetes } = await openContext(environment);
    await waitFor({ what: "the pods to be gone", timeout: 300, every: 1 }, async () => {
        const pods = await kubernetes.pods(environment.namespace, {});
        return pods.length === 0;
    });
}
