import type { CheckResult } from "../../checks/run.ts";
import { type Html, html, table } from "../html/html.ts";

/** m3perf verify, before the run and after it: what failed, in its own words. Pure. */
export function verifyHtml(before: CheckResult[] | null, after: CheckResult[] | null): Html {
    return html`<p>${verifyText("Before the run", before)} ${verifyText("After it", after)}</p>
${failures("Checks that failed before the run", before)}
${failures("Checks that failed after the run", after)}`;
}

export function verifyText(when: string, results: CheckResult[] | null): string {
    if (!results) return `${when}: not verified.`;
    const failed = results.filter(({ ok }) => !ok).length;
    return failed === 0
        ? `${when}: all ${results.length} checks passed.`
        : `${when}: ${failed} of ${results.length} checks failed.`;
}

function failures(caption: string, results: CheckResult[] | null): Html {
    const failed = results?.filter(({ ok }) => !ok) ?? [];
    if (failed.length === 0) return html``;
    const rows = failed.map(({ id, title, evidence, cause, next }) => [
        html`${title}<span class="why">${id}</span>`,
        evidence.slice(0, 6).map((text) => html`<div>${text}</div>`),
        cause ?? "-",
        next ? html`<code>${next}</code>` : "-",
    ]);
    return table(caption, ["Check", "Seen", "Cause", "Next step"], rows);
}
