import { markdownTable, md } from "../markdown.ts";
import type { Comparison, Row } from "./comparison.ts";
import { betterText, cautionsOf, differenceText, spreadText } from "./words.ts";

/** The comparison in short. Pure. */
export function comparisonMarkdown(comparison: Comparison): string {
    const { sides, rows, differences } = comparison;
    const title = sides.map(
        ({ label, name, runs }) => `${label} = ${name} (${runs.length} run${runs.length === 1 ? "" : "s"})`,
    );
    const head = [
        "Figure",
        ...sides.map(({ label }) => label),
        ...sides.slice(1).map(({ label }) => `${label} against ${sides[0]?.label}`),
    ];
    const part = (heading: string, list: Row[]) =>
        list.length === 0 ? [] : [`## ${heading}`, "", ...markdownTable(head, list.map(cellsOf)), ""];
    return [
        `# ${md(title.join(", "))}`,
        "",
        ...part(
            "Verdicts' figures",
            rows.filter(({ verdict }) => verdict),
        ),
        ...part(
            "Other figures",
            rows.filter(({ verdict }) => !verdict),
        ),
        "## What was not the same",
        "",
        ...(differences.length === 0
            ? ["Settings, versions, load, machine and topology were the same in all runs."]
            : markdownTable(
                  ["What", ...sides.map(({ label }) => label)],
                  differences.map(({ path, values }) => [path, ...values.map((list) => list.join("; "))]),
              )),
        "",
        "## What this can and cannot tell",
        "",
        ...cautionsOf(comparison).map((text) => `- ${md(text)}`),
        "",
    ].join("\n");
}

function cellsOf(row: Row): string[] {
    const judged = row.judgements.map((judgement) => {
        if (!judgement) return "not measured on both sides";
        if (judgement.outcome === "same") return judgement.words;
        const better = betterText(row, judgement);
        return `${differenceText(judgement, row.unit)}${better ? `, ${better}` : ""}: ${judgement.words}`;
    });
    return [row.title, ...row.spreads.map((spread) => spreadText(spread, row.unit)), ...judged];
}
