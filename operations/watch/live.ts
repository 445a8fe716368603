import { durationOf } from "../../settings/units.ts";
import { exitCodes } from "../cli/exit.ts";
import { wantsColor } from "../cli/output.ts";
import { followLab } from "../lab.ts";
import type { Reached } from "../stack/reach.ts";
import { openGet } from "./api.ts";
import { createCollector } from "./collector.ts";
import { untilEnded } from "./ending.ts";
import { openLog } from "./log/log.ts";
import type { WatchOptions } from "./options.ts";
import type { Sample } from "./sample.ts";
import { openShow } from "./show.ts";

/** Looks at an environment until it is ended; returns the exit code. Faults of the cluster are shown, not thrown. */
export async function watchLive(options: WatchOptions, { environment, session, config }: Reached): Promise<number> {
    const { intervalMs, forMs, usage, json } = options;
    const log = options.logs.length > 0 ? openLog(options.logs, options.rotation) : undefined;
    const ending = untilEnded();
    const { lab } = session;
    const collector = createCollector({
        environment,
        get: openGet(config),
        intervalMs,
        usage,
        lab: lab === null ? undefined : () => followLab(["usage", "--lab", lab, "--every", String(intervalMs / 1000)]),
        limit: (milliseconds) => AbortSignal.any([ending.signal, AbortSignal.timeout(milliseconds)]),
    });
    const show = openShow({
        output: process.stdout,
        input: process.stdin,
        json,
        live: process.stdout.isTTY === true && process.env.TERM !== "dumb",
        color: wantsColor(process.stdout),
        mode: () => `every ${durationOf(intervalMs / 1000)}; q quits`,
        log: () => log?.state(),
        now: Date.now,
        quit: () => ending.end(exitCodes.ok),
        interrupt: () => ending.end(exitCodes.interrupted),
    });
    // Ages go on while nothing answers.
    const clock = setInterval(show.again, 1000);
    const timer = forMs === undefined ? undefined : setTimeout(() => ending.end(exitCodes.ok), forMs);
    try {
        for (let next = performance.now(); !ending.signal.aborted; ) {
            const sample: Sample = await collector.tick();
            if (ending.signal.aborted) break; // its looks were cut off: that says nothing of the cluster
            log?.write(sample);
            show.sample(sample);
            next = Math.max(next + intervalMs, performance.now());
            await ending.wait(next - performance.now());
        }
    } finally {
        clearInterval(clock);
        clearTimeout(timer);
        show.close();
        log?.close();
        collector.close();
        ending.close();
    }
    if (log) console.error(log.state());
    return ending.code();
}
