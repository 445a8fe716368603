import assert from "node:assert/strict";
import {
    collectionGap,
    collectionLost,
    kneeRate,
    lostSamples,
    memoryPeak,
    nodesLost,
    oomKills,
    recovery,
    remoteWriteLag,
    replicaHoles,
    restarts,
    wellAfter,
    writeErrors,
    writeGap,
    writeP99,
    wrongSamples,
} from "../../../operations/scenarios/judge/index.ts";
import { collectionOf } from "../../../operations/scenarios/run/collection.ts";
import type { Collection, CopyResult } from "../../../operations/scenarios/types.ts";
import { at, interval, intervals, look, node, one, phase, pod, record, run } from "./planted.ts";

const copy = (change: Partial<CopyResult> = {}): CopyResult => ({
    found: 1000,
    missing: 0,
    doubled: 0,
    wrong: 0,
    unasked: 0,
    gaps: [],
    examples: [],
    ...change,
});
const readBack = (merged: CopyResult, replicas: Record<string, CopyResult> = {}) => ({
    v: 1 as const,
    at: at(90),
    checked: 1000,
    acknowledged: 1000,
    merged,
    replicas: Object.fromEntries(Object.entries(replicas).map(([name, found]) => [name, { ...found, series: 10 }])),
});

describe("scenarios: verdicts from planted runs", () => {
    it("an objective holds or not; a figure without one is only told; what cannot be measured does not hold", () => {
        const well = run();
        assert.deepEqual(
            [one(writeErrors.is(0), well), one(writeErrors.atMost(3), well), one(writeErrors.atLeast(1), well)].map(
                ({ ok, objective }) => [ok, objective],
            ),
            [
                [true, "0 samples"],
                [true, "at most 3 samples"],
                [false, "at least 1 samples"],
            ],
        );
        const { ok, objective, title } = one(writeErrors.reported(), well);
        assert.deepEqual([ok, objective], [null, null]);
        assert.match(title, /did not acknowledge/);
        const none = one(writeErrors.is(0), run({ load: [] }));
        assert.deepEqual([none.ok, none.value, none.measured], [false, null, "not measured"]);
        assert.equal(one(writeErrors.reported(), run({ load: [] })).ok, null);
    });

    it("writes: every sample that was not acknowledged counts, with the commonest errors", () => {
        const bad = interval(30, { acknowledged: 70, refused: 10, unknown: 15, unsent: 5, errors: { "HTTP 500": 10 } });
        const verdict = one(writeErrors.is(0), run({ load: [...intervals(0, 29), bad] }));
        assert.deepEqual([verdict.ok, verdict.value, verdict.why], [false, 30, "10 × HTTP 500"]);
    });

    it("p99 is of all answers together, not of one second", () => {
        const load = [...intervals(0, 98), interval(99, { latency: [[2_000_000, 2]] })];
        const { value, ok } = one(writeP99.atMost(500), run({ load }));
        assert.equal(ok, false);
        assert.ok(value !== null && value >= 2000 && value < 2100, String(value));
    });

    it("samples: lost, doubled and wrong ones, and holes behind healthy reads", () => {
        const gap = { from: at(10), to: at(40), samples: 30 };
        const data = run({
            readBack: readBack(
                copy({ missing: 3, wrong: 1, doubled: 2, gaps: [gap], examples: ["slot 4: 7 instead of 8"] }),
                {
                    "m3-cluster-rep0-0": copy(),
                    "m3-cluster-rep1-0": copy({ found: 970, missing: 30, gaps: [gap] }),
                },
            ),
        });
        const lost = one(lostSamples.is(0), data);
        assert.deepEqual([lost.ok, lost.value], [false, 3]);
        assert.match(lost.why ?? "", /06:00:10 to 06:00:40/);
        const wrong = one(wrongSamples.is(0), data);
        assert.deepEqual([wrong.ok, wrong.value, wrong.why], [false, 3, "slot 4: 7 instead of 8"]);
        const holes = one(replicaHoles.reported(), data);
        assert.deepEqual([holes.ok, holes.value], [null, 30]);
        assert.match(holes.measured, /^m3-cluster-rep1-0 lacks 30 of 1000, 30 s from 06:00:10 UTC$/);
        assert.equal(one(lostSamples.is(0), run()).ok, false, "not read back: nothing is proven");
        const unread = { ...readBack(copy()), unread: ["m3-cluster-rep2-0: no answer"] };
        assert.equal(one(replicaHoles.is(0), run({ readBack: unread })).ok, false, "a replica that was not read");
        const onDisk = { ...readBack(copy(), { "m3-cluster-rep0-0": copy() }), replicasSince: at(0) };
        const unknown = one(replicaHoles.is(0), run({ readBack: onDisk }));
        assert.deepEqual([unknown.ok, unknown.measured], [false, "not measured"]);
        assert.match(unknown.why ?? "", /^samples before 06:00:00 UTC were on the replicas' disks/);
    });

    it("samples that are wrong in one replica alone, where readers do not see them", () => {
        const alone = copy({ wrong: 1, doubled: 3, examples: ["slot 5: 7 instead of 8"] });
        const data = run({ readBack: readBack(copy(), { "m3-cluster-rep0-0": copy(), "m3-cluster-rep1-0": alone }) });
        const wrong = one(wrongSamples.is(0), data);
        assert.deepEqual([wrong.ok, wrong.value, wrong.why], [false, 4, "slot 5: 7 instead of 8"]);
        assert.match(
            wrong.measured,
            /^0 wrong, 0 doubled, of \d+; in the copy of m3-cluster-rep1-0 alone 1 wrong, 3 doubled$/,
        );
    });

    it("tells what is not found while replicas are silent from what is gone", () => {
        const data = {
            ...readBack(copy({ found: 90, missing: 10 })),
            unread: ["rep1: slot 3: no answer", "rep0: refused"],
        };
        const lost = one(lostSamples.is(0), run({ readBack: data }));
        assert.equal(lost.ok, false);
        assert.match(
            lost.why ?? "",
            /not proven to be gone, since not every replica .* not read: rep1: slot 3: no answer; rep0: refused/,
        );
        const whole = { ...readBack(copy()), unread: ["rep1: no answer"] };
        assert.doesNotMatch(one(lostSamples.is(0), run({ readBack: whole })).why ?? "", /not proven/);
    });

    it("tells what queries do not find from what is gone", () => {
        const unseen = copy({ found: 100, missing: 900 });
        const judged = (held: CopyResult) =>
            one(lostSamples.is(0), run({ readBack: readBack(unseen, { rep0: held, rep1: held }) }));
        const hidden = judged(copy({ found: 99, missing: 1 }));
        assert.equal(hidden.ok, false);
        assert.match(hidden.why ?? "", /the replicas have 198 of the 200 copies .* queries do not find them/);
        assert.doesNotMatch(judged(copy({ found: 10, missing: 90 })).why ?? "", /queries/);
    });

    it("the gap in writes is the longest time in which something was due and nothing acknowledged", () => {
        const dead = { acknowledged: 0, refused: 100 };
        const load = [
            ...intervals(0, 10),
            ...intervals(10, 13, dead),
            ...intervals(13, 20),
            ...intervals(20, 27, dead),
        ];
        const { value, measured } = one(writeGap.atMost(5), run({ load }));
        assert.equal(value, 7);
        assert.match(measured, /06:00:20 to 06:00:27/);
        const idle = intervals(10, 20, { intended: 0, acknowledged: 0 });
        assert.equal(one(writeGap.is(0), run({ load: [...intervals(0, 10), ...idle] })).ok, true, "nothing was due");
        const pause = [
            ...intervals(0, 5, dead),
            ...intervals(5, 8, { intended: 0, acknowledged: 0 }),
            ...intervals(8, 9, dead),
        ];
        assert.equal(one(writeGap.is(0), run({ load: pause })).value, 9, "a pause does not end it");
    });

    it("collection: the gap on each side is beyond one interval; lost is counted", () => {
        const collection = (widest: number): Collection => ({
            from: at(0),
            to: at(300),
            intervalSeconds: 30,
            prometheus: { series: 8, samples: 80, widest: { seconds: 30, from: at(0), to: at(30), series: "job a" } },
            m3: {
                series: 8,
                samples: 76,
                widest: { seconds: widest, from: at(30), to: at(30 + widest), series: "job a" },
            },
            lost: 4,
        });
        const data = run({ run: { ...record, collection: collection(150) } });
        assert.equal(one(collectionGap.prometheus.is(0), data).ok, true);
        const m3 = one(collectionGap.m3.atMost(30), data);
        assert.deepEqual([m3.ok, m3.value], [false, 120]);
        assert.equal(
            one(collectionGap.m3.is(0), run({ run: { ...record, collection: collection(31) } })).ok,
            true,
            "jitter",
        );
        assert.deepEqual([one(collectionLost.is(0), data).ok, one(collectionLost.is(0), data).value], [false, 4]);
        assert.equal(one(collectionLost.is(0), run()).ok, false);
    });

    it("collection: what all series lack at the beginning or the end of the steps is a gap, too", () => {
        const values = (...seconds: number[]) => seconds.map((second): [number, string] => [at(second) / 1000, "1"]);
        const of = (instance: string, seconds: number[]) => ({
            metric: { job: "a", instance },
            values: values(...seconds),
        });
        const series = (...seconds: number[]) => of("b", seconds);
        const judged = (...all: ReturnType<typeof series>[]) => {
            const { collection } = collectionOf({ from: at(0), to: at(600) }, all, all, {});
            const data = run({ run: { ...record, collection }, events: [phase(100, 300), phase(300, 600)] });
            return [one(collectionGap.prometheus.is(0), data), one(collectionGap.m3.is(0), data)];
        };
        const every = (from: number, to: number) =>
            Array.from({ length: (to - from) / 30 + 1 }, (_, index) => from + index * 30);
        for (const verdict of judged(series(0, 30, 60))) {
            assert.deepEqual([verdict.ok, verdict.value], [false, 510]);
            assert.equal(verdict.why, "no series has a sample at the end, 06:01:00 to 06:10:00 UTC");
        }
        for (const { ok, value, why } of judged(series(...every(400, 580)))) {
            assert.deepEqual([ok, value], [false, 270]);
            assert.equal(why, "no series has a sample at the beginning, 06:01:40 to 06:06:40 UTC");
        }
        // The environment came up before the first step; the last scrape was late; one series ended and another began.
        for (const well of [[series(...every(130, 550))], [of("before", every(0, 300)), of("after", every(310, 580))]])
            for (const { ok, measured } of judged(...well)) assert.equal(ok, true, measured);
    });

    it("collection: without a sample nothing was lost, and nothing measured", () => {
        const { collection } = collectionOf({ from: at(0), to: at(600) }, [], [], {});
        const { ok, value, measured } = one(collectionLost.is(0), run({ run: { ...record, collection } }));
        assert.deepEqual([ok, value, measured], [false, null, "not measured"]);
    });

    it("recovery: from the heal until writes are back for good and every node and pod is well", () => {
        const heal = phase(30, 35, { kind: "heal", target: "worker-2" });
        const dead = { acknowledged: 10, refused: 90 };
        const load = [...intervals(0, 30, dead), ...intervals(30, 42, dead), ...intervals(42, 90)];
        const away = [node("worker-1"), node("worker-2", { ready: false, state: "NotReady" })];
        const watch = [look(30, { nodes: away }), look(35), look(40, { nodes: away }), look(45), look(50), look(55)];
        const events = [phase(5, 30, { kind: "fault", target: "worker-2" }), heal];
        const verdict = one(recovery.atMost(60), run({ events, load, watch }));
        assert.deepEqual([verdict.ok, verdict.value], [true, 15], "the last look that says otherwise is at 40 s");
        const never = one(recovery.atMost(60), run({ events, load: intervals(0, 90, dead), watch }));
        assert.deepEqual([never.ok, never.value], [false, null]);
        assert.match(never.measured, /not recovered/);
        const early = one(recovery.atMost(60), run({ events, load: intervals(0, 60), watch: [look(30), look(60)] }));
        assert.equal(early.value, 0);
    });

    it("resources: kills of this run, nodes that nobody failed on purpose, peaks", () => {
        const killed = { restarts: 2, lastEnd: "OOMKilled" };
        const watch = [
            look(0, { pods: [pod("old", { restarts: 2, lastEnd: "OOMKilled" }), pod("new")] }),
            look(5, {
                pods: [pod("old", killed), pod("new", { restarts: 1, lastEnd: "OOMKilled", memoryBytes: 1.5e9 })],
                nodes: [node("worker-1", { ready: false }), node("worker-2", { ready: false })],
            }),
        ];
        const data = run({ watch, events: [phase(1, 9, { kind: "fault", target: "worker-2" })] });
        assert.deepEqual([one(oomKills.is(0), data).value, one(oomKills.is(0), data).measured], [1, "1: new (1)"]);
        assert.deepEqual([one(nodesLost.is(0), data).value, one(nodesLost.is(0), data).measured], [1, "worker-1"]);
        assert.deepEqual([one(restarts.is(0), data).value, one(restarts.is(0), data).measured], [1, "new 1"]);
        assert.equal(one(memoryPeak("dbnode").reported(), data).value, Math.round(1.5e9 / 2 ** 20));
        const lag = [1, 7, 3].map((lagSeconds, index) => look(index * 5, { prometheus: prometheus(lagSeconds) }));
        assert.equal(one(remoteWriteLag.atMost(5), run({ watch: lag })).ok, false);
    });

    it("restarts of a pod that is made again by its name count from zero: a fall hides none of them", () => {
        const seen = (restarts: number, lastEnd: string | null = null) => pod("rep0", { restarts, lastEnd });
        const counts = [
            seen(2, "OOMKilled"),
            seen(0),
            seen(1, "OOMKilled"),
            seen(1, "OOMKilled"),
            seen(2, "OOMKilled"),
        ];
        const data = run({ watch: counts.map((one, index) => look(index * 5, { pods: [one] })) });
        const kills = one(oomKills.is(0), data);
        assert.deepEqual([kills.ok, kills.value, kills.measured], [false, 2, "2: rep0 (1), rep0 (2)"]);
        assert.deepEqual([one(restarts.is(0), data).value, one(restarts.is(0), data).measured], [2, "rep0 2"]);
        // Killed before the first look at what came in its place.
        const again = [seen(3), seen(1, "OOMKilled"), seen(2, "exit code 1")];
        const later = run({ watch: again.map((one, index) => look(index * 5, { pods: [one] })) });
        assert.deepEqual([one(oomKills.is(0), later).value, one(restarts.is(0), later).value], [1, 2]);
        const whole = run({
            watch: [look(0, { pods: [seen(3)] }), look(5, { pods: [] }), look(10, { pods: [seen(3)] })],
        });
        assert.equal(one(restarts.is(0), whole).value, 0);
    });

    it("a look that the API server did not answer says nothing of nodes and pods; where none was answered, nothing is measured", () => {
        const unknown = [
            node("worker-1", { state: "unknown", ready: false }),
            node("worker-2", { state: "unknown", ready: false }),
        ];
        const silent = look(0, { nodes: unknown, pods: [] });
        const before = { restarts: 2, lastEnd: "OOMKilled" };
        const known = [look(5, { pods: [pod("old", before)] }), look(10, { pods: [pod("old", before)] })];
        const late = run({ watch: [silent, ...known] });
        for (const objective of [nodesLost.is(0), oomKills.is(0), restarts.is(0)]) {
            const { ok, measured } = one(objective, late);
            assert.deepEqual([ok, measured], [true, "none"]);
            const never = one(objective, run({ watch: [silent, { ...silent, at: at(5) }] }));
            assert.deepEqual([never.ok, never.value, never.measured], [false, null, "not measured"]);
            assert.match(never.why ?? "", /the API server never told/);
        }
        const killed = [pod("old", before), pod("fresh", { restarts: 1, lastEnd: "OOMKilled" })];
        assert.equal(one(oomKills.is(0), run({ watch: [silent, ...known, look(15, { pods: killed })] })).value, 1);
        const lost = look(15, { nodes: [node("worker-1", { state: "missing", ready: false })] });
        assert.equal(one(nodesLost.is(0), run({ watch: [silent, ...known, lost] })).measured, "worker-1");
    });

    it("verify afterwards is an objective like the others", () => {
        const check = {
            id: "nodes.ready",
            system: "nodes" as const,
            title: "",
            seconds: 1,
            evidence: ["worker-2: away"],
        };
        const verdict = one(
            wellAfter.is(0),
            run({
                verifyAfter: [
                    { ...check, ok: false },
                    { ...check, ok: true },
                ],
            }),
        );
        assert.deepEqual([verdict.ok, verdict.measured], [false, "nodes.ready"]);
        assert.equal(one(wellAfter.is(0), run()).ok, false);
    });
});

describe("scenarios: the knee", () => {
    const rates = [phase(0, 10, { rate: 100 }), phase(10, 20, { rate: 200 }), phase(20, 30, { rate: 400 })];
    const held = [...intervals(0, 10), ...intervals(10, 20, { intended: 200, acknowledged: 200 })];

    it("is the last rate that held; the first one that did not says why, and what was at its limit", () => {
        const beyond = intervals(20, 30, { intended: 400, acknowledged: 350, refused: 50, latency: [[5_500_000, 1]] });
        const hot = (second: number) =>
            look(second, {
                nodes: [node("worker-4", { cpuCores: 1.9 }), node("worker-1")],
                pods: [pod("m3-cluster-rep0-0", { memoryBytes: 1.9e9 })],
            });
        const data = run({ events: rates, load: [...held, ...beyond], watch: [look(5), look(15), hot(25), hot(30)] });
        const { value, measured, why } = one(kneeRate.reported(), data);
        assert.equal(value, 200);
        assert.match(
            measured,
            /at 400: 500 samples refused, 88 % of the intended samples acknowledged, p99 5[56]\d\d ms/,
        );
        assert.equal(why, "CPU of worker-4 at 95 % of its limit; memory of m3-cluster-rep0-0 at 95 % of its limit");
    });

    it("a p99 over the bound is a knee by itself; so is one sample that is not sent", () => {
        const slow = intervals(20, 30, { intended: 400, acknowledged: 400, latency: [[5_100_000, 1]] });
        assert.match(
            one(kneeRate.reported(), run({ events: rates, load: [...held, ...slow] })).measured,
            /at 400: p99/,
        );
        const unsent = [...intervals(20, 29, { intended: 400, acknowledged: 400 }), interval(30, { unsent: 1 })];
        assert.match(
            one(kneeRate.reported(), run({ events: rates, load: [...held, ...unsent] })).measured,
            /1 samples not sent/,
        );
    });

    it("says so where there is none, and where there was no ramp", () => {
        const last = intervals(20, 30, { intended: 400, acknowledged: 400 });
        const none = one(kneeRate.reported(), run({ events: rates, load: [...held, ...last] }));
        assert.deepEqual([none.value, none.measured], [400, "400 samples/s, and no knee"]);
        assert.equal(one(kneeRate.reported(), run()).value, null);
    });

    it("on a lab the machine is what all nodes and the generator share", () => {
        const beyond = intervals(20, 30, { intended: 400, acknowledged: 100, cpuSeconds: 0.5 });
        const busy = [25, 30].map((second) =>
            look(second, {
                nodeUsage: "lab cgroups",
                nodes: [node("a", { cpuCores: 0.8 }), node("b", { cpuCores: 0.6 })],
            }),
        );
        const { why } = one(kneeRate.reported(), run({ events: rates, load: [...held, ...beyond], watch: busy }));
        assert.match(why ?? "", /the machine's CPU \(nodes and load generator\) at 95 %/);
    });
});

function prometheus(lagSeconds: number) {
    return { at: null, lagSeconds, pending: 0, shards: 1, shardsMax: 10, sent: 1, failed: 0, dropped: 0, retried: 0 };
}
