import { podPeaks } from "./figures/peaks.ts";
import { faultsOf, periodOf } from "./figures/spans.ts";
import { clockOf, dayAndClock, inOneLine, lastedText, stateText } from "./figures/words.ts";
import type { LoadedRun } from "./read.ts";
import { limitsOf } from "./sections/honest.ts";
import { keyFigures } from "./sections/key-figures.ts";
import { outcomeOf, verdictsText } from "./sections/verdicts.ts";
import { verifyText } from "./sections/verify.ts";

/** The report in short: verdicts, key figures, faults, versions, and what to think of them. Pure. */
export function runMarkdown(loaded: LoadedRun): string {
    const { run, verdicts, missing, events } = loaded;
    const { to } = periodOf(loaded);
    const state = stateText[run.state] ?? stateText.running;
    const faults = faultsOf(events, to);
    const versions = Object.entries(run.versions);
    const lines = [
        `# ${md(run.scenario)}: ${md(state.text)}`,
        "",
        md(run.question ?? ""),
        "",
        `Run ${md(run.id)}, ${dayAndClock(run.startedAt)}${run.endedAt === null ? "" : `, ${lastedText(run.endedAt - run.startedAt)}`}, stack ${md(run.stack)} on ${md(run.site)}${run.repeat?.of > 1 ? `, repeat ${run.repeat.index} of ${run.repeat.of}` : ""}.`,
        ...(run.error ? ["", `**The run ended by an error:** ${md(inOneLine(run.error))}`] : []),
        ...(missing.length > 0
            ? ["", "Not all of the run's data is there:", ...missing.map((text) => `- ${md(text)}`)]
            : []),
        "",
        "## Verdicts",
        "",
        ...(verdicts.length === 0
            ? ["No verdict: the run ended before it came to judge."]
            : [
                  verdictsText(verdicts),
                  "",
                  ...markdownTable(
                      ["Objective", "Outcome", "Measured", "Asked"],
                      verdicts.map((one) => [one.title, outcomeOf(one).text, one.measured, one.objective ?? "–"]),
                  ),
              ]),
        "",
        "## Key figures",
        "",
        ...keyFigures(loaded, podPeaks(loaded.watch)).map(
            ({ name, value, beside }) => `- ${md(name)}: **${md(value)}** (${md(beside)})`,
        ),
        `- ${verifyText("Verified before the run", loaded.verifyBefore)} ${verifyText("After it", loaded.verifyAfter)}`,
        "",
        "## Faults",
        "",
        ...(faults.length === 0
            ? ["Nothing was broken."]
            : faults.map(
                  ({ label, title, target, from, to: end, open }) =>
                      `- ${label} ${md(title)}${target && !title.includes(target) ? ` (${md(target)})` : ""}: ${clockOf(from)} to ${clockOf(end)} UTC, ${lastedText(end - from)}${open ? ", no end is told" : ""}`,
              )),
        "",
        "## What this can and cannot tell",
        "",
        ...limitsOf(loaded).map((text) => `- ${md(text)}`),
        ...(versions.length > 0 ? ["", "## Versions", "", ...markdownTable(["What", "Version"], versions)] : []),
        "",
    ];
    return lines.join("\n");
}

export function markdownTable(head: string[], rows: string[][]): string[] {
    const row = (cells: string[]) => `| ${cells.map(md).join(" | ")} |`;
    return [row(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(row)];
}

/** Text as text: no markup, no HTML, one line. */
export const md = (text: string) =>
    text
        .replaceAll(/\s+/g, " ")
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(/([\\`*_[\]|#~])/g, (mark) => `\\${mark}`);
