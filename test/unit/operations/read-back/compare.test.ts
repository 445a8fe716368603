import assert from "node:assert/strict";
import type { LedgerEntry } from "../../../../agent/load/types.ts";
import { compareSeries, type Point } from "../../../../operations/read-back/compare.ts";
import { expectedOf, keyText } from "../../../../operations/read-back/expected.ts";
import type { Outcome } from "../../../../operations/read-back/ledger.ts";
import { Tally } from "../../../../operations/read-back/tally.ts";

const series = { slot: 4, generation: 0, replica: 0 };
const [from, to, openFrom] = [10_000, 20_000, 18_000];
const valueAt = (_: unknown, time: number) => time / 1000;
const right = (time: number): Point => [time, time / 1000];

/** What is counted of points, where the ledger says `times`. */
function counts(times: [number, Outcome][], points: Point[]) {
    const tally = new Tally();
    const truth = { valueAt, open: (_: unknown, time: number) => time >= openFrom, nameOf: () => "slot 4" };
    const unlisted = compareSeries(series, { ...series, times: new Map(times) }, points, { from, to }, truth, tally);
    const { found, unasked, faults } = tally;
    return { found, unasked, ...faults, unlisted };
}
const none = { found: 0, unasked: 0, missing: 0, doubled: 0, wrong: 0, unlisted: 0 };

describe("a series compared with its ledger", () => {
    it("a sample on the border of two spans is the later one's, there and in the ledger", () => {
        assert.deepEqual(counts([[from, "acknowledged"]], [right(from)]), { ...none, found: 1 });
        assert.deepEqual(counts([[from, "acknowledged"]], []), { ...none, missing: 1 });
        // Queries ask a second more on both sides: what comes with them is another span's.
        assert.deepEqual(counts([], [right(to), right(from - 1)]), none);
        assert.deepEqual(counts([[to, "acknowledged"]], []), none);
        assert.deepEqual(counts([[to, "acknowledged"]], [right(to)]), none);
    });

    it("twice at one time is found once and doubled once", () => {
        const twice = counts([[from, "acknowledged"]], [right(from), right(from)]);
        assert.deepEqual(twice, { ...none, found: 1, doubled: 1 });
    });

    it("a sample without a line may be there at the open end, with its own value and nothing else", () => {
        assert.deepEqual(counts([], [right(openFrom)]), { ...none, unasked: 1, unlisted: 1 });
        assert.deepEqual(counts([], [right(openFrom - 1)]), { ...none, doubled: 1 });
        assert.deepEqual(counts([], [[openFrom, 7]]), { ...none, doubled: 1 });
    });

    it("what was refused or had no answer may be there, and is not missed", () => {
        for (const outcome of ["refused", "unknown"] as const) {
            assert.deepEqual(counts([[from, outcome]], [right(from)]), { ...none, unasked: 1 }, outcome);
            assert.deepEqual(counts([[from, outcome]], []), none, outcome);
            assert.deepEqual(counts([[from, outcome]], [[from, 7]]), { ...none, wrong: 1 }, outcome);
        }
        assert.deepEqual(counts([[from, "unsent"]], [right(from)]), { ...none, doubled: 1 });
    });
});

describe("what a ledger expects", () => {
    const entry = (outcome: LedgerEntry["outcome"]) => ({
        time: 1000,
        from: 0,
        to: 2,
        replica: 0,
        generation: 0,
        outcome,
    });

    it("a sample that was sent twice is there if either was taken, in whatever order", () => {
        for (const other of ["unsent", "refused", "unknown"] as const) {
            for (const lines of [
                [entry(other), entry("acknowledged")],
                [entry("acknowledged"), entry(other)],
            ]) {
                const expected = expectedOf(lines, 0, 2).get(keyText({ slot: 1, generation: 0, replica: 0 }));
                assert.deepEqual([...(expected?.times ?? [])], [[1000, "acknowledged"]]);
            }
        }
        const unknown = expectedOf([entry("refused"), entry("unknown")], 0, 2).get("0/0/0");
        assert.deepEqual([...(unknown?.times ?? [])], [[1000, "unknown"]]);
    });

    it("slots beyond those asked for are not in it", () => {
        assert.deepEqual([...expectedOf([entry("acknowledged")], 1, 9).keys()], ["1/0/0"]);
    });
});
