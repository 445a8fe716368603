import {
    collectionGap,
    collectionLost,
    lostSamples,
    nodesLost,
    oomKills,
    recovery,
    remoteWriteLag,
    replicaHoles,
    throughput,
    writeErrors,
    writeGap,
    writeP99,
    wrongSamples,
} from "../judge/index.ts";
import { cutOff, heal, inFull, m3dbNode, observe, powerOff, scenario, stopKubelet, warmUp } from "../steps/index.ts";

/** The manual run's own question, and the two harder ones that come after it. */
export const nodeFailure = scenario({
    name: "node-failure",
    question:
        "Does collection go on when a node with M3DB and etcd fails: its kubelet stops, its power goes, its network is cut?",
    load: { series: 5_000, interval: "5s", churn: 5 },
    shortLoad: { series: 2_000 },
    reads: { perSecond: 1 },
    steps: [
        warmUp("2m", "15s"),
        stopKubelet(m3dbNode()),
        observe("5m", "60s"),
        heal(),
        observe("2m", "30s"),
        ...inFull(powerOff(m3dbNode()), observe("3m"), heal(), observe("3m")),
        ...inFull(cutOff(m3dbNode()), observe("3m"), heal(), observe("3m")),
    ],
    judge: [
        lostSamples.is(0),
        wrongSamples.is(0),
        collectionGap.prometheus.is(0),
        collectionGap.m3.atMost(30),
        collectionLost.is(0),
        writeErrors.is(0),
        writeGap.atMost(5),
        recovery.atMost(120),
        nodesLost.is(0),
        oomKills.is(0),
        replicaHoles.reported(),
        remoteWriteLag.reported(),
        writeP99.reported(),
        throughput.reported(),
    ],
});
