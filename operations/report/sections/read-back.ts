import type { CopyResult, ReadBack } from "../../scenarios/types.ts";
import { clockOf, lastedText, wholeText } from "../figures/words.ts";
import { figure, type Html, html, table } from "../html/html.ts";

/** What became of the samples that M3 acknowledged. Pure. */
export function readBackHtml(readBack: ReadBack | null): Html {
    if (!readBack) return html`<p>The samples of this run were not read back.</p>`;
    const { merged, replicas, checked, acknowledged, sampled, at, unread = [], notes = [] } = readBack;
    const copies: [string, CopyResult, string][] = [
        ["as readers get it (replicas merged)", merged, ""],
        ...Object.entries(replicas).map(([pod, copy]): [string, CopyResult, string] => [
            pod,
            copy,
            wholeText(copy.series),
        ]),
    ];
    const bad = (count: number) => html`<span class="${count > 0 ? "bad" : ""}">${wholeText(count)}</span>`;
    const rows = copies.map(([name, { found, missing, doubled, wrong, unasked }, series]) => [
        name,
        series,
        wholeText(found),
        bad(missing),
        bad(doubled),
        bad(wrong),
        wholeText(unasked),
    ]);
    const head = ["series asked", "found", "missing", "doubled", "wrong", "never acknowledged, yet there"];
    const told = `${wholeText(checked)} of ${wholeText(acknowledged)} acknowledged samples were asked back at ${clockOf(at)} UTC${sampled ? ` (${sampled})` : ""}.`;
    const gaps = copies.flatMap(([name, copy]) =>
        copy.gaps.map(({ from, to, samples }) => [
            name,
            `${clockOf(from)} to ${clockOf(to)}`,
            lastedText(to - from),
            wholeText(samples),
        ]),
    );
    const examples = copies.flatMap(([name, copy]) =>
        copy.examples.slice(0, 5).map((text) => html`<li><strong>${name}</strong>: ${text}</li>`),
    );
    return html`<p>${told} A value is a function of its series and time, so a wrong one is told from a right one. A sample that M3 never acknowledged may be there all the same.</p>
${table("Samples by copy", ["Copy", ...head.map(figure)], rows)}
${gaps.length > 0 && table("Where samples are missing, the widest first", ["Copy", "Time (UTC)", figure("Lasts"), figure("Samples")], gaps)}
${unread.length > 0 && html`<div class="notice" role="note"><strong>Not read, so nothing is proven of these:</strong><ul>${unread.slice(0, 20).map((text) => html`<li>${text}</li>`)}</ul></div>`}
${notes.length > 0 && html`<ul>${notes.map((text) => html`<li>${text}</li>`)}</ul>`}
${examples.length > 0 && html`<h3>Examples</h3><ul>${examples}</ul>`}`;
}
