import type { Style } from "../checks/report.ts";
import { wrap } from "../checks/report.ts";
import { columns } from "../cli/columns.ts";
import { podPeaks } from "./figures/peaks.ts";
import { inOneLine, lastedText, stateText } from "./figures/words.ts";
import type { Written } from "./index.ts";
import type { LoadedRun } from "./read.ts";
import { keyFigures } from "./sections/key-figures.ts";
import { outcomeOf, verdictsText } from "./sections/verdicts.ts";

const codes = { good: 32, bad: 31, only: 2 };

/** A run on a terminal: verdicts, key figures, and where its page is. Pure. */
export function renderReport(loaded: LoadedRun, written: Written, style: Style): string {
    const { run, verdicts, missing } = loaded;
    const paint = (code: number, text: string) => (style.color ? `\x1b[${code}m${text}\x1b[0m` : text);
    const state = stateText[run.state] ?? stateText.running;
    const lasted = run.endedAt === null ? "" : `, ${lastedText(run.endedAt - run.startedAt)}`;
    const lines = [
        `${paint(1, run.scenario)} ${run.id}: ${paint(codes[state.tone], state.text)}${lasted}`,
        ...wrap(run.question ?? "", style.width),
        "",
    ];
    for (const verdict of verdicts) {
        const { text, tone } = outcomeOf(verdict);
        const asked = verdict.objective === null ? "" : ` (asked: ${verdict.objective})`;
        lines.push(`  ${paint(codes[tone], text.padEnd(13))}  ${verdict.title}: ${verdict.measured}${asked}`);
        if (verdict.why)
            lines.push(...wrap(verdict.why, style.width - 17).map((line) => paint(2, `${" ".repeat(17)}${line}`)));
    }
    lines.push(verdicts.length > 0 ? verdictsText(verdicts) : "no verdict: the run ended before it came to judge", "");
    lines.push(
        ...columns(
            keyFigures(loaded, podPeaks(loaded.watch)).map(({ name, value, beside }) => [name, value, beside]),
            "  ",
        ),
    );
    if (run.error) lines.push("", ...wrap(`ended by an error: ${inOneLine(run.error)}`, style.width));
    if (missing.length > 0) lines.push("", ...missing.map((text) => `not all is there: ${text}`));
    lines.push("", `page:     ${written.html}`, `in short: ${written.markdown}`);
    return `${lines.map(plain).join("\n")}\n`;
}

/** Texts of a run may hold control characters, which would move the cursor: only our own colours are let through. */
function plain(line: string): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return line.replaceAll(/\x1b(?!\[\d{1,2}m)|[\x00-\x1a\x1c-\x1f\x7f-\x9f]/g, "�");
}

/** Pure. */
export function reportJson({ run, folder, verdicts, missing }: LoadedRun, written: Written) {
    const { scenario, id, state, startedAt, endedAt, repeat, error } = run;
    return {
        folder,
        scenario,
        id,
        state,
        ...(error ? { error } : {}),
        repeat,
        startedAt,
        endedAt,
        verdicts,
        missing,
        ...written,
    };
}
