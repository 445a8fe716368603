import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { firstProcessor, tellsItsCore } from "../../lab/cluster/processor.ts";
import { binary } from "./binaries.ts";

/**
 * Words that start an executable as a container of the lab would: where m3dbnode must not ask the processor for its core
 * (lab/cluster/processor.ts), with one processor in its own /proc/cpuinfo. `folder`: of the test, for the file. The process that is
 * spawned becomes the executable, so signals reach it; its mount goes with it.
 */
export function m3Command(name: string, folder: string): [string, ...string[]] {
    const cpuinfo = readFileSync("/proc/cpuinfo", "utf8");
    if (name !== "m3dbnode" || tellsItsCore(cpuinfo)) return [binary(name)];
    const file = join(folder, "cpuinfo");
    writeFileSync(file, firstProcessor(cpuinfo));
    const script = 'mount --bind "$0" /proc/cpuinfo && exec "$@"';
    return ["unshare", "--mount", "sh", "-c", script, file, binary(name)];
}
