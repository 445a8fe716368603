import {
    collectionLost,
    foreignSeries,
    lostSamples,
    oomKills,
    posedSamples,
    readErrors,
    readP99,
    replicaHoles,
    throughput,
    unseenSeries,
    writeErrors,
    writeP99,
    wrongSamples,
} from "../judge/index.ts";
import { observe, readAndWriteAsEach, scenario, warmUp } from "../steps/index.ts";

/** Each identity of the stack that writes is a tenant of the load, and sends through the gateway with its own token. */
export const multiCluster = scenario({
    name: "multi-cluster",
    question:
        "Several clusters in one M3: is each told from the others, and does it see and write nothing but its own?",
    load: { series: 5_000, interval: "5s" },
    shortLoad: { series: 2_000 },
    reads: { perSecond: 1 },
    steps: [warmUp("2m", "20s"), readAndWriteAsEach(), observe("5m", "40s"), readAndWriteAsEach()],
    judge: [
        foreignSeries.is(0),
        unseenSeries.is(0),
        posedSamples.is(0),
        lostSamples.is(0),
        wrongSamples.is(0),
        writeErrors.is(0),
        collectionLost.is(0),
        oomKills.is(0),
        readErrors.reported(),
        throughput.reported(),
        writeP99.reported(),
        readP99.reported(),
        replicaHoles.reported(),
    ],
});
