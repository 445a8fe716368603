import {
    collectionGap,
    collectionLost,
    lostSamples,
    memoryPeak,
    oomKills,
    remoteWriteLag,
    restarts,
    throughput,
    writeErrors,
    writeGap,
    writeP99,
    wrongSamples,
} from "../judge/index.ts";
import { scenario, write } from "../steps/index.ts";

/** The stack sets limits; too many new series at once run into them. What is refused is told; what has to hold is everything else. */
export const limits = scenario({
    name: "limits",
    question:
        "Too many new series at once: is what is too much refused, and is what is acknowledged kept, with nothing killed?",
    load: null,
    steps: [
        write("within the limits", { series: 5_000, interval: "10s" }, "2m", "30s"),
        write("too many new series", { series: 100_000, interval: "10s", churn: 600 }, "3m", "45s"),
        write("within the limits again", { series: 5_000, interval: "10s" }, "2m", "30s"),
    ],
    judge: [
        lostSamples.is(0),
        wrongSamples.is(0),
        oomKills.is(0),
        restarts.is(0),
        collectionGap.prometheus.is(0),
        collectionLost.is(0),
        writeErrors.reported(),
        writeGap.reported(),
        writeP99.reported(),
        throughput.reported(),
        remoteWriteLag.reported(),
        memoryPeak("dbnode").reported(),
        memoryPeak("coordinator").reported(),
    ],
});
