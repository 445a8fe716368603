import {
    collectionLost,
    lostSamples,
    readErrors,
    rebuildTime,
    recovery,
    replicaHoles,
    writeErrors,
    writeGap,
    wrongSamples,
} from "../judge/index.ts";
import { dbnodeOn, heal, m3dbNode, observe, rebuild, scenario, warmUp, wipe } from "../steps/index.ts";

const wiped = dbnodeOn(m3dbNode());

/** The stack's namespaces have repair off: the hole stays, behind reads that are right, until the replica is rebuilt. */
export const replicaHole = scenario({
    name: "replica-hole",
    question:
        "A database node loses its data: do readers notice, what does its replica lack, and how long does it take to have all of it again?",
    load: { series: 5_000, interval: "5s" },
    shortLoad: { series: 2_000 },
    reads: { perSecond: 1 },
    steps: [
        warmUp("3m", "60s"),
        wipe(wiped),
        observe("1m", "15s"),
        heal(),
        observe("3m", "30s"),
        rebuild(wiped),
        observe("1m", "15s"),
    ],
    judge: [
        lostSamples.is(0),
        wrongSamples.is(0),
        writeErrors.is(0),
        readErrors.is(0),
        writeGap.atMost(5),
        recovery.atMost(180),
        rebuildTime.atMost(600),
        replicaHoles.is(0),
        collectionLost.is(0),
    ],
});
