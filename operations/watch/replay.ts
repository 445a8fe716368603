import { basename } from "node:path";
import { exitCodes } from "../cli/exit.ts";
import { wantsColor } from "../cli/output.ts";
import { untilEnded } from "./ending.ts";
import { readLog } from "./log/read.ts";
import type { Sample } from "./sample.ts";
import { openShow } from "./show.ts";

/** Shows a log's samples as they were, each at its own time; without waiting where there is no terminal. Returns the exit code. */
export async function replay(file: string, speed: number, json: boolean): Promise<number> {
    const ending = untilEnded();
    const live = process.stdout.isTTY === true && process.env.TERM !== "dumb" && !json;
    const times = speed === 1 ? "" : `, ${speed} times as fast`;
    let over = false;
    const read = { samples: 0, broken: 0 };
    const show = openShow({
        output: process.stdout,
        input: process.stdin,
        json,
        live,
        color: wantsColor(process.stdout),
        mode: () => `replay of ${basename(file)}${times}${over ? ", at its end" : ""}; q quits`,
        quit: () => ending.end(exitCodes.ok),
        interrupt: () => ending.end(exitCodes.interrupted),
    });
    try {
        let before: Sample | undefined;
        for await (const sample of readLog(file, read)) {
            if (live && before) await ending.wait(pauseMs(before, sample, speed));
            if (ending.signal.aborted) break;
            show.sample(sample);
            before = sample;
        }
        if (live && !ending.signal.aborted) {
            over = true;
            show.again();
            // The last screen stays until a key or a signal.
            while (!ending.signal.aborted) await ending.wait(3_600_000);
        }
    } finally {
        show.close();
        ending.close();
    }
    if (read.broken > 0) console.error(`${file}: ${read.broken} lines are no samples and were left out`);
    return ending.code();
}

/** How long to wait between two samples; a time in which nobody watched is not waited for. Pure. */
export function pauseMs(before: Sample, after: Sample, speed: number): number {
    const longest = 3000 * after.intervalSeconds;
    return Math.min(Math.max(after.at - before.at, 0), longest) / speed;
}
