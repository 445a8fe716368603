import {
    cpuMean,
    lostSamples,
    memoryPeak,
    oomKills,
    readErrors,
    readP99,
    throughput,
    writeErrors,
    writeP99,
    wrongSamples,
} from "../judge/index.ts";
import { observe, scenario, warmUp } from "../steps/index.ts";

/** The same for both stacks, so that `m3perf report compare` shows what the split is worth. */
export const heavyQueries = (name: "split" | "integrated", who: string) =>
    scenario({
        name,
        question: `Do heavy queries disturb writes where ${who} answer them?`,
        load: { series: 5_000, interval: "5s" },
        shortLoad: { series: 2_000 },
        reads: { perSecond: 10 },
        steps: [warmUp("2m", "20s"), observe("5m", "60s")],
        judge: [
            lostSamples.is(0),
            wrongSamples.is(0),
            writeErrors.is(0),
            oomKills.is(0),
            readErrors.reported(),
            writeP99.reported(),
            readP99.reported(),
            throughput.reported(),
            cpuMean("coordinator").reported(),
            cpuMean("query").reported(),
            memoryPeak("coordinator").reported(),
            memoryPeak("query").reported(),
        ],
    });
