/**
 * Progress of long work, for a person: what is done, what goes on, what is to come. On a terminal the running step's
 * line is rewritten; elsewhere each step prints a line when it begins, one when it ends, and between them what goes on every ten
 * seconds at most. Writes to stderr.
 */
export interface Progress {
    /** Announces the steps to come, in order, so that "3 of 9" can be shown. */
    plan(titles: string[]): void;
    /** Runs one step; its time is kept. `note` tells what goes on inside it. */
    step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
    /** A line that stays. */
    say(text: string): void;
    /** Seconds by step, in order of their ends. */
    readonly timings: { title: string; seconds: number }[];
}

const leave = () => {};

/**
 * Writes to a stream that fail since its reader has gone are left at that: an "error" event that nobody listens to would end the process.
 * Again for the same stream, it changes nothing.
 */
export function outliveReader(out: NodeJS.WritableStream): void {
    if (!out.listeners("error").includes(leave)) out.on("error", leave);
}

/** The work that is told of goes on when nobody reads any more. */
export function createProgress(out: NodeJS.WriteStream = process.stderr): Progress {
    outliveReader(out);
    const live = out.isTTY === true && process.env.CI !== "true";
    let planned: string[] = [];
    let begun = 0;
    const timings: { title: string; seconds: number }[] = [];
    const line = (text: string) => out.write(live ? `\r\x1b[K${text}` : `${text}\n`);
    return {
        timings,
        plan(titles) {
            planned = titles;
            begun = 0;
            if (titles.length > 1) out.write(`${titles.length} steps: ${titles.join(", ")}\n`);
        },
        say(text) {
            out.write(live ? `\r\x1b[K${text}\n` : `${text}\n`);
        },
        async step(title, work) {
            begun += 1;
            const count = planned.length > 1 ? `[${Math.min(begun, planned.length)}/${planned.length}] ` : "";
            const start = performance.now();
            const seconds = () => (performance.now() - start) / 1000;
            let noted = "";
            const show = () => line(`${count}${title} … ${live ? `${seconds().toFixed(0)} s ` : ""}${noted}`.trimEnd());
            show();
            let shownAt = start;
            const ticker = live ? setInterval(show, 1000) : undefined;
            try {
                const result = await work((text) => {
                    if (text === noted) return;
                    noted = text;
                    if (!live && performance.now() - shownAt < 10_000) return;
                    shownAt = performance.now();
                    show();
                });
                timings.push({ title, seconds: seconds() });
                out.write(`${live ? "\r\x1b[K" : ""}${count}${title}: done in ${seconds().toFixed(1)} s\n`);
                return result;
            } catch (error) {
                out.write(`${live ? "\r\x1b[K" : ""}${count}${title}: failed after ${seconds().toFixed(1)} s\n`);
                throw error;
            } finally {
                clearInterval(ticker);
            }
        },
    };
}
