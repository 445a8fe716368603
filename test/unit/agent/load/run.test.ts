import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { countOf, mergeLatencies, quantileOf } from "../../../../agent/load/histogram.ts";
import { prepareLoad, startLoad } from "../../../../agent/load/run.ts";
import { requestsOf, timesOf } from "../../../../agent/load/schedule.ts";
import { generationOf, labelsOf, valueAt } from "../../../../agent/load/series.ts";
import type { LedgerEntry, LoadInterval, LoadPlan } from "../../../../agent/load/types.ts";
import type { Series } from "../../../../agent/remote-write.ts";
import { issueAll } from "../../../support/certificates.ts";
import { type Receiver, receiver } from "../../../support/receiver.ts";
import { planOf } from "./plans.ts";

/** A load over real HTTP, from its start to its end. */
async function runLoad(plan: LoadPlan) {
    const prepared = prepareLoad(plan);
    const lines: LoadInterval[] = [];
    const ledger: LedgerEntry[] = [];
    const load = startLoad(plan, prepared, {
        interval: (line) => lines.push(line),
        ledger: (entries) => ledger.push(...entries),
    });
    await load.done;
    return { lines, ledger, startedAt: prepared.startedAt };
}

/** What a plan says must come, sample by sample, in no order: labels, value, time. */
function expected(plan: LoadPlan, startedAt: number): string[] {
    return requestsOf(plan)
        .flatMap((request) =>
            timesOf(plan, request, startedAt, startedAt + (plan.durationMs ?? 0)).flatMap((time) =>
                Array.from({ length: request.to - request.from }, (_, offset) => {
                    const slot = request.from + offset;
                    const generation = generationOf(plan, slot, time, startedAt);
                    const labels = labelsOf(plan, slot, generation, request.replica);
                    return sampleText(labels, valueAt(plan, slot, generation, time), time);
                }),
            ),
        )
        .sort();
}

const sampleText = (labels: Record<string, string>, value: number, time: number) =>
    JSON.stringify([Object.entries(labels).sort(), value, time]);

const textsOf = (received: Series[]) =>
    received.flatMap(({ labels, samples }) => samples.map(({ value, time }) => sampleText(labels, value, time))).sort();

const total = (lines: LoadInterval[], field: "intended" | "acknowledged" | "refused" | "unknown" | "unsent") =>
    lines.reduce((sum, line) => sum + line[field], 0);
const totals = (lines: LoadInterval[]) =>
    (["intended", "acknowledged", "refused", "unknown", "unsent"] as const).map((field) => total(lines, field));

/** Samples of a ledger by outcome. */
function byOutcome(ledger: LedgerEntry[]): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { outcome, from, to } of ledger) counts[outcome] = (counts[outcome] ?? 0) + to - from;
    return counts;
}

