import { join, relative } from "node:path";
import { UserError } from "../../../support/errors.ts";
import { createProgress, type Progress } from "../../../support/progress.ts";
import { exitCodes } from "../../cli/exit.ts";
import { printJson } from "../../cli/output.ts";
import { settle } from "../../stack/bring.ts";
import { target } from "../../stack/session.ts";
import { untilEnded } from "../../watch/ending.ts";
import { Journal } from "../journal.ts";
import type { ScenarioPlan } from "../plan.ts";
import { runFiles, type Verdict } from "../types.ts";
import { chosenBy } from "./chosen.ts";
import { conclude, verdictLines } from "./conclude.ts";
import { makeRunsFolder, RunFolder, runsFolder, runsOf, stampIn, stampOf } from "./folder.ts";
import { answersOf, type GoingOn, goingOn } from "./going-on.ts";
import { healLeftovers } from "./leftovers.ts";
import { checkNeeds, siteNeeds } from "./needs.ts";
import { runOnce } from "./one.ts";
import { optionsOf, type ScenarioOptions } from "./options.ts";
import type { Parts } from "./parts.ts";
import { alone, earlierRun, type Place, placeOf, rememberRun } from "./place.ts";
import { newTasks, nothingLeft, type Task, tasksLeft } from "./queue.ts";
import { realParts } from "./real-parts.ts";
import { spreadLines, spreadOf } from "./spread.ts";
import { type Standing, standUp, standUpAnew, takeDown } from "./stand-up.ts";

/** `m3perf scenario NAME`: from what is there to the verdicts of all repeats; returns the exit code. */
export async function scenarioCommand(options: ScenarioOptions): Promise<number> {
    const { name } = options.plan;
    const progress = createProgress();
    const runs = runsFolder(name, options.out);
    const begun = options.resume ? runsOf(runs, name).at(-1)?.record : undefined;
    if (options.resume && !begun) throw nothingLeft(name);
    const chosen = begun ? optionsOf(options, begun) : options;
    const { plan } = chosen;
    const { lab, site } = target(chosen.values);
    makeRunsFolder(runs);
    const place = placeOf(lab, site);
    const ending = endingSignal();
    try {
        return await alone(place, name, async () => {
            // Read only now that nobody else goes on with them.
            const earlier = begun ? runsOf(runs, name, stampIn(begun.id)) : [];
            const tasks = begun ? tasksLeft(earlier, name) : newTasks(stampOf(Date.now()), options.repeat);
            await healLeftovers(chosen.values, place, progress);
            new Journal(place.journal).begin(chosenBy(chosen.values));
            if (lab === null) await siteNeeds(plan, chosen.short, chosen.values);
            const standing = await standUp(chosen.values, progress);
            const setting: Setting = { place, earlier, standing, progress, signal: ending.signal };
            let keep = true;
            try {
                await checkNeeds(plan, chosen.short, chosen.values, standing);
                const code = await runAll(chosen, await goingOn(tasks, earlier, standing, progress.say), setting);
                keep = chosen.keep;
                return code;
            } finally {
                const { made, session } = setting.standing;
                // What failed is there to be looked at, and to go on with.
                if (!keep) await takeDown({ made, session }, progress);
                else if (made.environment)
                    progress.say(`the environment stays up: m3perf down --stack ${session.stack}`);
            }
        });
    } finally {
        ending.close();
    }
}

interface Setting {
    place: Place;
    /** Runs of the command that is gone on with; none: it is a new one. */
    earlier: RunFolder[];
    /** Another one after `standUpAnew`. */
    standing: Standing;
    progress: Progress;
    signal: AbortSignal;
}

