import type { WriteStream } from "node:tty";

/** Whether a stream is a terminal that wants colour (https://no-color.org). */
export function wantsColor(stream: WriteStream | NodeJS.WriteStream): boolean {
    return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** Characters in a line of a stream: the terminal's, within bounds that stay readable; 120 elsewhere. */
export function widthOf(stream: WriteStream | NodeJS.WriteStream): number {
    return stream.isTTY === true ? Math.min(Math.max(stream.columns ?? 80, 60), 140) : 120;
}

/** "18:22:45", in UTC, of ms since 1970. */
export const clockOf = (at: number) => new Date(at).toISOString().slice(11, 19);

/** "1 min 24 s", "8.2 s". */
export function durationText(seconds: number): string {
    if (seconds < 60) return `${seconds.toFixed(1)} s`;
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export function printJson(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Notes on what goes on, as often as they are worth: on a terminal each at once (they rewrite one line); elsewhere, where each is a
 * line of its own, the latest one after every `seconds` in which nothing else was told. `lineShown` is called for other lines.
 */
export function calmNotes(show: (text: string) => void, live: boolean, seconds = 15) {
    if (live) return { note: show, lineShown: () => {}, end: () => {} };
    let latest: string | undefined;
    const timer = setInterval(() => {
        if (latest !== undefined) show(latest);
        latest = undefined;
    }, seconds * 1000);
    return {
        note(text: string) {
            latest = text;
        },
        lineShown: () => void timer.refresh(),
        end: () => clearInterval(timer),
    };
}

/** Whether progress rewrites its line (support/progress.ts goes by the same). */
export const isLive = () => process.stderr.isTTY === true && process.env.CI !== "true";
