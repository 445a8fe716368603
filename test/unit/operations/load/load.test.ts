import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LedgerEntry, LoadInterval } from "../../../../agent/load/types.ts";
import { loadTargets, startLoad } from "../../../../operations/load/child.ts";
import { loadPlan, loadTexts } from "../../../../operations/load/plan.ts";
import { allTaken, liveText, summaryOf, summaryText } from "../../../../operations/load/summary.ts";
import { totalsOf } from "../../../../operations/load/totals.ts";
import { UserError } from "../../../../support/errors.ts";
import { type Receiver, receiver } from "../../../support/receiver.ts";
import { planOf } from "../../agent/load/plans.ts";
import { environment } from "../healthy.ts";

describe("load: as a child process", () => {
    let folder: string;
    let target: Receiver | undefined;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-test-load-"));
    });
    afterEach(async () => {
        await target?.close();
        target = undefined;
        rmSync(folder, { recursive: true, force: true });
    });
    const read = <T>(name: string): T[] =>
        readFileSync(join(folder, name), "utf8")
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line) as T);
    const samples = (entries: LedgerEntry[]) => entries.reduce((sum, { from, to }) => sum + to - from, 0);

    it("leaves plan.json, load.jsonl and ledger.jsonl that agree with each other and with what was received", async () => {
        target = await receiver();
        const plan = planOf({ intervalMs: 100, durationMs: 1200, urls: [target.url] });
        const lines: LoadInterval[] = [];
        const load = startLoad(plan, folder, (line) => lines.push(line));
        assert.deepEqual(await load.ended, { code: 0 });
        const kept = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"));
        const { durationMs, ...others } = plan;
        assert.deepEqual(kept.plan, { ...others, durationMs });
        assert.equal(target.received.length, 1200);
        assert.equal(samples(read<LedgerEntry>("ledger.jsonl")), 1200);
        assert.deepEqual(read<LoadInterval>("load.jsonl"), lines);
        assert.deepEqual(load.lately(), totalsOf(lines.slice(-5)));
        const first = Math.min(...target.received.flatMap((one) => one.samples.map(({ time }) => time)));
        assert.equal(first, kept.startedAt);
        const summary = summaryOf(plan, totalsOf(lines));
        assert.deepEqual([summary.intended, summary.acknowledged, allTaken(summary)], [1200, 1200, true]);
    });

    it("ends when asked, awaits the answers in hand to their time-out, and tells the lines until then", async () => {
        target = await receiver(() => {});
        const plan = planOf({ intervalMs: 100, concurrency: 1, timeoutMs: 300, urls: [target.url] });
        const lines: LoadInterval[] = [];
        const seen = Promise.withResolvers<void>();
        const load = startLoad(plan, folder, (line) => {
            lines.push(line);
            seen.resolve();
        });
        await seen.promise;
        await load.stop();
        assert.deepEqual(await load.ended, { code: 0 });
        const summary = summaryOf(plan, totalsOf(lines));
        assert.ok(summary.intended >= 1000 && summary.unknown >= 50 && summary.unsent > 0);
        assert.equal(summary.intended, summary.unknown + summary.unsent);
        assert.equal(samples(read<LedgerEntry>("ledger.jsonl")), summary.intended);
        assert.equal(allTaken(summary), false);
    });

    it("says why when its folder cannot be made", () => {
        const file = join(folder, "file");
        writeFileSync(file, "");
        assert.throws(
            () => startLoad(planOf(), join(file, "sub")),
            (error) => error instanceof UserError && /files cannot be written\n {2}ENOTDIR/.test(error.message),
        );
    });

    it("says why when it cannot run", async () => {
        const { code, error = "" } = await startLoad(planOf({ batch: 0 }), folder).ended;
        assert.equal(code, 64);
        assert.match(error, /this load cannot be run\n {2}--batch 0: allowed: whole numbers, 1 to 20000/);
    });
});

const line = (changes: Partial<LoadInterval>): LoadInterval => ({
    v: 1,
    kind: "write",
    at: 0,
    seconds: 1,
    intended: 100,
    acknowledged: 100,
    refused: 0,
    unknown: 0,
    unsent: 0,
    requests: 2,
    errors: {},
    latency: [[1000, 2]],
    inHand: 1,
    waiting: 0,
    cpuSeconds: 0.0001,
    ...changes,
});

