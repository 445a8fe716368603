import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../../support/errors.ts";
import { userPath } from "../../../support/paths.ts";
import { createProgress } from "../../../support/progress.ts";
import { openContext } from "../../checks/verify.ts";
import { defaultReplicaSeries, readBack, readBackText, readRunPlan, sound } from "../../read-back/index.ts";
import { runFiles } from "../../scenarios/types.ts";
import { readEnvironment } from "../../stack/environment.ts";
import { openSession } from "../../stack/session.ts";
import { exitCodes } from "../exit.ts";
import { calmNotes, isLive, printJson } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values, words: string[]): Promise<number> {
    const folder = folderOf(words);
    await readRunPlan(folder);
    const mergedOnly = values["merged-only"] === true;
    if (mergedOnly && values["replica-series"] !== undefined) {
        const what = "the first asks no replica, the second says how many of their series are asked";
        throw new UserError("--merged-only and --replica-series", { what, next: "give one of them" }, exitCodes.usage);
    }
    const replicaSeries = mergedOnly ? 0 : seriesOf(values["replica-series"]);
    const progress = createProgress();
    const session = await openSession(values, { say: progress.say });
    const environment = await readEnvironment(session);
    const context = await openContext(environment);
    const result = await progress.step(`read ${folder} back`, async (note) => {
        const notes = calmNotes(note, isLive());
        try {
            return await readBack(folder, context, { replicaSeries, note: notes.note });
        } finally {
            notes.end();
        }
    });
    await writeFile(join(folder, runFiles.readBack), `${JSON.stringify(result, null, 2)}\n`);
    if (values.json) printJson(result);
    else process.stdout.write(readBackText(result));
    return sound(result, mergedOnly) ? exitCodes.ok : exitCodes.failed;
}

function folderOf(words: string[]): string {
    const [folder, ...more] = words;
    if (folder !== undefined && more.length === 0) return userPath(folder);
    throw new UserError(
        folder === undefined ? "which run?" : `${words.length} folders`,
        { what: "allowed: the folder of one run", next: "m3perf read-back results/SCENARIO/ID" },
        exitCodes.usage,
    );
}

/** Series of --replica-series. */
export function seriesOf(value: string | boolean | undefined): number {
    if (value === undefined) return defaultReplicaSeries;
    const series = Number(value);
    if (Number.isInteger(series) && series >= 1 && series <= 1_000_000) return series;
    throw new UserError(
        `--replica-series = ${value}`,
        { what: "allowed: 1 to 1000000 (none: --merged-only)" },
        exitCodes.usage,
    );
}
