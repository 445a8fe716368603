import {
    collectionGap,
    evictions,
    lostSamples,
    memoryPeak,
    nodesLost,
    oomKills,
    restarts,
    throughput,
    writeErrors,
    writeGap,
    writeP99,
    wrongSamples,
} from "../judge/index.ts";
import { observe, scenario, warmUp, write } from "../steps/index.ts";

/** Their ids are of 6 KiB: memory is gone before the time that new series take of two cores. */
const large = { labels: 30, labelBytes: 200 };

/**
 * The same for both stacks: more and larger series, each of which M3DB keeps in memory, with nothing that holds its heap (the stacks' GOMEMLIMIT
 * is off), until it comes to its limit or the node to its end.
 */
export const memoryHungry = (name: "dedicated" | "colocated", where: string) =>
    scenario({
        name,
        question: `M3DB wants more memory than it should get, ${where}: what goes down with it?`,
        load: null,
        steps: [
            write("a calm start", { series: 5_000, interval: "10s" }, "1m", "20s"),
            write("many series", { series: 40_000, interval: "10s", churn: 400 }, "4m", "40s"),
            write("series with many long labels", { ...large, series: 60_000, interval: "30s" }, "4m", "90s"),
            warmUp("30s", "10s"),
            write("calm again", { series: 5_000, interval: "10s" }, "2m", "20s"),
            observe("1m", "10s"),
        ],
        judge: [
            nodesLost.is(0),
            lostSamples.is(0),
            wrongSamples.is(0),
            collectionGap.prometheus.is(0),
            oomKills.reported(),
            evictions.reported(),
            restarts.reported(),
            writeErrors.reported(),
            writeGap.reported(),
            writeP99.reported(),
            throughput.reported(),
            memoryPeak("dbnode").reported(),
            memoryPeak("etcd").reported(),
            memoryPeak("coordinator").reported(),
        ],
    });
