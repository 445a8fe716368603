/** What the end-to-end tests of M3DB's settings see of the database pods. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Kubernetes } from "../../operations/access/kubernetes.ts";

export const pods = [0, 1, 2].map((index) => `m3-cluster-rep${index}-0`);

/** Go heap in use after a collection, and resident memory, of each database pod. */
export function memory(kubernetes: Kubernetes): Promise<string[]> {
    return Promise.all(
        pods.map(async (pod) => {
            const heap = await kubernetes.pod("m3db", pod, 9004, "/debug/pprof/heap", {
                query: { debug: "1", gc: "1" },
            });
            const metrics = await kubernetes.pod("m3db", pod, 7203, "/metrics");
            const mebibytes = (text: string, pattern: RegExp) =>
                Math.round(Number(pattern.exec(text)?.[1] ?? 0) / 2 ** 20);
            const inUse = mebibytes(heap.body, /^# HeapInuse = (\d+)/m);
            const resident = mebibytes(metrics.body, /^process_resident_memory_bytes (\S+)/m);
            return `${pod} heap ${inUse} MiB, resident ${resident} MiB`;
        }),
    );
}

/** Looks at the database pods about twice a second: how many do not serve at once, and in which order they went. */
export function watch(kubernetes: Kubernetes) {
    const seen = { order: [] as string[], most: 0, rounds: 0, stop: async () => {} };
    let going = true;
    const look = async () => {
        const serving = await Promise.all(
            pods.map(async (pod) => (await kubernetes.pod("m3db", pod, 9002, "/bootstrapped")).status === 200),
        );
        const away = pods.filter((_, index) => !serving[index]);
        seen.most = Math.max(seen.most, away.length);
        for (const pod of away) if (seen.order.at(-1) !== pod) seen.order.push(pod);
        seen.rounds += 1;
    };
    const looking = (async () => {
        while (going) {
            await look().catch(() => {}); // the API server may be slow for a moment: the next look counts
            await sleep(500);
        }
    })();
    seen.stop = () => {
        going = false;
        return looking;
    };
    return seen;
}
