import {
    cpuMean,
    lostSamples,
    memoryPeak,
    oomKills,
    restarts,
    throughput,
    writeErrors,
    writeP99,
    wrongSamples,
} from "../judge/index.ts";
import { observe, scenario, warmUp } from "../steps/index.ts";

/** That aggregated values are right is verify's check data.aggregated, before and after. */
export const aggregation = scenario({
    name: "aggregation",
    question: "What does aggregation cost beside the same writes, in CPU, memory and latency?",
    load: { series: 5_000, interval: "5s", tenants: 4 },
    shortLoad: { series: 2_000 },
    reads: { perSecond: 1 },
    steps: [warmUp("2m", "20s"), observe("5m", "60s")],
    judge: [
        lostSamples.is(0),
        wrongSamples.is(0),
        writeErrors.is(0),
        oomKills.is(0),
        restarts.is(0),
        throughput.reported(),
        writeP99.reported(),
        cpuMean("aggregator").reported(),
        cpuMean("coordinator").reported(),
        cpuMean("dbnode").reported(),
        memoryPeak("aggregator").reported(),
        memoryPeak("dbnode").reported(),
    ],
});
