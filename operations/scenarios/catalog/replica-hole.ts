import {
    collectionLost,
    lostSamples,
    readErrors,
    recovery,
    replicaHoles,
    writeErrors,
    writeGap,
    wrongSamples,
} from "../judge/index.ts";
import { dbnodeOn, heal, m3dbNode, observe, scenario, warmUp, wipe } from "../steps/index.ts";

/** Nothing is repaired here: the stack's namespaces have repair off, and the hole is there to be seen behind reads that are right. */
export const replicaHole = scenario({
    name: "replica-hole",
    question: "A database node loses its data: do readers notice, and what does its replica lack afterwards?",
    load: { series: 5_000, interval: "5s" },
    shortLoad: { series: 2_000 },
    reads: { perSecond: 1 },
    steps: [warmUp("3m", "45s"), wipe(dbnodeOn(m3dbNode())), observe("1m", "15s"), heal(), observe("3m", "30s")],
    judge: [
        lostSamples.is(0),
        wrongSamples.is(0),
        writeErrors.is(0),
        readErrors.is(0),
        writeGap.atMost(5),
        recovery.atMost(180),
        collectionLost.is(0),
        replicaHoles.reported(),
    ],
});
