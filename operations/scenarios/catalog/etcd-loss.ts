import {
    collectionGap,
    collectionLost,
    lostSamples,
    oomKills,
    recovery,
    remoteWriteLag,
    replicaHoles,
    writeErrors,
    writeGap,
    writeP99,
    wrongSamples,
} from "../judge/index.ts";
import { heal, loseEtcdMembers, observe, restartAll, scenario, warmUp } from "../steps/index.ts";

/** Without quorum the data path goes on; what starts then does not come up (facts.md 4). */
export const etcdLoss = scenario({
    name: "etcd-loss",
    question:
        "What goes on with one, then two of three etcd members gone, what of it survives a restart, and what comes back by itself?",
    load: { series: 5_000, interval: "5s" },
    shortLoad: { series: 2_000 },
    reads: { perSecond: 1 },
    steps: [
        warmUp("1m", "15s"),
        loseEtcdMembers(1),
        observe("2m", "30s"),
        loseEtcdMembers(1),
        observe("2m", "30s"),
        restartAll("coordinator"),
        observe("1m", "30s"),
        heal(),
        observe("3m", "60s"),
    ],
    judge: [
        lostSamples.is(0),
        wrongSamples.is(0),
        collectionGap.prometheus.is(0),
        // Prometheus keeps what it cannot send for hours: late is not lost.
        collectionGap.m3.is(0),
        collectionLost.is(0),
        recovery.atMost(180),
        oomKills.is(0),
        // With every coordinator restarted and no quorum, nobody takes writes: told, not asked.
        writeGap.reported(),
        writeErrors.reported(),
        writeP99.reported(),
        remoteWriteLag.reported(),
        replicaHoles.reported(),
    ],
});
