import { escaped } from "../../watch/plot/text.ts";

/** Text that is HTML already; only `html` makes it, so that what a run says can never be taken for it. */
export class Html {
    readonly text: string;

    constructor(text: string) {
        this.text = text;
    }
}

type Part = Html | string | number | null | undefined | false | Part[];

/** A template whose values are escaped; nothing for null, undefined and false, one after the other for lists. Pure. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
    return new Html(strings.map((text, index) => text + textOf(parts[index])).join(""));
}

function textOf(part: Part): string {
    if (part === null || part === undefined || part === false) return "";
    if (part instanceof Html) return part.text;
    if (Array.isArray(part)) return part.map(textOf).join("");
    return escaped(String(part));
}

/** A table with a heading for its columns; `wide` cells keep their words, figures are set at the right. */
export function table(caption: string, head: (string | { text: string; figure: true })[], rows: Part[][]): Html {
    const isFigure = head.map((cell) => typeof cell !== "string");
    const cell = (part: Part, index: number) =>
        index === 0
            ? html`<th scope="row">${part}</th>`
            : isFigure[index]
              ? html`<td class="figure">${part}</td>`
              : html`<td>${part}</td>`;
    return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="${head.length > 3 ? "many" : "few"}">
<caption>${caption}</caption>
<thead><tr>${head.map((one) => (typeof one === "string" ? html`<th scope="col">${one}</th>` : html`<th scope="col" class="figure">${one.text}</th>`))}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table></div>`;
}

export const figure = (text: string) => ({ text, figure: true }) as const;
