import assert from "node:assert/strict";
import {
    collectionLost,
    generatorShare,
    lostSamples,
    readErrors,
    readP99,
    replicaHoles,
    throughput,
    writeP99,
    wrongSamples,
} from "../../../operations/scenarios/judge/index.ts";
import type { Collection, CopyResult, ReadBack, RunData, Verdict } from "../../../operations/scenarios/types.ts";
import { at, intervals, one, record, run } from "./planted.ts";

const nothing: CopyResult = { found: 0, missing: 0, doubled: 0, wrong: 0, unasked: 0, gaps: [], examples: [] };
const readBack = (change: Partial<ReadBack>): RunData =>
    run({
        readBack: {
            v: 1,
            at: at(90),
            checked: 1000,
            acknowledged: 1000,
            merged: { ...nothing, found: 1000 },
            replicas: { "m3-cluster-rep0-0": { ...nothing, found: 1000, series: 10 } },
            ...change,
        },
    });
const notMeasured = ({ ok, value, measured }: Verdict) =>
    assert.deepEqual([ok, value, measured], [false, null, "not measured"]);

describe("scenarios: a figure comes from the numbers that it names", () => {
    it("queries' times from queries, writes' from writes", () => {
        const data = run({
            load: intervals(0, 60, { latency: [[10_000, 1]] }),
            reads: intervals(0, 60, { kind: "read", latency: [[900_000, 1]], refused: 2, acknowledged: 98 }),
        });
        const [write, read] = [one(writeP99.reported(), data), one(readP99.reported(), data)];
        assert.ok(Number(write.value) < 12, String(write.value));
        assert.ok(Number(read.value) > 850, String(read.value));
        assert.equal(one(readErrors.reported(), data).value, 120);
        notMeasured(one(readP99.atMost(1000), run({ load: intervals(0, 60) })));
    });

    it("throughput is what was acknowledged, and a generator's share is of time, whatever an interval's length", () => {
        const load = intervals(0, 60, { seconds: 2, intended: 100, acknowledged: 70, refused: 30, cpuSeconds: 0.5 });
        assert.deepEqual(
            [throughput, generatorShare].map((figure) => one(figure.reported(), run({ load })).measured),
            ["35 of 50 samples/s", "0.25 cores"],
        );
    });
});

describe("scenarios: nothing compared is nothing proven", () => {
    it("no acknowledged sample asked back", () => {
        const data = readBack({ checked: 0, acknowledged: 0, merged: nothing, replicas: {} });
        notMeasured(one(lostSamples.is(0), data));
        notMeasured(one(wrongSamples.is(0), data));
        notMeasured(one(replicaHoles.is(0), data));
    });

    it("no read-back at all", () => {
        for (const figure of [lostSamples, wrongSamples, replicaHoles]) notMeasured(one(figure.is(0), run()));
    });

    it("no replica asked, or one that was not read", () => {
        assert.equal(one(replicaHoles.is(0), readBack({})).ok, true);
        notMeasured(one(replicaHoles.is(0), readBack({ replicas: {} })));
        notMeasured(one(replicaHoles.is(0), readBack({ unread: ["m3-cluster-rep1-0: no answer"] })));
    });

    it("M3, or Prometheus, that did not answer for what was collected", () => {
        const side = { series: 10, samples: 40, widest: null };
        const collection: Collection = {
            from: at(0),
            to: at(60),
            intervalSeconds: 15,
            lost: 0,
            prometheus: side,
            m3: side,
        };
        const of = (change: Partial<Collection>) =>
            one(collectionLost.is(0), run({ run: { ...record, collection: { ...collection, ...change } } }));
        assert.equal(of({}).ok, true);
        notMeasured(of({ m3: { ...collection.m3, error: "HTTP 503" } }));
        notMeasured(of({ prometheus: { ...collection.prometheus, error: "HTTP 503" } }));
        notMeasured(of({ prometheus: { ...collection.prometheus, samples: 0 } }));
        notMeasured(one(collectionLost.is(0), run()));
    });
});
