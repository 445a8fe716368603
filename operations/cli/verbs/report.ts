import { UserError } from "../../../support/errors.ts";
import { userPath } from "../../../support/paths.ts";
import { compare, comparisonJson, writeComparison } from "../../report/compare/index.ts";
import { comparisonMarkdown } from "../../report/compare/markdown.ts";
import { runNamed } from "../../report/folders.ts";
import { writeLoaded } from "../../report/index.ts";
import { listRuns, renderList } from "../../report/list.ts";
import { loadRun } from "../../report/read.ts";
import { renderReport, reportJson } from "../../report/terminal.ts";
import { exitCodes } from "../exit.ts";
import { printJson, wantsColor, widthOf } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values, words: string[]): Promise<number> {
    const [first, ...others] = words;
    if (values.out !== undefined && first !== "compare") {
        throw usage("--out belongs to compare", "a run's report is written into its folder");
    }
    if (first === "compare") return await compareRuns(values, others);
    if (others.length > 0) throw usage("m3perf report takes one run", `given: ${words.join(", ")}`);
    if (first === "list") {
        const runs = await listRuns();
        if (values.json) printJson(runs);
        else process.stdout.write(renderList(runs));
        return exitCodes.ok;
    }
    const run = await loadRun(runNamed(first));
    const written = await writeLoaded(run);
    if (values.json) printJson(reportJson(run, written));
    else
        process.stdout.write(
            renderReport(run, written, { width: widthOf(process.stdout), color: wantsColor(process.stdout) }),
        );
    return exitCodes.ok;
}

async function compareRuns(values: Values, words: string[]): Promise<number> {
    const comparison = await compare(words);
    const out = typeof values.out === "string" ? userPath(values.out) : undefined;
    const page = await writeComparison(comparison, out);
    if (values.json) printJson({ page, ...comparisonJson(comparison) });
    else process.stdout.write(comparisonMarkdown(comparison));
    console.error(`page: ${page}`);
    return exitCodes.ok;
}

const usage = (title: string, what: string) =>
    new UserError(title, { what, next: "m3perf help report" }, exitCodes.usage);
