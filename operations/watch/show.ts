import type { Sample } from "./sample.ts";
import { type Keys, type Output, openScreen, readKeys } from "./terminal.ts";
import { type History, noHistory, withSample } from "./view/history.ts";
import { keyLine } from "./view/line.ts";
import { screenLines } from "./view/screen.ts";
import { span } from "./view/text.ts";

/** Where samples are shown: one live screen, a line each, or JSON. */
export interface Show {
    sample(sample: Sample): void;
    /** Draws again: the time has gone on, or what is told beside the samples. */
    again(): void;
    close(): void;
}

export interface ShowOptions {
    output: Output & {
        on?(event: "resize", listener: () => void): unknown;
        off?(event: "resize", listener: () => void): unknown;
    };
    input: Keys;
    json: boolean;
    live: boolean;
    color: boolean;
    mode(): string;
    log?(): string | undefined;
    /** The time that ages are told against; by default the sample's own. */
    now?(): number;
    quit(): void;
    interrupt(): void;
}

export function openShow(options: ShowOptions): Show {
    const { output, json, live } = options;
    if (json || !live) {
        const text = (sample: Sample) => (json ? JSON.stringify(sample) : keyLine(sample));
        return { sample: (sample) => void output.write(`${text(sample)}\n`), again: () => {}, close: () => {} };
    }
    const screen = openScreen(output, options.color);
    let latest: Sample | undefined;
    let history: History = noHistory;
    const draw = () => {
        if (!latest) return screen.draw([[span("m3perf watch", "title"), span(", at its first look …", "dim")]]);
        const { width, height } = screen.size();
        const now = options.now?.() ?? latest.at;
        screen.draw(
            screenLines({ sample: latest, history, now, width, height, mode: options.mode(), log: options.log?.() }),
        );
    };
    const letKeysGo = readKeys(options.input, options.quit, options.interrupt);
    output.on?.("resize", draw);
    draw();
    // Whatever ends the process, the terminal is as it was.
    const close = () => {
        output.off?.("resize", draw);
        letKeysGo();
        screen.close();
        process.off("exit", close);
    };
    process.on("exit", close);
    return {
        sample(sample) {
            latest = sample;
            history = withSample(history, sample);
            draw();
        },
        again: draw,
        close,
    };
}
