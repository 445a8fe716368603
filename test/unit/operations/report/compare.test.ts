import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Comparison, compared } from "../../../../operations/report/compare/comparison.ts";
import { compare, comparisonJson, writeComparison } from "../../../../operations/report/compare/index.ts";
import { judge, mannWhitney, spreadOf } from "../../../../operations/report/compare/judge.ts";
import { comparisonMarkdown } from "../../../../operations/report/compare/markdown.ts";
import { comparisonPage } from "../../../../operations/report/compare/page.ts";
import {
    betterText,
    cautionsOf,
    differenceText,
    spreadText,
    valueText,
} from "../../../../operations/report/compare/words.ts";
import { randomOf, writeRun } from "../../../support/run-folder.ts";

/** Every way to deal the values out, one by one. */
function dealtOut(a: number[], b: number[]): number {
    const all = [...a, ...b];
    const rank = all.map(
        (value) =>
            all.filter((other) => other < value).length + (all.filter((other) => other === value).length + 1) / 2,
    );
    const middle = (a.length * (all.length + 1)) / 2;
    const seen = Math.abs(rank.slice(0, a.length).reduce((sum, one) => sum + one, 0) - middle);
    let [as, ways] = [0, 0];
    for (let mask = 0; mask < 2 ** all.length; mask += 1) {
        const chosen = rank.filter((_, index) => mask & (1 << index));
        if (chosen.length !== a.length) continue;
        ways += 1;
        if (Math.abs(chosen.reduce((sum, one) => sum + one, 0) - middle) >= seen - 1e-9) as += 1;
    }
    return as / ways;
}

