import { join } from "node:path";
import { messageOf, UserError } from "../../../support/errors.ts";
import type { Progress } from "../../../support/progress.ts";
import type { CheckResult } from "../../checks/run.ts";
import { exitCodes } from "../../cli/exit.ts";
import { durationText } from "../../cli/output.ts";
import type { RunningLoad } from "../../load/generator.ts";
import { FaultBook } from "../faults/book.ts";
import { Journal } from "../journal.ts";
import { loadOf, type ScenarioPlan, stepsOf } from "../plan.ts";
import type { Step, World } from "../steps/step.ts";
import { runFiles } from "../types.ts";
import { attended } from "./attended.ts";
import { conclude, wellAgain } from "./conclude.ts";
import type { RunFolder } from "./folder.ts";
import { keyFigures } from "./live.ts";
import { Loads } from "./loads.ts";
import type { Parts } from "./parts.ts";

export interface RunContext {
    plan: ScenarioPlan;
    short: boolean;
    folder: RunFolder;
    parts: Parts;
    progress: Progress;
    /** File of the place's journal. */
    journal: string;
    /** Ends the run; its reason is a UserError. */
    signal: AbortSignal;
    /** What happened before this run by scenarios' doing: since then, holes are no fault of the environment. */
    since: number;
    /** Seconds for which verify's failing checks are tried again, before the run. */
    settle: number;
}

/** One run from verify to report. Returns whether every objective holds. Whatever happens, what it broke is healed. */
export async function runOnce(context: RunContext): Promise<boolean> {
    const { folder, parts, progress } = context;
    try {
        folder.update({ ...(await parts.about()) });
        await verifyBefore(context);
        await doSteps(context);
        await verifyAfter(context);
        return await conclude(context);
    } catch (error) {
        const interrupted = context.signal.aborted && context.signal.reason === error;
        const unfinished =
            error instanceof UserError &&
            [exitCodes.interrupted, exitCodes.terminated].some((code) => code === error.exitCode);
        folder.update({
            state: interrupted || unfinished ? "interrupted" : "error",
            endedAt: parts.now(),
            error: messageOf(error),
        });
        progress.say(`what there is of the run is in ${folder.path}`);
        throw error;
    }
}

async function verifyAfter({ folder, parts, since, signal }: RunContext): Promise<void> {
    const results = await parts.verify({ wait: wellAgain, since, disturbed: true, title: "verify afterwards" });
    // One that was cut short says nothing.
    signal.throwIfAborted();
    folder.write(runFiles.verifyAfter, results);
}

async function verifyBefore({ folder, parts, since, settle, plan, signal }: RunContext): Promise<void> {
    const disturbed = since < folder.record.startedAt;
    const results = await parts.verify({ wait: settle, since, disturbed, title: "verify before" });
    signal.throwIfAborted();
    folder.write(runFiles.verifyBefore, results);
    const failed = results.filter(({ ok }) => !ok);
    if (failed.length === 0) return;
    throw new UserError(
        `${plan.name}: the environment is not well, so nothing could be told of it`,
        failed.map((one) => problemOf(one, folder.record.stack)),
        exitCodes.unavailable,
    );
}

const problemOf = ({ id, evidence, cause, next }: CheckResult, stack: string) => ({
    what: `${id}: ${evidence[0] ?? ""}`,
    ...(cause === undefined ? {} : { why: cause }),
    next: next ?? `m3perf diagnose --stack ${stack}`,
});

