import assert from "node:assert/strict";
import { countOf } from "../../../../agent/load/histogram.ts";
import type { LoadInterval } from "../../../../agent/load/types.ts";
import { quantileMs } from "../../../../operations/load/latency.ts";
import { sumOf, totalsOf } from "../../../../operations/load/totals.ts";
import { chartsOf } from "../../../../operations/report/figures/charts.ts";
import { nodePeaks, podPeaks } from "../../../../operations/report/figures/peaks.ts";
import { slotsOf, within } from "../../../../operations/report/figures/slots.ts";
import { faultsOf, healsOf, periodOf, phasesOf } from "../../../../operations/report/figures/spans.ts";
import { clockOf, offsetOf, partText } from "../../../../operations/report/figures/words.ts";
import type { RunEvent } from "../../../../operations/scenarios/types.ts";
import { emptyDrawn, withSample } from "../../../../operations/watch/plot/traces.ts";
import { madeUpRun, runStart } from "../../../support/run-folder.ts";

const run = { ...madeUpRun(), folder: "/nowhere", missing: [] };

const interval = (second: number, change: Partial<LoadInterval> = {}): LoadInterval => ({
    v: 1,
    kind: "write",
    at: second * 1000,
    seconds: 1,
    intended: 100,
    acknowledged: 90,
    refused: 6,
    unknown: 3,
    unsent: 1,
    requests: 10,
    errors: { "HTTP 500": 1 },
    latency: [
        [1000, 8],
        [100_000, 1],
    ],
    inHand: 0,
    waiting: second,
    cpuSeconds: 0.1,
    ...change,
});