describe("load: m3perf load", () => {
    it("has an IPv6 address in brackets", () => {
        const nodes = environment.nodes.map((node, index) => ({ ...node, address: `fd00::${index}` }));
        const [first = ""] = loadTargets({ ...environment, nodes });
        assert.equal(new URL(first).host, "[fd00::4]:32555");
    });

    it("goes to the NodePort of each node that may carry a coordinator", () => {
        assert.deepEqual(loadTargets(environment), [
            "http://10.0.0.5:32555/api/v1/prom/remote/write",
            "http://10.0.0.6:32555/api/v1/prom/remote/write",
        ]);
        const { nodePort: _, ...coordinator } = environment.coordinator;
        assert.throws(() => loadTargets({ ...environment, coordinator }), /have no NodePort[\s\S]*--remote-url/);
    });

    it("takes options and variables, and refuses variables that mean nothing", () => {
        const texts = loadTexts({ series: "50", json: true }, { M3PERF_LOAD_SERIES: "10", M3PERF_LOAD_BATCH: "5" });
        assert.deepEqual(texts, { series: "50", batch: "5" });
        assert.throws(
            () => loadTexts({}, { M3PERF_LOAD_SERIE: "10" }),
            (error) =>
                error instanceof UserError && error.exitCode === 64 && /M3PERF_LOAD_SERIES\?/.test(error.message),
        );
    });

    it("tells everything that is wrong with a plan, as one error", () => {
        const texts = { series: "0", batch: "0", "remote-url": "http://x/write" };
        assert.throws(
            () => loadPlan(texts),
            (error) => error instanceof UserError && error.problems.length === 2 && error.exitCode === 64,
        );
    });

    it("sums its lines up: counts, errors, percentiles over all of them, and the rate while samples were due", () => {
        const lines = [
            line({}),
            line({ acknowledged: 50, refused: 50, errors: { "HTTP 500 x": 1 }, latency: [[1000, 1]] }),
            line({ intended: 0, acknowledged: 0, unknown: 0, requests: 0, latency: [[200_704, 1]], seconds: 0.5 }),
        ];
        const summary = summaryOf({ run: "r", durationMs: undefined }, totalsOf(lines));
        assert.deepEqual(
            { ...summary, latencyMs: undefined },
            {
                run: "r",
                seconds: 2.5,
                intended: 200,
                acknowledged: 150,
                refused: 50,
                unknown: 0,
                unsent: 0,
                requests: 4,
                samplesPerSecond: 75,
                latencyMs: undefined,
                errors: { "HTTP 500 x": 1 },
                cpuMicrosPerSample: 1.5,
            },
        );
        assert.deepEqual([summary.latencyMs?.p50, summary.latencyMs?.max], [1.007, 202.751]);
        const text = summaryText(planOf(), summary);
        assert.match(text, /refused +50 \(25\.00 %\)/);
        assert.match(text, /p50 1\.0 ms/);
        assert.match(
            liveText(planOf(), line({}), summary),
            /^100 of 100 samples\/s acknowledged · p50 1\.0 ms, p99 1\.0 ms · in hand 1 of 4, waiting 0 · so far 50 refused/,
        );
        assert.match(liveText(planOf(), line({ errors: { "HTTP 500 x": 1 } }), summary), / · HTTP 500 x$/);
        assert.match(
            summaryText(planOf(), summaryOf({ run: "r", durationMs: undefined }, totalsOf([]))),
            /nothing was acknowledged/,
        );
    });

    it("has the true rate of a load with a request every few seconds", () => {
        // 100 samples every 5 s for 20 s, and 2 s more until the last answer.
        const at = (second: number) => line(second % 5 === 0 && second < 20 ? {} : { intended: 0, acknowledged: 0 });
        const lines = Array.from({ length: 22 }, (_, second) => at(second));
        assert.equal(summaryOf({ run: "r", durationMs: 20_000 }, totalsOf(lines)).samplesPerSecond, 20);
        // Ended by hand before its time.
        assert.equal(summaryOf({ run: "r", durationMs: 60_000 }, totalsOf(lines.slice(0, 10))).samplesPerSecond, 20);
    });
});