async function doSteps(context: RunContext): Promise<void> {
    const { plan, short, folder, parts, progress, signal } = context;
    const { record, path } = folder;
    // Interrupted from outside, or by a generator that ended: whichever comes first.
    const ending = new AbortController();
    const stop = () => ending.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const now = () => parts.now();
    const begin: World["begin"] = (event) => {
        const end = folder.begin({ at: now(), ...event });
        return (more = {}) => end({ until: now(), ...more });
    };
    const journal = new Journal(context.journal, () => join(path, runFiles.journal));
    const faults = new FaultBook({
        journal,
        hands: parts.hands,
        run: { scenario: plan.name, stack: record.stack, folder: path },
        now,
        begin,
    });
    const watching = parts.watch(join(path, runFiles.watch));
    const lost = (error: Error) => ending.abort(error);
    const loads = new Loads(parts, path, record.id, lost);
    let reads: RunningLoad | undefined;
    const figures = () => keyFigures(loads.lately(), reads?.lately(), watching.samples().at(-1));
    const shape = loadOf(plan, short);
    const note = (text: string) => {
        progress.say(`    ${text}`);
        folder.begin({ at: now(), kind: "note", title: text });
    };
    const world: World = {
        environment: parts.environment,
        context: parts.context,
        short,
        shape,
        now,
        wait: (milliseconds) => parts.wait(milliseconds, ending.signal),
        faults: {
            make: (fault) => interruptible(ending.signal, () => faults.make(fault)),
            heal: () => faults.heal(),
        },
        replicas: async (of) => (await parts.hands.cluster.workload(of)).wanted,
        load: loads,
        watched: () => watching.samples(),
        async probeIsolation() {
            const plan = folder.record.load;
            if (!plan) throw new Error("a step that asks for a load's series, in a scenario without a load");
            folder.update({ isolation: await parts.isolation(plan) });
        },
        async rebuild(pod) {
            for (const line of await parts.holes()) note(line);
            // For what is judged a fault of its own: what recovered before it has done so.
            const end = begin({ kind: "fault", title: "data deleted, rebuilt from its peers", target: pod });
            let told = "";
            const rebuilt = await parts.rebuild(pod, (text) => {
                if (text !== told) progress.say(`    ${text}`);
                told = text;
            });
            end();
            folder.update({ rebuilt: [...(folder.record.rebuilt ?? []), rebuilt] });
        },
        note,
        begin,
    };
    try {
        if (shape) {
            const load = loads.startOwn(shape);
            folder.update({ load });
            if (plan.reads) {
                const queries = await parts.startReads(plan.reads, load, path);
                reads = attended(queries, { name: "query generator", folder: path }, lost);
            }
        }
        for (const step of stepsOf(plan, short)) {
            ending.signal.throwIfAborted();
            const end = begin({ kind: "phase", title: step.title });
            await progress
                .step(titleOf(step, short), (note) => ticking(note, figures, () => step.run(world)))
                .finally(end);
        }
    } finally {
        signal.removeEventListener("abort", stop);
        // In this order: what is broken comes first, and while the load goes on its recovery is seen.
        await inAnyCase([
            async () => {
                if (faults.unhealed.length > 0) await progress.step("heal", () => faults.heal());
            },
            () => loads.stop(),
            async () => reads?.stop(),
            () => watching.stop(),
        ]);
    }
    // Also where a generator was lost after the last step.
    ending.signal.throwIfAborted();
}

/** "observe, 5 min 0 s" */
const titleOf = ({ title, time }: Step, short: boolean) =>
    time === undefined ? title : `${title}, ${durationText((short ? time.short : time.full) / 1000)}`;

/** A fault is not begun any more once the run is to end; one that is being made is made to its end, and then healed. */
async function interruptible(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    signal.throwIfAborted();
    await work();
    signal.throwIfAborted();
}

/** Does the work and tells the figures every second meanwhile. */
async function ticking(note: (text: string) => void, figures: () => string, work: () => Promise<void>): Promise<void> {
    const timer = setInterval(() => note(figures()), 1000);
    try {
        await work();
    } finally {
        clearInterval(timer);
    }
}

/** All of them, one after the other, whatever one of them throws; then the first error. */
async function inAnyCase(all: (() => Promise<unknown>)[]): Promise<void> {
    const errors: unknown[] = [];
    for (const one of all) await one().catch((error) => errors.push(error));
    if (errors.length > 0) throw errors[0];
}