describe("report: what differs by more than noise", () => {
    it("has median, lowest and highest", () => {
        assert.deepEqual(spreadOf([3, 1, 2]), { n: 3, median: 2, min: 1, max: 3 });
        assert.deepEqual(spreadOf([4, 1, 2, 3]), { n: 4, median: 2.5, min: 1, max: 4 });
        assert.equal(spreadOf([]), null);
    });

    it("counts the Mann-Whitney test exactly, ties included", () => {
        const random = randomOf(3);
        for (let round = 0; round < 40; round += 1) {
            const some = (n: number) => Array.from({ length: n }, () => Math.floor(random() * (round % 2 ? 6 : 1000)));
            const [a, b] = [some(2 + (round % 4)), some(2 + (round % 5))];
            assert.ok(Math.abs(mannWhitney(a, b) - dealtOut(a, b)) < 1e-9, `${a} | ${b}`);
        }
        // The table of Mann and Whitney: 3 and 3 apart 0.1, 4 and 4 apart 2/70, 5 and 5 apart 2/252.
        assert.ok(Math.abs(mannWhitney([1, 2, 3], [4, 5, 6]) - 0.1) < 1e-9);
        assert.ok(Math.abs(mannWhitney([1, 2, 3, 4], [5, 6, 7, 8]) - 2 / 70) < 1e-9);
        assert.ok(Math.abs(mannWhitney([6, 7, 8, 9, 10], [1, 2, 3, 4, 5]) - 2 / 252) < 1e-9);
        assert.equal(mannWhitney([1, 1], [1, 1]), 1);
    });

    it("tells nothing from one run", () => {
        assert.deepEqual(judge([1], [9]), {
            outcome: "alone",
            words: "one run each: cannot be told",
            difference: 8,
            percent: 800,
            p: null,
        });
        assert.equal(judge([1], [9, 10]).words, "one run of the first: cannot be told");
        assert.equal(judge([1, 2], [9]).words, "one run of the other: cannot be told");
        assert.throws(() => judge([], [1]), /nothing to judge/);
    });

    it("calls three against three apart, but two against two too few", () => {
        const three = judge([10, 11, 12], [13, 14, 15]);
        assert.equal(three.outcome, "apart");
        assert.equal(three.words, "differs by more than the repeats' spread (by chance in 1 of 10)");
        assert.deepEqual([three.difference, Math.round(three.percent ?? 0)], [3, 27]);
        assert.equal(judge([10, 11], [13, 14]).outcome, "few");
        assert.match(judge([10, 11], [13, 14]).words, /by chance in 1 of 3: repeat more/);
        assert.equal(judge([10, 11], [13, 14, 15, 16]).outcome, "few");
        assert.equal(
            judge([1, 2, 3, 4], [5, 6, 7, 8]).words,
            "differs by more than the repeats' spread (by chance in 1 of 35)",
        );
    });

    it("calls ranges that overlap noise, unless the test says otherwise", () => {
        assert.equal(judge([10, 11, 12], [12, 13, 14]).outcome, "noise", "they touch");
        assert.match(judge([10, 12, 14], [11, 13, 15]).words, /^within the noise \(Mann-Whitney p = 0\.7\)$/);
        const shifted = judge([1, 2, 3, 4, 5, 6, 9], [8, 10, 11, 12, 13, 14, 15]);
        assert.equal(shifted.outcome, "shifted");
        assert.match(shifted.words, /differs, though the ranges overlap/);
        assert.deepEqual(judge([5, 5, 5], [5, 5]).words, "the same in every run");
        assert.equal(judge([0, 0, 0], [1, 2, 3]).percent, null);
    });

    it("calls a true difference one, and chance rarely", () => {
        const random = randomOf(11);
        const normal = () => random() + random() + random() - 1.5;
        let [found, wrong] = [0, 0];
        for (let round = 0; round < 400; round += 1) {
            const runs = (shift: number) => Array.from({ length: 5 }, () => normal() + shift);
            const differs = (one: ReturnType<typeof judge>) => one.outcome === "apart" || one.outcome === "shifted";
            if (differs(judge(runs(0), runs(3)))) found += 1;
            if (differs(judge(runs(0), runs(0)))) wrong += 1;
        }
        assert.ok(found >= 390, `${found} of 400 found`);
        assert.ok(wrong <= 32, `${wrong} of 400 are none`);
    });

    it("has figures in words", () => {
        assert.deepEqual(
            [
                valueText(1193160, "samples"),
                valueText(0.059752, "cores"),
                valueText(99.4267, "%"),
                valueText(1988.6, "/s"),
            ],
            ["1,193,160 samples", "0.05975 cores", "99.43%", "1,989/s"],
        );
        assert.deepEqual(
            [
                spreadText(spreadOf([1, 2, 3]), "ms"),
                spreadText(spreadOf([2, 2]), "ms"),
                spreadText(spreadOf([2]), "ms"),
                spreadText(null, "ms"),
            ],
            ["2 ms (1 to 3, n 3)", "2 ms (each of 2)", "2 ms (one run)", "not measured"],
        );
        const worse = judge([10, 11, 12], [13, 14, 15]);
        assert.equal(differenceText(worse, "ms"), "+3 ms (+27%)");
        assert.deepEqual(
            [
                betterText({ better: "less" }, worse),
                betterText({ better: "more" }, worse),
                betterText({ better: null }, worse),
                betterText({ better: "less" }, judge([1], [2])),
            ],
            ["worse", "better", "", ""],
        );
        assert.equal(differenceText(judge([0, 0], [-2, -2]), "s"), "−2 s");
    });
});

