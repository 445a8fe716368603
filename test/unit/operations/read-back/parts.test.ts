import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { slotsOf } from "../../../../agent/load/schedule.ts";
import { exitCodes } from "../../../../operations/cli/exit.ts";
import { runCli } from "../../../../operations/cli/run.ts";
import { seriesOf } from "../../../../operations/cli/verbs/read-back.ts";
import { type Chunk, chunksOf, halvesOf } from "../../../../operations/read-back/chunks.ts";
import { expectedOf } from "../../../../operations/read-back/expected.ts";
import { entriesWithin, ledgerOf, readLedger } from "../../../../operations/read-back/ledger.ts";
import { chooseSlots } from "../../../../operations/read-back/replicas.ts";
import { readRunPlan } from "../../../../operations/read-back/run-plan.ts";
import { gapsOf } from "../../../../operations/read-back/tally.ts";
import { UserError } from "../../../../support/errors.ts";
import { planOf, range } from "../../agent/load/plans.ts";

const usage = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, exitCodes.usage);
    assert.match(error.message, pattern);
    return true;
};
const entry = { time: 1000, from: 0, to: 50, replica: 0, generation: 0, outcome: "acknowledged" } as const;

describe("a run's folder", () => {
    const folder = mkdtempSync(join(tmpdir(), "m3perf-ledger-"));
    const path = join(folder, "ledger.jsonl");
    after(() => rmSync(folder, { recursive: true }));
    const read = (...lines: (object | string)[]) => {
        writeFileSync(path, lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
        return readLedger(path);
    };

    it("gives its ledger in the order of time, and the acknowledged samples", async () => {
        const ledger = await read({ ...entry, time: 3000 }, "", {
            time: 1000,
            from: 5,
            to: 7,
            replica: 1,
            outcome: "refused",
        });
        assert.deepEqual(
            ledger.entries.map(({ time, generation }) => [time, generation]),
            [
                [1000, 0],
                [3000, 0],
            ],
        );
        assert.deepEqual([ledger.acknowledged, ledger.first, ledger.last, ledger.cut], [50, 1000, 3000, false]);
        assert.deepEqual(entriesWithin(ledger, 1000, 3000).length, 1);
        assert.deepEqual(entriesWithin(ledger, 1001, 3001).length, 1);
        assert.deepEqual(entriesWithin(ledger, 0, 3001).length, 2);
    });

    it("may end in the middle of a line, and have no other that is none", async () => {
        const ledger = await read(entry, '{"time":1000,"fro');
        assert.deepEqual([ledger.entries.length, ledger.cut], [1, true]);
        for (const bad of [
            "nonsense",
            "7",
            "null",
            { ...entry, outcome: "lost" },
            { ...entry, to: -1 },
            { ...entry, time: "1" },
        ]) {
            await assert.rejects(read(bad, entry), usage(/ledger\.jsonl, line 1, is no entry/));
        }
    });

    it("has to be there", async () => {
        await assert.rejects(
            readLedger(join(folder, "none", "ledger.jsonl")),
            usage(
                /the ledger of this run cannot be read\n {2}\S*none\/ledger\.jsonl\n {4}why: ENOENT[\s\S]*plan\.json and/,
            ),
        );
    });

    it("must be one", async () => {
        await assert.rejects(readRunPlan(join(folder, "nowhere")), usage(/nowhere is no folder of a run\n.*ENOENT/));
        writeFileSync(join(folder, "plan.json"), "{");
        await assert.rejects(readRunPlan(folder), usage(/plan\.json is not JSON/));
        writeFileSync(join(folder, "plan.json"), JSON.stringify({ plan: { run: "x" }, startedAt: 1 }));
        await assert.rejects(readRunPlan(folder), usage(/is no plan of a load/));
        writeFileSync(join(folder, "plan.json"), JSON.stringify({ plan: planOf(), startedAt: 1 }));
        assert.equal((await readRunPlan(folder)).plan.series, 100);
    });

    it("is the one argument of m3perf read-back", async () => {
        await assert.rejects(runCli(["read-back"]), usage(/^which run\?/));
        await assert.rejects(runCli(["read-back", "a", "b"]), usage(/^2 folders/));
        await assert.rejects(runCli(["read-back", join(folder, "nowhere")]), usage(/is no folder of a run/));
        const both = ["read-back", folder, "--merged-only", "--replica-series", "5"];
        await assert.rejects(runCli(both), usage(/--merged-only and --replica-series/));
        assert.deepEqual([seriesOf(undefined), seriesOf("5")], [600, 5]);
        for (const bad of ["0", "1.5", "x"]) assert.throws(() => seriesOf(bad), usage(/--replica-series = /));
    });
});

describe("what is asked at once", () => {
    const span = { from: 0, to: 3_600_000 };
    const loads = [
        planOf({ series: 1 }),
        planOf({ series: 100_000, intervalMs: 1000 }),
        planOf({ series: 10_000, replicas: 2 }),
        planOf({ series: 5000, worker: { index: 2, of: 3 } }),
        planOf({ series: 250, intervalMs: 100 }),
    ];
    for (const plan of loads) {
        it(`of ${plan.series} series every ${plan.intervalMs} ms: each once, and no more than fits`, () => {
            const most = 60_000;
            const chunks = chunksOf(plan, span, most);
            const { from, to } = slotsOf(plan);
            const groups = range(Math.floor(from / 100), Math.ceil(to / 100));
            for (const { groups: some, ...time } of chunks) {
                assert.ok(time.from % 1000 === 0 && time.to > time.from);
                const samples = ((some.to - some.from) * 100 * plan.replicas * (time.to - time.from)) / plan.intervalMs;
                assert.ok(samples <= most, `${samples} samples`);
            }
            // Each group's chunks follow each other without a gap.
            for (const group of [groups[0], groups.at(-1)].map(Number)) {
                const own = chunks.filter((chunk) => chunk.groups.from <= group && group < chunk.groups.to);
                assert.equal(own[0]?.from, span.from);
                assert.equal(own.at(-1)?.to, span.to);
                for (const [index, chunk] of own.slice(1).entries()) assert.equal(chunk.from, own[index]?.to);
            }
            assert.equal(new Set(chunks.flatMap(({ groups: some }) => range(some.from, some.to))).size, groups.length);
        });
    }

    it("becomes smaller, down to one group and a second", () => {
        const halve = (chunk: Chunk): Chunk[] => {
            const halves = halvesOf(chunk);
            return halves.length === 0 ? [chunk] : halves.flatMap(halve);
        };
        const parts = halve({ groups: { from: 3, to: 6 }, from: 10_000, to: 15_000 });
        assert.equal(parts.length, 15);
        assert.ok(parts.every(({ groups, from, to }) => groups.to - groups.from === 1 && to - from === 1000));
        assert.equal(new Set(parts.map(({ groups, from }) => `${groups.from} ${from}`)).size, 15);
    });

    it("is, of replicas, spread evenly and always the same", () => {
        assert.deepEqual(chooseSlots({ from: 0, to: 10 }, 600), range(0, 10));
        assert.deepEqual(chooseSlots({ from: 100, to: 200 }, 4), [100, 122, 161, 183]);
        assert.deepEqual(chooseSlots({ from: 0, to: 10 }, 0), [0]);
        for (const all of [1, 2, 3, 4, 10, 60, 97])
            assert.equal(new Set(chooseSlots({ from: 0, to: all }, all)).size, all);
        // Every place in a block is looked at as often as the others, so each bucket of histograms is, too.
        const chosen = chooseSlots({ from: 0, to: 10_000 }, 600);
        const shares = range(0, 10).map((place) => chosen.filter((slot) => slot % 10 === place).length);
        assert.deepEqual(shares, Array(10).fill(60));
        const tenths = range(0, 10).map((tenth) => chosen.filter((slot) => Math.floor(slot / 1000) === tenth).length);
        assert.ok(
            tenths.every((count) => count >= 55 && count <= 65),
            tenths.join(),
        );
    });
});

describe("what is expected", () => {
    it("has the better outcome of a sample that was sent twice, and series by slot, generation and replica", () => {
        const { entries } = ledgerOf([
            { ...entry, outcome: "acknowledged" },
            { ...entry, outcome: "refused" },
            { ...entry, time: 2000, generation: 1, outcome: "unknown" },
            { ...entry, time: 2000, replica: 1, outcome: "unsent" },
        ]);
        const expected = expectedOf(entries, 49, 60);
        assert.deepEqual([...expected.keys()].sort(), ["49/0/0", "49/0/1", "49/1/0"]);
        assert.equal(expected.get("49/0/0")?.times.get(1000), "acknowledged");
        assert.equal(expected.get("49/1/0")?.times.get(2000), "unknown");
    });

    it("and missing makes gaps where no two of its times are further apart than two intervals", () => {
        const missing = new Map([
            [50_000, 2],
            [10_000, 1],
            [30_000, 4],
            [100_000, 9],
        ]);
        assert.deepEqual(gapsOf(missing, 10_000), [
            { from: 10_000, to: 50_000, samples: 7 },
            { from: 100_000, to: 100_000, samples: 9 },
        ]);
        const many = new Map(range(0, 30).map((n) => [n * 100_000, 1]));
        assert.equal(gapsOf(many, 10_000).length, 20);
    });
});
