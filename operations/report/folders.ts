import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../../support/errors.ts";
import { nearestOf } from "../../support/nearest.ts";
import { projectRoot, userPath } from "../../support/paths.ts";
import { exitCodes } from "../cli/exit.ts";
import { runFiles } from "../scenarios/types.ts";

/** Where runs are, unless they were told to go elsewhere: results/<scenario>/<id>. */
export const resultsFolder = join(projectRoot, "results");

const isRun = (folder: string) => existsSync(join(folder, runFiles.run));

const foldersIn = (folder: string) =>
    existsSync(folder)
        ? readdirSync(folder, { withFileTypes: true })
              .filter((entry) => entry.isDirectory())
              .map(({ name }) => join(folder, name))
        : [];

/** The runs in a folder of a scenario, the oldest first. */
const runsIn = (folder: string): string[] =>
    foldersIn(folder)
        .filter(isRun)
        .sort((a, b) => startOf(a) - startOf(b) || basename(a).localeCompare(basename(b)));

/** All runs, the newest last. */
export const allRuns = (results = resultsFolder): string[] =>
    foldersIn(results)
        .flatMap((folder) => runsIn(folder))
        .sort((a, b) => startOf(a) - startOf(b));

/** run.json is rewritten as the run goes on: its folder's name tells the start, its time of birth where it does not. */
function startOf(folder: string): number {
    const named = /^(\d{4})-?(\d\d)-?(\d\d)[T_-]?(\d\d)[:-]?(\d\d)[:-]?(\d\d)/.exec(basename(folder));
    if (named) return Date.UTC(...(named.slice(1).map(Number) as [number, number, number, number, number, number]));
    const { birthtimeMs, mtimeMs } = statSync(join(folder, runFiles.run));
    return birthtimeMs || mtimeMs;
}

/** The run that a word names: its folder, a scenario (its newest run), or nothing (the newest of all). Throws UserError. */
export function runNamed(word: string | undefined, results = resultsFolder): string {
    if (word === undefined) {
        const newest = allRuns(results).at(-1);
        if (newest) return newest;
        throw noRun("there is no run yet", { what: `nothing in ${results}` });
    }
    if (isRun(userPath(word))) return userPath(word);
    const newest = runsNamed(word, results).at(-1);
    if (newest) return newest;
    throw noRun(`there is no run "${word}"`, { what: word });
}

/** The repeats that a word names: the one run whose folder it is, or all runs of a scenario or a folder. Throws UserError. */
export function runsNamed(word: string, results = resultsFolder): string[] {
    const path = userPath(word);
    if (isRun(path)) return [path];
    for (const folder of [path, join(results, word)]) {
        if (isRun(folder)) return [folder];
        const runs = runsIn(folder);
        if (runs.length > 0) return runs;
    }
    const known = foldersIn(results).map((folder) => basename(folder));
    const near = nearestOf(word, known);
    const what = near
        ? `did you mean ${near}?`
        : `neither a folder with runs nor one of: ${known.join(", ") || "(no scenario has run here)"}`;
    throw noRun(`there is no run of "${word}"`, { what });
}

function noRun(title: string, { what }: { what: string }): UserError {
    return new UserError(title, { what, next: "m3perf report list; m3perf scenario makes runs" }, exitCodes.usage);
}
