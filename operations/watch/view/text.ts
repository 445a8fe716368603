/** Lines of a screen as pieces of text, each with a tone; how a tone looks is the terminal's business. */
export type Tone = "plain" | "title" | "dim" | "good" | "warn" | "bad";

export interface Span {
    text: string;
    tone: Tone;
}

export type Line = Span[];

export const span = (text: string, tone: Tone = "plain"): Span => ({ text, tone });

export const plainText = (line: Line) => line.map(({ text }) => text).join("");

/** Every character that we write takes one column: length in code points is width. */
export const widthOf = (text: string) => [...text].length;

/** The text in exactly so many columns, the cut marked. Pure. */
export function fitted(text: string, width: number, align: "left" | "right" = "left"): string {
    const characters = [...text];
    if (characters.length > width)
        return width < 2 ? characters.slice(0, width).join("") : `${characters.slice(0, width - 1).join("")}…`;
    const space = " ".repeat(width - characters.length);
    return align === "left" ? text + space : space + text;
}

/** The line in at most so many columns. Pure. */
export function clipped(line: Line, width: number): Line {
    let left = width;
    const kept: Line = [];
    for (const { text, tone } of line) {
        if (left <= 0) break;
        const part = widthOf(text) > left ? fitted(text, left) : text;
        kept.push(span(part, tone));
        left -= widthOf(part);
    }
    return kept;
}

/** Left and right parts with the space between them; the right one goes where both do not fit. Pure. */
export function apart(left: Line, right: Line, width: number): Line {
    const gap = width - widthOf(plainText(left)) - widthOf(plainText(right));
    return gap < 2 ? clipped(left, width) : [...left, span(" ".repeat(gap)), ...right];
}
