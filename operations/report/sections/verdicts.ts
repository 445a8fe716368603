import { runFiles, type Verdict } from "../../scenarios/types.ts";
import { type Html, html } from "../html/html.ts";

/** Ids of what the page has; a link leads nowhere else. */
export type Anchors = ReadonlySet<string>;

const outcomes = {
    ok: { text: "✓ ok", tone: "good" },
    fails: { text: "✗ fails", tone: "bad" },
    measured: { text: "only measured", tone: "only" },
} as const;

export const outcomeOf = ({ ok }: Verdict) => outcomes[ok === null ? "measured" : ok ? "ok" : "fails"];

/** Pure. */
export function verdictsHtml(verdicts: Verdict[], anchors: Anchors): Html {
    if (verdicts.length === 0) return html`<p>No verdict: the run ended before it came to judge.</p>`;
    return html`<p>${verdictsText(verdicts)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Verdicts"><table class="verdicts">
<caption>Each objective of the scenario, what was measured, and where it is seen</caption>
<thead><tr><th scope="col">Objective</th><th scope="col">Outcome</th><th scope="col">Measured</th><th scope="col">Asked</th><th scope="col">Evidence</th></tr></thead>
<tbody>
${verdicts.map((verdict) => rowHtml(verdict, anchors))}</tbody></table></div>`;
}

/** "2 of 7 objectives fail, 4 hold; 1 only measured". */
export function verdictsText(verdicts: Verdict[]): string {
    const [fail, hold] = [false, true].map((ok) => verdicts.filter((verdict) => verdict.ok === ok).length) as [
        number,
        number,
    ];
    const measured = verdicts.length - fail - hold;
    const of = fail + hold;
    const told =
        fail > 0
            ? `${fail} of ${of} objectives fail, ${hold} hold`
            : `${of === 0 ? "No objective was set" : of === 1 ? "The one objective holds" : `All ${of} objectives hold`}`;
    return `${told}${measured > 0 ? `; ${measured} only measured` : ""}.`;
}

function rowHtml(verdict: Verdict, anchors: Anchors): Html {
    const { text, tone } = outcomeOf(verdict);
    const links = verdict.evidence.map(({ file, what }) => {
        const anchor = anchorOf(file, what, verdict.id, anchors);
        return html`<li>${anchor ? html`<a href="#${anchor}">${what || file}</a>` : what} <span class="small">${file}</span></li>`;
    });
    return html`<tr id="verdict-${verdict.id.replace(/[^\w-]/g, "-")}"><th scope="row">${verdict.title}${verdict.why && html`<span class="why">${verdict.why}</span>`}</th><td class="nowrap" data-label="Outcome"><strong class="${tone}">${text}</strong></td><td class="measured" data-label="Measured">${verdict.measured}</td><td data-label="Asked">${verdict.objective ?? "–"}</td><td data-label="Evidence"><ul class="evidence">${links}</ul></td></tr>
`;
}

/** Where a file of the run is shown, by words of what is to be seen there; the first that the page has. The last of each holds for all. */
const places: Record<string, [words: RegExp, ...ids: string[]][]> = {
    [runFiles.load]: [
        [/laten|p50|p9\d|percentile/i, "write-latency"],
        [/error|refus/i, "write-errors", "writes"],
        [/generator/i, "generator"],
        [/^$/, "writes"],
    ],
    [runFiles.reads]: [
        [/laten|p50|p9\d|percentile/i, "read-latency"],
        [/error|refus/i, "read-errors", "reads"],
        [/^$/, "reads"],
    ],
    [runFiles.ledger]: [[/^$/, "read-back", "writes"]],
    [runFiles.readBack]: [[/^$/, "read-back"]],
    [runFiles.watch]: [
        [/lag|remote|behind/i, "remote-write"],
        [/restart|kill|oom/i, "peaks"],
        [/node.*memory|memory.*node/i, "node-memory"],
        [/memory/i, "memory", "memory-bytes"],
        [/node.*cpu|cpu.*node/i, "node-cpu"],
        [/cpu|core/i, "cpu"],
        [/^$/, "peaks", "over-time"],
    ],
    [runFiles.verifyBefore]: [[/^$/, "verify"]],
    [runFiles.verifyAfter]: [[/^$/, "verify"]],
    [runFiles.events]: [[/^$/, "timeline"]],
    [runFiles.run]: [
        [/collect/i, "collection"],
        [/^$/, "conditions"],
    ],
};

/** The place of the page that a piece of evidence of a verdict is at; undefined where it has none. Pure. */
export function anchorOf(file: string, what: string, verdict: string, anchors: Anchors): string | undefined {
    if (anchors.has(file)) return file;
    const found = Object.hasOwn(places, file) ? (places[file] ?? []) : [];
    // The verdict's own id says more than words that stand beside several verdicts.
    const ids = [verdict, what, ""].flatMap((text) =>
        found.filter(([words]) => words.test(text)).flatMap(([, ...ids]) => ids),
    );
    return ids.find((id) => anchors.has(id));
}