async function runAll(options: ScenarioOptions, { tasks, used, ours }: GoingOn, setting: Setting): Promise<number> {
    const { plan, short, json } = options;
    const { place, progress, signal } = setting;
    const broughtUp = ours || setting.standing.made.environment;
    const partsOf = (standing: Standing) => realParts(options.values, standing, { progress, place, signal });
    let parts = await partsOf(setting.standing);
    const folders: RunFolder[] = [];
    for (const task of tasks) {
        signal.throwIfAborted();
        if (tasks.length > 1) progress.say(`\n${plan.name}, ${folders.length + 1} of ${tasks.length}`);
        if (plan.freshRepeats && task.do === "run" && (used || folders.length > 0)) {
            setting.standing = await standUpAnew(setting.standing, broughtUp, options.values, progress);
            parts = await partsOf(setting.standing);
        }
        const folder = task.do === "run" ? await runAnew({ ...options, broughtUp }, task, setting, parts) : task.folder;
        if (task.do === "conclude") {
            progress.say(`${folder.path}: the steps are done; what is left is done now`);
            await conclude({ plan, short, folder, parts, progress });
        }
        folders.push(folder);
        if (!json) process.stdout.write(`${runText(folder)}\n`);
    }
    return finish(plan, answersOf(setting.earlier, folders), json);
}

type RunOptions = ScenarioOptions & { broughtUp: boolean };

async function runAnew(
    options: RunOptions,
    task: Task & { do: "run" },
    setting: Setting,
    parts: Parts,
): Promise<RunFolder> {
    const { plan, short } = options;
    const { place, progress, signal } = setting;
    const startedAt = Date.now();
    const since = earlierRun(place, startedAt) ?? startedAt;
    if (since < startedAt)
        progress.say("what scenarios of the last hour left (holes in replicas, restarts) is not counted as a fault");
    const folder = newFolder(options, task, setting.standing, startedAt);
    try {
        await runOnce({ plan, short, folder, parts, progress, journal: place.journal, signal, since, settle });
    } finally {
        rememberRun(place, startedAt, Date.now());
    }
    return folder;
}

function newFolder(
    { plan, short, series, out, values, broughtUp }: RunOptions,
    task: Task & { do: "run" },
    { session, environment }: Standing,
    startedAt: number,
) {
    return new RunFolder(join(runsFolder(plan.name, out), task.id), {
        v: 1,
        scenario: plan.name,
        question: plan.question,
        id: task.id,
        repeat: { index: task.index, of: task.of },
        startedAt,
        endedAt: null,
        state: "running",
        stack: session.stack,
        site: session.site,
        chosen: chosenBy(values),
        broughtUp,
        environment,
        settings: {},
        versions: {},
        machine: { cores: 0, memoryBytes: 0, kernel: "", note: "" },
        load: null,
        ...(short ? { short } : {}),
        ...(series === undefined ? {} : { series }),
    });
}

const verdictsOf = (folder: RunFolder) => folder.read<Verdict[]>(runFiles.verdicts) ?? [];
const shown = (path: string) => (relative(process.cwd(), path).startsWith("..") ? path : relative(process.cwd(), path));

function runText(folder: RunFolder): string {
    const { scenario, state, question } = folder.record;
    return [
        `${scenario}: ${state}. ${question}`,
        ...verdictLines(verdictsOf(folder)),
        `  report: ${shown(join(folder.path, runFiles.html))}`,
    ].join("\n");
}

function finish(plan: ScenarioPlan, folders: RunFolder[], json: boolean): number {
    const ok = folders.every(({ record }) => record.state === "passed");
    const spread = folders.length > 1 ? spreadOf(folders.map(verdictsOf)) : [];
    if (json) {
        const runs = folders.map((folder) => ({
            folder: folder.path,
            state: folder.record.state,
            verdicts: verdictsOf(folder),
        }));
        printJson({ scenario: plan.name, ok, runs, ...(spread.length > 0 ? { spread } : {}) });
    } else if (spread.length > 0) {
        process.stdout.write(
            `\n${folders.length} runs of ${plan.name}: least / middle / most\n${spreadLines(spread).join("\n")}\n`,
        );
    }
    return ok ? exitCodes.ok : exitCodes.failed;
}

/** A signal with a reason for people: Ctrl-C and its kin. A second one changes nothing, since healing has to come to its end. */
function endingSignal(): { signal: AbortSignal; close(): void } {
    const ending = untilEnded();
    const controller = new AbortController();
    const again = () => console.error("it is being ended: what was broken is healed first");
    ending.signal.addEventListener("abort", () => {
        const code = ending.code();
        const what = "what was broken is healed, and what there is of the run is kept";
        controller.abort(new UserError("interrupted", { what, next: "--resume goes on" }, code));
        for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, again);
    });
    return {
        signal: controller.signal,
        close() {
            ending.close();
            for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, again);
        },
    };
}
