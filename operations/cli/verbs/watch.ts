import { createProgress } from "../../../support/progress.ts";
import { watchOptions } from "../../watch/options.ts";
import { exitCodes } from "../exit.ts";
import { outputGone } from "../readers.ts";
import type { Values } from "../verbs.ts";

/** What each way of watching needs is imported when it is used: a replay needs no cluster, and only a plot draws. */
export async function main(values: Values): Promise<number> {
    const options = watchOptions(values);
    // What it shows is seen by nobody. Nothing is half done: lines of a log are written whole, and whatever shows lets the terminal go.
    outputGone.addEventListener("abort", () => process.exit(exitCodes.ok));
    if (options.plot) {
        const { plotLog } = await import("../../watch/plot/index.ts");
        const { samples, broken } = await plotLog(options.plot.file, options.plot.out);
        const left = broken > 0 ? `, ${broken} lines that are no samples left out` : "";
        console.error(`${options.plot.out}: ${samples} samples${left}`);
        return exitCodes.ok;
    }
    if (options.replay) {
        const { replay } = await import("../../watch/replay.ts");
        return await replay(options.replay.file, options.replay.speed, options.json);
    }
    const { reach } = await import("../../stack/reach.ts");
    const { watchLive } = await import("../../watch/live.ts");
    const progress = createProgress();
    return await watchLive(options, await reach(values, progress.say));
}