describe("report: figures", () => {
    it("adds intervals up, histograms and errors included", () => {
        const totals = totalsOf([interval(1), interval(2, { errors: { ECONNRESET: 5 } }), interval(3)]);
        assert.deepEqual(
            { ...totals, latency: countOf(totals.latency), cpuSeconds: Math.round(totals.cpuSeconds * 10) },
            {
                seconds: 3,
                dueSeconds: 3,
                intended: 300,
                acknowledged: 270,
                refused: 18,
                unknown: 9,
                unsent: 3,
                requests: 30,
                errors: { ECONNRESET: 5, "HTTP 500": 2 },
                latency: 27,
                cpuSeconds: 3,
                waitingMost: 3,
            },
        );
        // Added up as they come, they are the same; a second in which nothing was due counts as none of these.
        const parts = [interval(1), interval(2, { errors: { ECONNRESET: 5 } }), interval(3)];
        assert.deepEqual(
            parts.reduce((sum, one) => sumOf([sum, totalsOf([one])]), totalsOf([])),
            totals,
        );
        const { seconds, dueSeconds } = totalsOf([...parts, interval(4, { intended: 0 })]);
        assert.deepEqual([seconds, dueSeconds], [4, 3]);
        assert.equal(quantileMs([], 0.5), null);
        assert.equal(Math.round(quantileMs(totals.latency, 0.5) ?? 0), 1);
        assert.ok((quantileMs(totals.latency, 0.99) ?? 0) >= 100);
    });

    it("counts an interval for the stretch that its middle lies in", () => {
        const all = [1, 2, 3, 4].map((second) => interval(second));
        assert.deepEqual(
            within(all, 1000, 3000).map(({ at }) => at),
            [2000, 3000],
        );
    });

    it("cuts the run into slots, with nothing where nothing was told", () => {
        const all = [1, 2, 3, 9, 10].map((second) => interval(second));
        const slots = slotsOf(all, 0, 10_000, 5);
        assert.deepEqual(
            slots.map(({ at, totals }) => [at, totals?.seconds ?? null]),
            [
                [1000, 2],
                [3000, 1],
                [5000, null],
                [7000, null],
                [9000, 2],
            ],
        );
        const seldom = Array.from({ length: 120 }, (_, second) => interval(second + 1, { requests: second % 2 }));
        assert.equal(
            slotsOf(seldom, 0, 120_000, 300).length,
            30,
            "few requests: longer slots, but not too few of them",
        );
        assert.equal(slotsOf(seldom, 0, 1_200_000, 300)[0]?.at, 8000, "eight requests in each");
        assert.deepEqual(slotsOf([], 0, 1000, 5), []);
        assert.equal(slotsOf([interval(1), interval(2)], 0, 2000, 300).length, 2, "never shorter than an interval");
    });

    it("ends a step where the next begins, and a fault at its heal, its own end or the run's", () => {
        const events: RunEvent[] = [
            { at: 0, kind: "phase", title: "one" },
            { at: 10, kind: "phase", title: "two", until: 15 },
            { at: 11, kind: "fault", title: "stopped", target: "a" },
            { at: 12, kind: "fault", title: "stopped", target: "b", until: 13 },
            { at: 14, kind: "heal", title: "started", target: "a", until: 15 },
            { at: 16, kind: "fault", title: "stopped", target: "a" },
            { at: 20, kind: "phase", title: "three" },
        ];
        assert.deepEqual(
            phasesOf(events, 30).map(({ label, from, to, open }) => [label, from, to, open]),
            [
                ["P1", 0, 10, false],
                ["P2", 10, 15, false],
                ["P3", 20, 30, true],
            ],
        );
        assert.deepEqual(
            faultsOf(events, 30).map(({ label, target, from, to, open }) => [label, target, from, to, open]),
            [
                ["F1", "a", 11, 14, false],
                ["F2", "b", 12, 13, false],
                ["F3", "a", 16, 30, true],
            ],
        );
        const more: RunEvent[] = [
            { at: 17, kind: "fault", title: "killed", target: "b", until: 29 },
            { at: 18, kind: "heal", title: "started", target: "b" },
            { at: 19, kind: "heal", title: "something else" },
        ];
        const of = ({ label, from, to }: { label: string; from: number; to: number }) => [label, from, to];
        assert.deepEqual(
            faultsOf([...events, ...more], 30)
                .map(of)
                .at(-1),
            ["F4", 17, 18],
            "until it is undone, not until all is well",
        );
        assert.deepEqual(healsOf([...events, ...more], 30).map(of), [
            ["H1", 14, 15],
            ["H4", 18, 18],
            ["H7", 19, 19],
        ]);
    });

    it("has a heal for each of two faults of one target that last at the same time", () => {
        const events: RunEvent[] = [
            { at: 1, kind: "fault", title: "scaled from 3 to 2 pods", target: "etcd" },
            { at: 2, kind: "fault", title: "scaled from 2 to 1 pods", target: "etcd" },
            { at: 5, kind: "heal", title: "healed: scaled from 2 to 1 pods", target: "etcd", until: 8 },
            { at: 6, kind: "heal", title: "healed: scaled from 3 to 2 pods", target: "etcd", until: 7 },
        ];
        assert.deepEqual(
            faultsOf(events, 9).map(({ label, from, to }) => [label, from, to]),
            [
                ["F1", 1, 6],
                ["F2", 2, 5],
            ],
        );
        assert.deepEqual(
            healsOf(events, 9).map(({ label, from, to }) => [label, from, to]),
            [
                ["H2", 5, 8],
                ["H1", 6, 7],
            ],
        );
    });

    it("lasts to the last that is known where the run has no end", () => {
        const cut = {
            ...run,
            run: { ...run.run, endedAt: null },
            events: [],
            reads: [],
            watch: [],
            load: run.load.slice(0, 50),
        };
        assert.deepEqual(periodOf(cut), { from: runStart, to: cut.load.at(-1)?.at });
        assert.deepEqual(periodOf({ ...cut, load: [] }), { from: runStart, to: runStart + 1000 });
    });

    it("has the peaks of pods in the order of the watch, with the restarts of the run alone", () => {
        const peaks = podPeaks(run.watch);
        assert.deepEqual(
            [...new Set(peaks.map(({ component }) => component))],
            ["coordinator", "query", "dbnode", "aggregator", "etcd", "operator", "prometheus"],
        );
        const back = peaks.find(({ name }) => name === "m3-cluster-rep1-0");
        assert.deepEqual([back?.restarts, back?.lastEnd, back?.node], [1, "Error 137", "worker-2"]);
        const seen = run.watch.flatMap(({ pods }) =>
            pods.filter(({ name }) => name === "m3-cluster-rep0-0").map(({ memoryBytes }) => memoryBytes ?? 0),
        );
        assert.equal(peaks.find(({ name }) => name === "m3-cluster-rep0-0")?.memoryBytes, Math.max(...seen));
        const before = run.watch.map((sample) => ({
            ...sample,
            pods: sample.pods.map((pod) => ({ ...pod, restarts: 4 })),
        }));
        assert.ok(podPeaks(before).every(({ restarts }) => restarts === 0));
        const again = [2, 0, 1, 2].map((restarts, index) => ({
            ...(run.watch[index] as (typeof run.watch)[number]),
            pods: (run.watch[0]?.pods ?? []).slice(0, 1).map((pod) => ({ ...pod, restarts })),
        }));
        assert.deepEqual(
            podPeaks(again).map(({ restarts }) => restarts),
            [2],
            "a pod that is made again by its name counts from zero",
        );
        assert.deepEqual(
            nodePeaks(run.watch).map(({ name }) => name),
            ["master", "worker-1", "worker-2", "worker-3", "worker-4", "worker-5"],
        );
        assert.deepEqual([podPeaks([]), nodePeaks([])], [[], []]);
    });

    it("has a chart of each kind for what the run knows, and none for what it does not", () => {
        const drawn = emptyDrawn();
        for (const sample of run.watch) withSample(drawn, sample);
        const period = periodOf(run);
        const all = chartsOf(run, drawn, period);
        assert.deepEqual(
            all.map(({ id }) => id),
            [
                "writes",
                "write-errors",
                "write-latency",
                "remote-write",
                "m3-samples",
                "reads",
                "read-errors",
                "read-latency",
                "memory",
                "memory-bytes",
                "cpu",
                "node-memory",
                "node-cpu",
                "generator",
            ],
        );
        const [writes] = all;
        assert.deepEqual(
            writes?.lines.map(({ name }) => name),
            ["intended", "acknowledged", "refused"],
        );
        assert.deepEqual(chartsOf({ ...run, load: [], reads: [], watch: [] }, emptyDrawn(), period), []);
        const unknown = chartsOf(
            { ...run, load: run.load.map((one) => ({ ...one, unknown: 1, unsent: 2 })) },
            emptyDrawn(),
            period,
        )[0];
        assert.deepEqual(
            unknown?.lines.map(({ name }) => name),
            ["intended", "acknowledged", "refused", "no answer in time", "not sent (too much waited)"],
        );
    });

    it("draws the errors that came most, and the others together", () => {
        const errors = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`error ${index}`, 10 - index]));
        const chart = chartsOf({ ...run, load: [interval(1, { errors })], reads: [] }, emptyDrawn(), {
            from: 0,
            to: 1000,
        }).find(({ id }) => id === "write-errors");
        assert.deepEqual(
            chart?.lines.map(({ name }) => name),
            ["error 0", "error 1", "error 2", "error 3", "error 4", "error 5", "3 other texts"],
        );
        assert.equal(chart?.lines.at(-1)?.points[0]?.[1], 4 + 3 + 2);
    });

    it("has times and shares in words that do not round a loss away", () => {
        assert.equal(clockOf(Date.parse("2026-11-27T18:00:03Z")), "18:00:03");
        assert.deepEqual(
            [offsetOf(65_000, 0), offsetOf(3_725_000, 0), offsetOf(0, 5000)],
            ["+1:05", "+1:02:05", "−0:05"],
        );
        assert.deepEqual(
            [
                partText(0, 10),
                partText(10, 10),
                partText(999_999, 1_000_000),
                partText(1, 1_000_000),
                partText(1, 3),
                partText(0, 0),
            ],
            ["0%", "100%", ">99.99%", "<0.01%", "33.33%", "-"],
        );
    });
});
