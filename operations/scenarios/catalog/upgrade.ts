import {
    collectionGap,
    collectionLost,
    lostSamples,
    nodesLost,
    oomKills,
    readErrors,
    recovery,
    remoteWriteLag,
    replicaHoles,
    writeErrors,
    writeGap,
    writeP99,
    wrongSamples,
} from "../judge/index.ts";
import { changeSettings, heal, observe, scenario, warmUp } from "../steps/index.ts";

/**
 * A setting that every database pod is started with, and that changes nothing else: each replica is rolled, one at a time, as it would
 * be for another version. `heal` changes it back, which rolls them once more.
 */
export const upgrade = scenario({
    name: "upgrade",
    question: "Does a change that restarts every M3DB replica go through under load without a lost sample?",
    load: { series: 5_000, interval: "5s" },
    shortLoad: { series: 2_000 },
    reads: { perSecond: 1 },
    steps: [
        warmUp("2m", "20s"),
        changeSettings("roll every database pod", { "m3db.env": { M3PERF_UPGRADE: "1" } }),
        observe("2m", "20s"),
        heal(),
        observe("2m", "20s"),
    ],
    judge: [
        lostSamples.is(0),
        wrongSamples.is(0),
        writeErrors.is(0),
        writeGap.atMost(5),
        collectionGap.prometheus.is(0),
        collectionGap.m3.is(0),
        collectionLost.is(0),
        recovery.atMost(180),
        nodesLost.is(0),
        oomKills.is(0),
        readErrors.reported(),
        writeP99.reported(),
        remoteWriteLag.reported(),
        replicaHoles.reported(),
    ],
});