describe("load: over HTTP", () => {
    let target: Receiver | undefined;
    afterEach(async () => {
        await target?.close();
        target = undefined;
    });

    const small = { intervalMs: 100, durationMs: 250, batch: 35, concurrency: 8 };

    it("sends exactly the series, samples, values and times of the plan: kinds, tenants, replicas and extra labels", async () => {
        target = await receiver();
        const plan = planOf({
            ...small,
            series: 234,
            replicas: 2,
            tenants: 3,
            extraLabels: 3,
            labelValueBytes: 20,
            urls: [target.url],
        });
        const { lines, ledger, startedAt } = await runLoad(plan);
        assert.deepEqual(textsOf(target.received), expected(plan, startedAt));
        // 8 batches (of 30, the last of 24) × 2 replicas, 6.25 ms apart: two whole rounds, and half of the third.
        assert.equal(requestsOf(plan).length, 16);
        assert.equal(target.received.length, 2 * 468 + 4 * 2 * 30);
        const names = new Set(target.received.map(({ labels }) => JSON.stringify(labels)));
        assert.equal(names.size, 468);
        const count = target.received.length;
        assert.deepEqual(totals(lines), [count, count, 0, 0, 0]);
        assert.deepEqual(byOutcome(ledger), { acknowledged: count });
        assert.equal(countOf(mergeLatencies(lines.map(({ latency }) => latency))), 40);
    });

    it("sends bodies of several literals whole: long labels, many series", async () => {
        target = await receiver();
        const plan = planOf({
            ...small,
            durationMs: 100,
            series: 600,
            batch: 600,
            extraLabels: 10,
            labelValueBytes: 60,
            urls: [target.url],
        });
        const { startedAt } = await runLoad(plan);
        assert.deepEqual(textsOf(target.received), expected(plan, startedAt));
        assert.equal(target.received.length, 600);
    });

    it("replaces series just when the plan says, and the ledger has their generations", async () => {
        target = await receiver();
        // Each block lives for 200 ms; ten blocks, so one is replaced each 20 ms.
        const churnPercentPerHour = (3_600_000 * 100) / 200;
        const plan = planOf({ ...small, durationMs: 400, churnPercentPerHour, urls: [target.url] });
        const { ledger, startedAt } = await runLoad(plan);
        assert.deepEqual(textsOf(target.received), expected(plan, startedAt));
        const generations = new Set(target.received.map(({ labels }) => labels.generation));
        assert.deepEqual([...generations].sort(), ["0", "1", "2"]);
        for (const { from, to, time, generation = 0 } of ledger)
            for (let slot = from; slot < to; slot++)
                assert.equal(generationOf(plan, slot, time, startedAt), generation, `slot ${slot} at ${time}`);
        assert.deepEqual(byOutcome(ledger), { acknowledged: 400 });
    });

    it("shares the series among workers without a gap or a doubled one", async () => {
        target = await receiver();
        const { url } = target;
        const plans = [0, 1, 2].map((index) =>
            planOf({ ...small, durationMs: 100, series: 95, urls: [url], worker: { index, of: 3 } }),
        );
        await Promise.all(plans.map(runLoad));
        const slots = target.received.map(({ labels }) => Number(labels.slot)).sort((a, b) => a - b);
        assert.deepEqual(
            slots,
            Array.from({ length: 95 }, (_, slot) => slot),
        );
    });

    it("counts what is refused by its answer, at once and once, and sends it to nobody else", async () => {
        target = await receiver((response, number) =>
            number % 2 === 0 ? response.writeHead(204).end() : response.writeHead(503).end("no quorum\nof 3"),
        );
        const plan = planOf({ ...small, durationMs: 200, batch: 50, urls: [target.url] });
        const { lines, ledger } = await runLoad(plan);
        assert.equal(target.requests, 4, "nothing is tried twice");
        assert.deepEqual(totals(lines), [200, 100, 100, 0, 0]);
        assert.deepEqual(byOutcome(ledger), { acknowledged: 100, refused: 100 });
        const errors = lines.flatMap((line) => Object.entries(line.errors));
        assert.ok(errors.every(([text]) => text === "HTTP 503 no quorum of 3"));
        assert.equal(
            errors.reduce((sum, [, count]) => sum + count, 0),
            2,
        );
    });

    it("takes nothing but a 2xx for an acknowledgement", async () => {
        for (const status of [200, 202, 204, 299, 302, 400, 401, 413, 429, 500]) {
            target = await receiver((response) => void response.writeHead(status).end());
            const { lines, ledger } = await runLoad(
                planOf({ ...small, durationMs: 100, batch: 100, urls: [target.url] }),
            );
            const taken = status < 300;
            assert.deepEqual(byOutcome(ledger), { [taken ? "acknowledged" : "refused"]: 100 }, String(status));
            assert.deepEqual(lines[0]?.errors, taken ? {} : { [`HTTP ${status}`]: 1 });
            await target.close();
        }
    });

    it("tells a target that is not there from one that does not answer and one that breaks off", async () => {
        const gone = await receiver();
        await gone.close();
        const one = { ...small, durationMs: 100, batch: 100 };
        const refused = await runLoad(planOf({ ...one, urls: [gone.url] }));
        assert.deepEqual(refused.lines[0]?.errors, { ECONNREFUSED: 1 });
        assert.deepEqual(byOutcome(refused.ledger), { refused: 100 });

        target = await receiver(() => {});
        const silent = await runLoad(planOf({ ...one, timeoutMs: 50, urls: [target.url] }));
        assert.deepEqual(silent.lines[0]?.errors, { "no answer in 50 ms": 1 });
        assert.deepEqual(byOutcome(silent.ledger), { unknown: 100 });
        assert.deepEqual(silent.lines[0]?.latency, [], "only acknowledged requests have a latency");
        await target.close();

        target = await receiver((response) => void response.socket?.destroy());
        const broken = await runLoad(planOf({ ...one, urls: [target.url] }));
        assert.deepEqual(broken.lines[0]?.errors, { ECONNRESET: 1 });
        assert.deepEqual(byOutcome(broken.ledger), { unknown: 100 });
        await target.close();

        target = await receiver((response) => {
            response.writeHead(200, { "Content-Length": 100 }).write("some");
            response.socket?.destroySoon();
        });
        const half = await runLoad(planOf({ ...one, urls: [target.url] }));
        assert.deepEqual(byOutcome(half.ledger), { unknown: 100 });
    });

    it("refuses, as nothing has gone out, a target whose certificate nobody vouches for", async () => {
        const { gateway } = await issueAll();
        const server = createServer({ cert: gateway.certificate, key: gateway.key }).listen(0, "127.0.0.1");
        try {
            await once(server, "listening");
            const { port } = server.address() as AddressInfo;
            const url = `https://127.0.0.1:${port}/write`;
            const { ledger, lines } = await runLoad(planOf({ ...small, durationMs: 100, batch: 100, urls: [url] }));
            assert.deepEqual(byOutcome(ledger), { refused: 100 });
            assert.match(Object.keys(lines[0]?.errors ?? {}).join(), /CERT|SIGNATURE/);
        } finally {
            server.close();
        }
    });

    it("shows a stall of the receiver in the latencies of everything that was due meanwhile, and what is unsent", async () => {
        // The first answers come only when the last request of the schedule is due.
        const held: (() => void)[] = [];
        let open = false;
        target = await receiver((response) => {
            const end = () => void response.writeHead(204).end();
            if (open) end();
            else held.push(end);
        });
        const plan = planOf({
            ...small,
            batch: 10,
            concurrency: 2,
            timeoutMs: 1000,
            durationMs: 300,
            urls: [target.url],
        });
        const prepared = prepareLoad(plan);
        const lines: LoadInterval[] = [];
        const ledger: LedgerEntry[] = [];
        const load = startLoad(plan, prepared, {
            interval: (line) => lines.push(line),
            ledger: (entries) => ledger.push(...entries),
        });
        while (Date.now() < prepared.startedAt + 300) await new Promise((next) => setTimeout(next, 5));
        assert.equal(target.requests, 2, "no more in hand than asked for");
        open = true;
        for (const end of held) end();
        await load.done;
        assert.deepEqual(totals(lines), [300, 300, 0, 0, 0]);
        const latency = mergeLatencies(lines.map((line) => line.latency));
        // 30 requests were due each 10 ms and none was answered before 300 ms: half of them waited 150 ms or longer.
        assert.ok((quantileOf(latency, 0.5) ?? 0) > 145_000, String(quantileOf(latency, 0.5)));
        assert.ok((quantileOf(latency, 1) ?? 0) > 295_000, String(quantileOf(latency, 1)));
    });

    it("uses URLs in turn, and one that is down takes its share with it", async () => {
        target = await receiver();
        const gone = await receiver();
        await gone.close();
        const plan = planOf({ ...small, durationMs: 200, batch: 10, urls: [target.url, gone.url] });
        const { ledger } = await runLoad(plan);
        assert.deepEqual(byOutcome(ledger), { acknowledged: 100, refused: 100 });
        assert.equal(target.requests, 10);
    });

    it("tells one line each second and a shorter last one; together they cover the run", async () => {
        target = await receiver();
        const plan = planOf({ ...small, durationMs: 1300, urls: [target.url] });
        const { lines, startedAt } = await runLoad(plan);
        assert.deepEqual([lines[0]?.at, lines[0]?.seconds, lines[0]?.intended], [startedAt + 1000, 1, 1000]);
        assert.equal(lines.length, 2);
        assert.equal(total(lines, "intended"), 1300);
        assert.ok(lines.every(({ cpuSeconds, v, kind }) => cpuSeconds > 0 && v === 1 && kind === "write"));
    });
});
