import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../../../support/errors.ts";
import { exitCodes } from "../../cli/exit.ts";
import { resultsFolder, runsNamed } from "../folders.ts";
import { writeWhole } from "../index.ts";
import { type Comparison, compared, sideOf } from "./comparison.ts";
import { comparisonPage } from "./page.ts";

/** As many as a table has room for, and there are letters that nobody mixes up. */
const most = 6;

/** Puts the runs that each word names side by side. Throws UserError. */
export async function compare(words: readonly string[], results = resultsFolder): Promise<Comparison> {
    if (words.length < 2 || words.length > most) {
        const what = `named: ${words.join(", ") || "none"}; each is a run's folder, or a scenario (all its runs), two to ${most} of them`;
        throw new UserError(
            "what is to be compared?",
            { what, next: "m3perf report compare A B; m3perf report list" },
            exitCodes.usage,
        );
    }
    const folders = words.map((word) => runsNamed(word, results));
    // One after the other: the raw data of many runs at once is more than it need be.
    const sides = [];
    for (const [index, word] of words.entries()) {
        sides.push(await sideOf("ABCDEF"[index] ?? "", nameOf(word), folders[index] ?? []));
    }
    const empty = sides.find(({ runs }) => runs.length === 0);
    if (empty) {
        const what = `${empty.name}: ${empty.left.map(({ run }) => `${run.id} ${run.state}`).join(", ")}`;
        throw new UserError("no run there came to its end", { what, next: "m3perf report list" }, exitCodes.usage);
    }
    return compared(sides);
}

const nameOf = (word: string) => {
    const parts = word.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
    return parts.slice(-2).join("/") || basename(word);
};

/** Writes the page to `file`, or among the results under the names of what is compared. Returns where. Throws UserError. */
export async function writeComparison(
    comparison: Comparison,
    file: string | undefined,
    results = resultsFolder,
): Promise<string> {
    const names = comparison.sides.map(({ name }) => name.replaceAll(/[^\w.-]+/g, "-"));
    const path = file ?? join(results, "compare", `${names.join("--").slice(0, 150)}.html`);
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, comparisonPage(comparison));
    return path;
}

/** What a program may want of a comparison, without the raw data. Pure. */
export function comparisonJson({ sides, rows, differences }: Comparison) {
    return {
        sides: sides.map(({ label, name, runs, left }) => ({
            label,
            name,
            runs: runs.map(({ run: { id, state }, folder }) => ({ id, state, folder })),
            left: left.map(({ run: { id, state }, folder }) => ({ id, state, folder })),
        })),
        rows,
        differences,
    };
}
