import {
    cpuMean,
    generatorShare,
    kneeRate,
    lostSamples,
    memoryPeak,
    oomKills,
    remoteWriteLag,
    writeErrors,
    writeP99,
    wrongSamples,
} from "../judge/index.ts";
import { ramp, scenario } from "../steps/index.ts";

/** The knee is asked for, not set: what has to hold is that nothing acknowledged is lost on the way to it. */
export const capacity = scenario({
    name: "capacity",
    question: "How many samples a second does M3 take before it refuses or lags, and what is at its limit then?",
    load: null,
    freshRepeats: true,
    steps: [
        ramp({
            from: 500,
            factor: 1.5,
            to: 200_000,
            interval: "5s",
            each: "60s",
            short: { each: "21s", to: 6_000 },
        }),
    ],
    judge: [
        kneeRate.reported(),
        lostSamples.is(0),
        wrongSamples.is(0),
        oomKills.reported(),
        writeP99.reported(),
        writeErrors.reported(),
        remoteWriteLag.reported(),
        generatorShare.reported(),
        cpuMean("dbnode").reported(),
        cpuMean("coordinator").reported(),
        memoryPeak("dbnode").reported(),
        memoryPeak("coordinator").reported(),
    ],
});
