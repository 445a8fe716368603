/** How a line is drawn. */
export interface Stroke {
    /** On white, and on a dark ground. */
    color: string;
    dark: string;
    dash: string;
}

/**
 * Colours that stay apart for people who see colours differently (after Okabe and Ito, 2008; their yellow, sky blue and pink are too
 * pale for a line on white and are darker here: at least 3:1), each with a dash of its own, so that a print in black tells them apart as
 * well. As many as there are components; nodes may be more (strokeOf).
 */
export const strokes: readonly Stroke[] = [
    { color: "#0072b2", dark: "#5aa9e6", dash: "" },
    { color: "#d55e00", dark: "#f0884a", dash: "7 3" },
    { color: "#009e73", dark: "#3fc79a", dash: "2 2" },
    { color: "#c26a9b", dark: "#e29ac4", dash: "10 3 2 3" },
    { color: "#000000", dark: "#e8e8e8", dash: "4 4" },
    { color: "#b07d00", dark: "#d9a52e", dash: "1 3" },
    { color: "#3c93c8", dark: "#8fd0f7", dash: "12 4" },
    { color: "#666666", dark: "#a0a0a0", dash: "6 2 1 2 1 2" },
    { color: "#7a3e2b", dark: "#c98a72", dash: "9 2 9 2 2 2" },
];

const [first] = strokes as readonly [Stroke];

/** Each time that the colours begin anew the dashes are moved by one: 81 lines are told apart by both together. */
export function strokeOf(index: number): Stroke {
    const round = Math.floor(index / strokes.length);
    const { color, dark } = strokes[index % strokes.length] ?? first;
    const { dash } = strokes[(index + round) % strokes.length] ?? first;
    return { color, dark, dash };
}
