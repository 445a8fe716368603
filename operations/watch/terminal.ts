import type { Line, Tone } from "./view/text.ts";

/** What of a terminal we use: node:tty's streams have it, a test's do as well. */
export interface Output {
    isTTY?: boolean;
    columns?: number;
    rows?: number;
    write(text: string): unknown;
}

const csi = "\x1b[";
/** The terminal's own sixteen colours, so that they fit light and dark backgrounds alike. */
const codes: Record<Tone, string> = { plain: "", title: "1", dim: "2", good: "32", warn: "33;1", bad: "31;1" };

/** A line as the terminal gets it. Pure. */
export function painted(line: Line, color: boolean): string {
    return line
        .map(({ text, tone }) => (color && codes[tone] !== "" ? `${csi}${codes[tone]}m${text}${csi}0m` : text))
        .join("");
}

/**
 * The other screen of a terminal (the one that editors use), so that what was there is there again afterwards. A frame is written at
 * once over the last one, each line to its end, so that nothing flickers.
 */
export function openScreen(output: Output, color: boolean) {
    let open = true;
    output.write(`${csi}?1049h${csi}?25l${csi}2J`);
    return {
        size: () => ({ width: Math.max(output.columns ?? 80, 20), height: Math.max(output.rows ?? 24, 3) }),
        draw(lines: Line[]) {
            if (!open) return;
            const text = lines.map((line) => `${painted(line, color)}${csi}K`).join("\r\n");
            output.write(`${csi}?2026h${csi}H${text}${csi}J${csi}?2026l`);
        },
        /** Cursor and screen as they were; also when called twice. */
        close() {
            if (!open) return;
            open = false;
            output.write(`${csi}?25h${csi}?1049l`);
        },
    };
}

export interface Keys {
    setRawMode?(raw: boolean): unknown;
    isTTY?: boolean;
    on(event: "data", listener: (data: Buffer) => void): unknown;
    off(event: "data", listener: (data: Buffer) => void): unknown;
    resume(): unknown;
    pause(): unknown;
}

/** Calls `quit` on q and `interrupt` on Ctrl-C, which a terminal in raw mode gives as a character; nothing typed is shown. */
export function readKeys(input: Keys, quit: () => void, interrupt: () => void): () => void {
    if (input.isTTY !== true || !input.setRawMode) return () => {};
    const read = (data: Buffer) => {
        for (const key of data.toString("latin1")) {
            if (key === "\x03") interrupt();
            else if (key === "q" || key === "Q") quit();
        }
    };
    input.setRawMode(true);
    input.on("data", read);
    input.resume();
    return () => {
        input.off("data", read);
        input.setRawMode?.(false);
        input.pause();
    };
}
