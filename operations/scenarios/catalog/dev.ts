import {
    collectionGap,
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

/** Smoke: nothing is broken, so everything has to hold. */
export const dev = scenario({
    name: "dev",
    question: "Does the whole environment take samples, keep them and give them back?",
    load: { series: 5_000, interval: "5s", churn: 5 },
    shortLoad: { series: 2_000 },
    reads: { perSecond: 1 },
    steps: [warmUp("1m", "15s"), observe("3m", "45s")],
    judge: [
        lostSamples.is(0),
        wrongSamples.is(0),
        writeErrors.is(0),
        collectionGap.prometheus.is(0),
        collectionGap.m3.is(0),
        oomKills.is(0),
        restarts.is(0),
        throughput.reported(),
        writeP99.reported(),
        memoryPeak("dbnode").reported(),
    ],
});