describe("report: runs side by side", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-compare-"));
        for (const repeat of [1, 2, 3]) {
            writeRun(join(folder, "dedicated", `d${repeat}`), { id: `d${repeat}`, seed: repeat });
            writeRun(
                join(folder, "colocated", `c${repeat}`),
                { id: `c${repeat}`, seed: repeat + 5, slower: 1.5 },
                ({ run, verdicts }) => {
                    run.settings = { ...run.settings, isolation: "colocated" };
                    run.environment.cluster.numberOfShards = 8;
                    if (repeat === 3) run.versions.m3 = "1.5.1";
                    if (repeat === 2) Object.assign(run, { short: true, series: 200_000 });
                    verdicts.pop();
                },
            );
        }
        writeRun(join(folder, "colocated", "c4"), { id: "c4" }, ({ run }) => {
            run.state = "interrupted";
        });
    });
    after(() => rmSync(folder, { recursive: true }));
    const both = () => compare(["dedicated", "colocated"], folder);
    const row = ({ rows }: Comparison, id: string) => rows.find((one) => one.id === id);

    it("holds every figure of a verdict, and what every run has, against the first side", async () => {
        const comparison = await both();
        const latency = row(comparison, "write-p99");
        assert.equal(latency?.judgements[0]?.outcome, "apart");
        assert.deepEqual(
            latency?.spreads.map((spread) => spread?.n),
            [3, 3],
        );
        assert.equal(row(comparison, "lost-samples")?.judgements[0]?.outcome, "same");
        assert.equal(row(comparison, "replica-holes")?.judgements[0], null, "not measured in the second");
        assert.equal(row(comparison, "writes.p99")?.verdict, false);
        assert.equal(row(comparison, "reads.p99")?.judgements[0]?.outcome, "apart");
        assert.ok(row(comparison, "memory.dbnode"));
    });

    it("lists what was not the same, on each side and within one", async () => {
        const { differences } = await both();
        assert.deepEqual(differences, [
            { path: "variant", values: [["full"], ["full", "short"]] },
            { path: "series asked for", values: [["the scenario's own"], ["the scenario's own", "200000"]] },
            { path: "settings.isolation", values: [["dedicated"], ["colocated"]] },
            { path: "versions.m3", values: [["1.5.0"], ["1.5.0", "1.5.1"]] },
            { path: "topology.cluster.numberOfShards", values: [["4"], ["8"]] },
        ]);
    });

    it("leaves out runs that did not come to their end, and says so", async () => {
        const comparison = await both();
        assert.deepEqual(
            comparison.sides.map(({ runs, left }) => [runs.length, left.length]),
            [
                [3, 0],
                [3, 1],
            ],
        );
        assert.ok(
            cautionsOf(comparison).some((text) =>
                /B: 1 run that did not come to the end \(c4 interrupted\) is left out/.test(text),
            ),
        );
        await assert.rejects(
            compare(["dedicated", join(folder, "colocated/c4")], folder),
            /no run there came to its end[\s\S]*c4 interrupted/,
        );
    });

    it("warns of single runs, and of many figures at once", async () => {
        const single = await compare([join(folder, "dedicated/d1"), join(folder, "colocated/c1")], folder);
        assert.match(
            cautionsOf(single)[0] ?? "",
            /A has one run, B has one run: a difference cannot be told from chance/,
        );
        assert.ok(
            single.rows.every(({ judgements }) => judgements.every((one) => one === null || one.outcome === "alone")),
        );
        assert.ok(cautionsOf(await both()).some((text) => /would look different by chance alone/.test(text)));
    });

    it("is a page, Markdown and JSON", async () => {
        const comparison = await both();
        const page = comparisonPage(comparison);
        assert.match(page, /<h1>A: dedicated <span class="only">against<\/span> B: colocated<\/h1>/);
        assert.doesNotMatch(page, /NaN|>undefined<|Infinity|<script/);
        const markdown = comparisonMarkdown(comparison);
        assert.match(markdown, /^# A = dedicated \(3 runs\), B = colocated \(3 runs\)\n/);
        assert.match(markdown, /\| writes stay fast \|.*worse: differs by more than the repeats' spread/);
        const { rows, sides } = JSON.parse(JSON.stringify(comparisonJson(comparison)));
        assert.equal(rows.length, comparison.rows.length);
        assert.deepEqual(
            sides[1].runs.map(({ id }: { id: string }) => id),
            ["c1", "c2", "c3"],
        );
        const file = await writeComparison(comparison, undefined, folder);
        assert.equal(file, join(folder, "compare", "dedicated--colocated.html"));
        assert.ok(existsSync(file) && readFileSync(file, "utf8").endsWith("</html>\n"));
    });

    it("takes two to six words, each of which names runs", async () => {
        await assert.rejects(compare(["dedicated"], folder), /what is to be compared\?[\s\S]*two to 6/);
        await assert.rejects(compare(["dedicated", "colocatd"], folder), /did you mean colocated\?/);
        const three = await compare(["dedicated", "colocated", "dedicated"], folder);
        assert.deepEqual(
            row(three, "write-p99")?.judgements.map((one) => one?.outcome),
            ["apart", "noise"],
        );
        assert.deepEqual(compared([]).rows, []);
    });
});
