import { UserError } from "../../../support/errors.ts";
import { nearestOf } from "../../../support/nearest.ts";
import { createProgress } from "../../../support/progress.ts";
import { checks } from "../../checks/index.ts";
import { verify } from "../../checks/verify.ts";
import { diagnose } from "../../diagnosis/diagnose.ts";
import { referenceNames } from "../../diagnosis/page.ts";
import { diagnosisJson, renderDiagnosis, renderPresence, renderTrouble, troubleJson } from "../../diagnosis/report.ts";
import { namesOf, type Trouble } from "../../diagnosis/trouble.ts";
import { troubles } from "../../diagnosis/troubles/index.ts";
import { readEnvironment } from "../../stack/environment.ts";
import { openSession } from "../../stack/session.ts";
import { addressed, addressedResults } from "../addressed.ts";
import { columns } from "../columns.ts";
import { exitCodes } from "../exit.ts";
import { printJson, wantsColor, widthOf } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values, words: string[]): Promise<number> {
    if (values.list) {
        if (values.json) printJson(troubles.map((one) => troubleJson(one, referenceNames)));
        else process.stdout.write(`${columns(troubles.map(({ id, title }) => [id, title])).join("\n")}\n`);
        return exitCodes.ok;
    }
    const named = troubleNamed(words);
    const progress = createProgress();
    const session = await openSession(values, { say: progress.say });
    const environment = await readEnvironment(session);
    const results = addressedResults(await verify(environment, checks, { progress }), values);
    const diagnosis = diagnose(results, environment);
    const names = { ...namesOf(environment), address: (text: string) => addressed(text, values) };
    const style = { width: widthOf(process.stdout), color: wantsColor(process.stdout) };
    if (!named) {
        if (values.json) printJson({ stack: environment.stack, ...diagnosisJson(diagnosis, names) });
        else process.stdout.write(renderDiagnosis(diagnosis, names, style));
        return diagnosis.failed.length === 0 ? exitCodes.ok : exitCodes.failed;
    }
    const there = diagnosis.roots.some((root) =>
        [root, ...root.consequences].some(({ trouble }) => trouble.id === named.id),
    );
    if (values.json) {
        const { troubles: found } = diagnosisJson(diagnosis, names);
        printJson({ stack: environment.stack, trouble: troubleJson(named, names), there, found });
    } else
        process.stdout.write(
            `${renderTrouble(named, names, style)}\n${renderPresence(named, diagnosis, names, style)}`,
        );
    return there ? exitCodes.failed : exitCodes.ok;
}

/** Throws UserError for one that is not known. */
function troubleNamed([name, ...more]: string[]): Trouble | undefined {
    if (more.length > 0) {
        const next = "m3perf diagnose, without a name, looks for all of them";
        throw new UserError(
            "m3perf diagnose takes one trouble",
            { what: [name, ...more].join(" "), next },
            exitCodes.usage,
        );
    }
    if (name === undefined) return undefined;
    const trouble = troubles.find(({ id }) => id === name);
    if (trouble) return trouble;
    const ids = troubles.map(({ id }) => id);
    const near = nearestOf(name, ids);
    const what = near ? `did you mean ${near}?` : `known: ${ids.join(", ")}`;
    throw new UserError(`there is no trouble "${name}"`, { what, next: "m3perf diagnose --list" }, exitCodes.usage);
}
