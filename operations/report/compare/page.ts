import { n } from "../../watch/plot/text.ts";
import { dayAndClock, lastedText, stateText } from "../figures/words.ts";
import { type Html, html, table } from "../html/html.ts";
import { navHtml, pageHtml, type Section, sectionHtml } from "../html/page.ts";
import { honestHtml } from "../sections/honest.ts";
import type { Comparison, Row, Side } from "./comparison.ts";
import type { Spread } from "./judge.ts";
import { betterText, cautionsOf, differenceText, spreadText } from "./words.ts";

/** The page of a comparison. Pure. */
export function comparisonPage(comparison: Comparison): string {
    const { sides, rows, differences } = comparison;
    const names = sides.map(({ label, name }) => `${label} ${name}`).join(", ");
    const others = rows.filter(({ verdict }) => !verdict);
    const verdicts = rows.filter(({ verdict }) => verdict);
    const none = html`<p>No figure that both have.</p>`;
    const sections: Section[] = [
        {
            id: "verdicts",
            title: "Verdicts' figures",
            body: verdicts.length > 0 ? rowsTable("What the scenario judges by", verdicts, sides) : none,
        },
        {
            id: "figures",
            title: "Other figures of the runs",
            body: others.length > 0 ? rowsTable("What every run leaves behind", others, sides) : none,
        },
        {
            id: "conditions",
            title: "What was not the same",
            body:
                differences.length > 0
                    ? table(
                          "Settings, versions, load, machine, topology",
                          ["What", ...sides.map(({ label }) => label)],
                          differences.map(({ path, values }) => [
                              html`<code>${path}</code>`,
                              ...values.map((list) => list.join("; ")),
                          ]),
                      )
                    : html`<p>Settings, versions, load, machine and topology were the same in all runs.</p>`,
        },
        {
            id: "limits",
            title: "What this can and cannot tell",
            body: html`${honestHtml(cautionsOf(comparison))}${method}`,
        },
        { id: "runs", title: "Runs", body: runsTable(sides) },
    ];
    const body = html`<header><p class="kicker">m3perf comparison</p><h1>${sides.map(({ label, name }, index) => html`${index > 0 && html` <span class="only">against</span> `}${label}: ${name}`)}</h1>
<dl class="facts">${sides.map(({ label, runs }) => html`<div><dt>${label}</dt><dd>${runs.length} ${runs.length === 1 ? "run" : "runs"}</dd></div>`)}</dl></header>
${navHtml(sections)}
<main>
${sections.map(sectionHtml)}
</main>
<footer>Made by m3perf. The page needs no network and runs no script.</footer>`;
    return pageHtml(`${names} – m3perf`, `Comparison of ${names}`, body);
}

const method = html`<p class="small">Median, lowest and highest of the repeats. "Differs by more than the repeats' spread": no run of one side lies within the range of the other, and chance alone would bring that in at most 1 of 10 such comparisons (three runs on each side: 1 of 10; four: 1 of 35). Where ranges overlap: the exact Mann-Whitney test, two-sided, 0.05. docs/report.md.</p>`;

function rowsTable(caption: string, rows: Row[], sides: Side[]): Html {
    const cells = rows.map((row) => {
        const { title, id, unit, spreads, judgements } = row;
        return [
            html`${title}<span class="why">${id}</span>`,
            dots(row, sides),
            ...spreads.map((spread) => spreadHtml(spread, unit)),
            judgements.map((judgement, index) => {
                const label = sides.length > 2 ? html`<strong>${sides[index + 1]?.label}</strong> ` : html``;
                if (!judgement) return html`<div>${label}not measured on both sides</div>`;
                const better = betterText(row, judgement);
                const told =
                    judgement.outcome === "same"
                        ? html``
                        : html`<strong class="nowrap">${differenceText(judgement, unit)}</strong> `;
                return html`<div>${label}${told}${better && html`<strong class="${better === "better" ? "good" : "bad"}">${better}</strong> `}<span class="why">${judgement.words}</span></div>`;
            }),
        ];
    });
    const judged = sides.length > 2 ? `Against ${sides[0]?.label}` : `${sides[1]?.label} against ${sides[0]?.label}`;
    return table(caption, ["Figure", "Each run", ...sides.map(({ label }) => label), judged], cells);
}

function spreadHtml(spread: Spread | null, unit: string): Html {
    const [, median, range] = /^([^(]*)(\(.*)?$/.exec(spreadText(spread, unit)) ?? [];
    return html`<span class="nowrap">${median}</span>${range && html`<span class="why nowrap">${range}</span>`}`;
}

/** Every run as a dot on one line for each side, over the same range. */
function dots({ values, title, unit }: Row, sides: Side[]): Html {
    const all = values.flat();
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const [width, lane] = [150, 16];
    const x = (value: number) =>
        high > low ? 22 + ((value - low) / (high - low)) * (width - 30) : 22 + (width - 30) / 2;
    const height = lane * sides.length;
    const described = sides
        .map(({ label }, index) => `${label}: ${(values[index] ?? []).join(", ") || "none"}`)
        .join("; ");
    return html`<svg class="dots" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title} ${unit}: ${described}"><title>${described}</title>${sides.map(
        ({ label }, index) => {
            const y = lane * (index + 0.5);
            return html`<text x="2" y="${y + 4}">${label}</text><line class="grid" x1="18" x2="${width - 4}" y1="${y}" y2="${y}"/>${(values[index] ?? []).map((value) => html`<circle class="d${index % 9} ring" cx="${n(x(value))}" cy="${y}" r="4"/>`)}`;
        },
    )}</svg>`;
}

function runsTable(sides: Side[]): Html {
    const rows = sides.flatMap(({ label, runs, left }) =>
        [...runs.map((run) => ({ run, out: false })), ...left.map((run) => ({ run, out: true }))].map(
            ({ run: { run }, out }) => [
                `${label} ${run.id}`,
                run.scenario,
                html`<span class="${stateText[run.state]?.tone ?? "only"}">${stateText[run.state]?.text ?? run.state}</span>${out && " (left out)"}`,
                dayAndClock(run.startedAt),
                run.endedAt === null ? "-" : lastedText(run.endedAt - run.startedAt),
            ],
        ),
    );
    return table("All runs that were named", ["Run", "Scenario", "State", "Began", "Lasted"], rows);
}
