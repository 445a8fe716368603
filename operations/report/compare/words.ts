import type { Comparison, Row } from "./comparison.ts";
import type { Judgement, Spread } from "./judge.ts";

/** Pure. */

/** Four figures are more than repeats can tell apart; whole numbers stay whole. */
export function valueText(value: number, unit: string): string {
    const rounded =
        Number.isInteger(value) || Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4));
    const text = rounded.toLocaleString("en-US", { maximumFractionDigits: 6 });
    return unit === "%" || unit.startsWith("/") || unit === "" ? `${text}${unit}` : `${text} ${unit}`;
}

/** "143 ms (121 to 166, n 3)". */
export function spreadText(spread: Spread | null, unit: string): string {
    if (!spread) return "not measured";
    const { n, median, min, max } = spread;
    if (n === 1) return `${valueText(median, unit)} (one run)`;
    if (min === max) return `${valueText(median, unit)} (each of ${n})`;
    return `${valueText(median, unit)} (${valueText(min, "")} to ${valueText(max, "")}, n ${n})`;
}

/** "+12 ms (+9%)"; "0". */
export function differenceText({ difference, percent }: Judgement, unit: string): string {
    if (difference === 0) return "0";
    const sign = difference > 0 ? "+" : "−";
    const share =
        percent === null
            ? ""
            : ` (${sign}${Math.abs(percent) < 0.1 ? "<0.1" : Number(Math.abs(percent).toPrecision(2))}%)`;
    return `${sign}${valueText(Math.abs(difference), unit)}${share}`;
}

/** Whether a difference that is one is for the better. */
export function betterText({ better }: Pick<Row, "better">, { outcome, difference }: Judgement): string {
    if ((outcome !== "apart" && outcome !== "shifted") || better === null || difference === 0) return "";
    return difference > 0 === (better === "more") ? "better" : "worse";
}

/** What a reader must know of all rows together. */
export function cautionsOf({ sides, rows }: Comparison): string[] {
    const held = rows.flatMap(({ judgements }) => judgements.filter((one) => one !== null));
    // What is the same in every run can look different by no chance.
    const judged = held.filter(({ outcome }) => outcome !== "alone" && outcome !== "same");
    const alone = sides.filter(({ runs }) => runs.length < 2);
    const left = sides.filter(({ left }) => left.length > 0);
    return [
        ...(alone.length > 0
            ? [
                  `${alone.map(({ label, runs }) => `${label} has ${runs.length === 1 ? "one run" : "no run that came to its end"}`).join(", ")}: a difference cannot be told from chance. m3perf scenario NAME --repeat 3 makes more.`,
              ]
            : []),
        ...left.map(
            ({ label, left }) =>
                `${label}: ${left.length} run${left.length === 1 ? "" : "s"} that did not come to the end (${left.map(({ run }) => `${run.id} ${run.state}`).join(", ")}) ${left.length === 1 ? "is" : "are"} left out.`,
        ),
        ...(judged.length > 1
            ? [
                  `${judged.length} figures are held against each other that were not the same in every run: of so many, about ${Math.max(1, Math.round(judged.length / 10))} would look different by chance alone.`,
              ]
            : []),
        "Percentiles of latency are bounds of histogram buckets: those less than 2 % apart may be the same.",
        "Runs one after the other on a machine that others use, too, can differ for reasons that no setting tells.",
    ];
}
