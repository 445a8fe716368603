import { createProgress } from "../../../support/progress.ts";
import { checks } from "../../checks/index.ts";
import { lastText, renderResults } from "../../checks/report.ts";
import type { CheckResult } from "../../checks/run.ts";
import { verify, verifyJson } from "../../checks/verify.ts";
import { askLab, type LabUp, waitForLab } from "../../lab.ts";
import { bringUpTimed, criticalPathOf, settle } from "../../stack/bring.ts";
import { criticalPathText, type Stretch } from "../../stack/critical-path.ts";
import { readEnvironment } from "../../stack/environment.ts";
import { changesText, nothingChanged } from "../../stack/events.ts";
import { openSession, type Session, target } from "../../stack/session.ts";
import { addressed, addressedResults } from "../addressed.ts";
import { exitCodes } from "../exit.ts";
import { durationText, printJson, wantsColor, widthOf } from "../output.ts";
import type { Values } from "../verbs.ts";

interface Phase {
    title: string;
    seconds: number;
}

export async function main(values: Values): Promise<number> {
    const { lab } = target(values);
    const progress = createProgress();
    const start = performance.now();
    const since = Date.now();
    const phases: Phase[] = [];
    if (lab !== null) {
        const { timings = [] } = await askLab<LabUp>(["up", "--lab", lab, "--metrics-later"]);
        phases.push(...timings.map(({ title, seconds }) => ({ title: `lab: ${title}`, seconds })));
    }
    const newLab = lab !== null && phases.some(({ title }) => title === "lab: add-ons");
    const session = await openSession(values, { say: progress.say });
    // For a lab, `lab up` has just told which are official and which are substitutes.
    if (lab === null) progress.say("Pulumi: your own CLI, plugins and backend");
    const { changes, spans } = await bringUpTimed(session, progress, { refresh: values.refresh === true });
    const path = values.timings === true ? await criticalPathOf(session, spans) : undefined;
    const unchanged = nothingChanged(changes);
    const environment = await readEnvironment(session);
    // What `kubectl top` reads has come by now; where it has not, the lab's own words say so.
    const metrics = newLab ? waitForLab(["up", "--lab", lab]) : undefined;
    metrics?.catch(() => {}); // awaited when what verify found has been shown
    const found = await verify(environment, checks, { progress, wait: settle, since });
    const results = addressedResults(found, values);
    phases.push(...progress.timings);
    const ok = results.every((result) => result.ok);
    const total = (performance.now() - start) / 1000;
    if (values.json) {
        printJson({
            ...verifyJson(environment, results),
            site: session.site,
            lab,
            unchanged,
            changes,
            phases,
            ...(path ? { criticalPath: path } : {}),
            seconds: total,
        });
    } else {
        const done = unchanged
            ? `Nothing had to change: ${changesText(changes)}.`
            : `Changed: ${changesText(changes)}.`;
        process.stdout.write(summary({ values, session, done, results, phases, total, path }));
    }
    await metrics;
    return ok ? exitCodes.ok : exitCodes.failed;
}

interface Summary {
    values: Values;
    session: Session;
    done: string;
    results: CheckResult[];
    phases: Phase[];
    total: number;
    path: Stretch[] | undefined;
}

function summary({ values, session, done, results, phases, total, path }: Summary): string {
    const ok = results.every((result) => result.ok);
    const width = Math.max(...phases.map(({ title }) => title.length), 5);
    const shown = phases.filter(({ seconds }) => seconds >= 0.05);
    return [
        renderResults(results, {
            width: widthOf(process.stdout),
            color: wantsColor(process.stdout),
            address: (text) => addressed(text, values),
        }),
        done,
        "",
        ...shown.map(({ title, seconds }) => `  ${title.padEnd(width)}  ${durationText(seconds).padStart(12)}`),
        `  ${"total".padEnd(width)}  ${durationText(total).padStart(12)}`,
        "",
        ...(path && path.length > 0 ? [criticalPathText(path), ""] : []),
        ...(path ? [lastText(results), ""] : []),
        ok
            ? "The environment is up and verified. Next:"
            : "The environment is up, but not everything is as it should be. Next:",
        ...nextSteps(session, values),
        "",
    ].join("\n");
}

function nextSteps({ lab }: Session, values: Values): string[] {
    const verb = (name: string) => addressed(`npx m3perf ${name}`, values);
    const rows: [string, string][] =
        lab === null
            ? [
                  [verb("verify"), "check it again"],
                  [verb("down"), "destroy it"],
              ]
            : [
                  [verb("verify"), "check it again"],
                  [verb("lab status"), "nodes, images, tools"],
                  [`eval "$(${verb("lab env")})"`, "kubectl and pulumi on it"],
                  [verb("down"), "destroy it and take the lab down"],
              ];
    const width = Math.max(...rows.map(([command]) => command.length));
    return rows.map(([command, purpose]) => `  ${command.padEnd(width)}  ${purpose}`);
}
