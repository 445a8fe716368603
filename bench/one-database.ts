/** What the benchmarks of one database on loopback share: its settings as a pod has them, a load on it, what its process has used. */
import { readFileSync } from "node:fs";
import type { LoadTexts } from "../agent/load/options.ts";
import { planFrom } from "../agent/load/plan.ts";
import type { LoadInterval } from "../agent/load/types.ts";
import { goMemoryLimit } from "../components/manifests.ts";
import { startLoad } from "../operations/load/child.ts";
import { wrongLoad } from "../operations/load/plan.ts";
import type { MiniCluster } from "../test/contract/m3/mini-cluster.ts";

/** What `up` deploys for a pod of 2112Mi (components/m3/cluster-manifests.ts, settings/size). */
export const deployed = { GOGC: "75", GOMEMLIMIT: goMemoryLimit(2112, 80).value };

/** Starts a load by its options; `lines` fill while it runs, `ended` is its process's end, `stop` asks for it. `each` is told every line as it comes. */
export function loadBy(texts: LoadTexts, folder: string, each: (lines: LoadInterval[]) => void = () => {}) {
    const { plan, problems } = planFrom(texts, { hostname: "bench", now: new Date() });
    if (!plan) throw wrongLoad(problems);
    const lines: LoadInterval[] = [];
    const { ended, stop } = startLoad(plan, folder, (line) => {
        lines.push(line);
        each(lines);
    });
    return { plan, lines, ended, stop };
}

export const remoteWriteAt = (port: number) => `http://127.0.0.1:${port}/api/v1/prom/remote/write`;

/** The same, of series of its own through the coordinator. */
export function loadOn(
    cluster: MiniCluster,
    { series, intervalSeconds, seconds }: { series: number; intervalSeconds: number; seconds: number },
    folder: string,
) {
    const texts = { series: String(series), interval: `${intervalSeconds}s`, duration: `${seconds}s` };
    return loadBy({ ...texts, "remote-url": remoteWriteAt(cluster.ports.coordinator) }, folder);
}

/** CPU seconds of a process so far, and the most that it had resident, in MiB (Linux: /proc). */
export function usageOf(pid: number): { cpu: number; kernel: number; peakMi: number } {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    const [user, kernel] = [Number(fields[11]) / 100, Number(fields[12]) / 100];
    return { cpu: user + kernel, kernel, peakMi: Number(peak) / 1024 };
}
