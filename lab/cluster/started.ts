import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "./files.ts";

/**
 * Starts a service unless it runs as it is `wanted` (a digest of command line and configuration); one that runs otherwise is
 * restarted. What it runs with is noted in its `unit` folder only after the start: an `up` that wrote new files and was
 * killed before the restart leaves the restart to the next one.
 */
export async function startAs(
    unit: string,
    wanted: string,
    runs: boolean,
    start: (verb: "start" | "restart") => Promise<void>,
): Promise<"running" | "started"> {
    const note = join(unit, "started");
    if (runs && (await readFile(note, "utf8").catch(() => "")) === wanted) return "running";
    await start(runs ? "restart" : "start");
    await writeWhole(note, wanted);
    return "started";
}
