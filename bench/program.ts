/**
 * `npm run bench:program [-- --runs 9]`: preview and no-op up of m3perf's program beside its floors (floors.ts), like the first part of
 * `npm run bench`, but on a real API server with played pods: with no M3 at work on the same cores, small differences can be seen.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Session } from "../operations/stack/session.ts";
import { messageOf } from "../support/errors.ts";
import { prepareTools } from "../test/support/binaries.ts";
import { playSite } from "../test/support/played-site.ts";
import { measureFloors } from "./floors.ts";
import { median, renderMeasured } from "./statistics.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "9" } } });
const folder = await mkdtemp(join(tmpdir(), "m3perf-bench-"));
try {
    await prepareTools();
    const played = await playSite({ stack: "bench" });
    try {
        const { code, stdout, stderr } = await played.stack.pulumi(["up", "--yes", "--skip-preview"], 300);
        if (code !== 0) throw new Error(stdout + stderr);
        const { env, configFile } = played.stack;
        const session = { project: "m3perf", stack: "bench", env, configFile } as Session;
        console.log(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`);
        const found = await measureFloors(session, folder, Number(values.runs), (text) => console.error(text));
        console.log(renderMeasured(found));
        for (const at of [0, 3]) {
            const [ours, flat, empty] = found.slice(at, at + 3).map(({ seconds }) => median(seconds));
            const ratio = (floor: number | undefined) => ((ours ?? 0) / (floor ?? 1)).toFixed(2);
            console.log(`${found[at]?.what}: ${ratio(flat)} x flat, ${ratio(empty)} x empty`);
        }
        await played.stack.pulumi(["destroy", "--yes", "--skip-preview"], 300);
    } finally {
        await played.stop();
    }
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
} finally {
    await rm(folder, { recursive: true, force: true });
}
