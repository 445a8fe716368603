import { systems } from "./check.ts";
import type { CheckResult } from "./run.ts";

export interface Style {
    /** Characters in a line. */
    width: number;
    color: boolean;
    /** Commands for the environment that was looked at (cli/addressed.ts); absent: as they are. */
    address?: (text: string) => string;
}

/** The table for a person: one line per check, grouped by system; evidence, cause and next step under each failure. Pure. */
export function renderResults(results: CheckResult[], style: Style): string {
    const { address = (text) => text } = style;
    const paint = (code: number, text: string) => (style.color ? `\x1b[${code}m${text}\x1b[0m` : text);
    const lines: string[] = [];
    for (const system of systems) {
        const group = results.filter((result) => result.system === system);
        if (group.length === 0) continue;
        lines.push(paint(1, system));
        for (const result of group) {
            const mark = result.ok ? paint(32, "ok  ") : paint(31, "FAIL");
            lines.push(`  ${mark} ${result.title}`);
            const detail = result.ok ? [result.evidence.join("; ")] : failureLines(result);
            for (const line of detail.flatMap((text) => wrap(text, style.width - 7)))
                lines.push(`       ${paint(2, line)}`);
        }
    }
    const failed = results.filter(({ ok }) => !ok);
    const total = results.length;
    lines.push(
        "",
        failed.length === 0
            ? paint(32, `${total} of ${total} checks passed`)
            : paint(31, `${failed.length} of ${total} checks failed: ${failed.map(({ id }) => id).join(", ")}`),
        ...(failed.length > 1
            ? [`${address("m3perf diagnose")} says which of these is the cause, and which come of it`]
            : []),
    );
    return `${lines.join("\n")}\n`;
}

/** "The last checks to pass: data.aggregated after 31.2 s, …", of those that took a second and more. Pure. */
export function lastText(results: CheckResult[]): string {
    const passed = results.flatMap(({ id, ok, after = 0 }) => (ok && after >= 1 ? [{ id, after }] : []));
    const last = passed.sort((a, b) => b.after - a.after).slice(0, lastShown);
    if (last.length === 0) return "Every check that passed did so within a second.";
    return `The last checks to pass: ${last.map(({ id, after }) => `${id} after ${after.toFixed(1)} s`).join(", ")}`;
}

const lastShown = 5;
const evidenceShown = 6;

function failureLines({ evidence, cause, next }: CheckResult): string[] {
    const more = evidence.length - evidenceShown;
    return [
        ...evidence.slice(0, evidenceShown).map((line) => `seen: ${line}`),
        ...(more > 0 ? [`seen: and ${more} more`] : []),
        ...(cause ? [`cause: ${cause}`] : []),
        ...(next ? [`next: ${next}`] : []),
    ];
}

/** Breaks at spaces, with the lines after the first indented by two; a word longer than a line stays whole. */
export function wrap(text: string, width: number): string[] {
    const lines: string[] = [];
    let line = "";
    for (const word of text.split(" ")) {
        if (line && line.length + 1 + word.length > width) {
            lines.push(line);
            line = `  ${word}`;
        } else line = line ? `${line} ${word}` : word;
    }
    return [...lines, line];
}
