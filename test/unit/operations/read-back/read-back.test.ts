import assert from "node:assert/strict";
import { valueAt } from "../../../../agent/load/series.ts";
import type { LoadPlan } from "../../../../agent/load/types.ts";
import type { Placement } from "../../../../operations/access/m3.ts";
import { podOf } from "../../../../operations/access/shards.ts";
import { exitCodes } from "../../../../operations/cli/exit.ts";
import { readBackText, sound } from "../../../../operations/read-back/index.ts";
import type { CopyResult } from "../../../../operations/scenarios/types.ts";
import { UserError } from "../../../../support/errors.ts";
import { planOf } from "../../agent/load/plans.ts";
import { now } from "../healthy.ts";
import { blocksOnDisk } from "../young-databases.ts";
import { type Fate, pods, startedAt, type World, world } from "./world.ts";

const minutes = 60_000;
const counts = ({ found, missing, doubled, wrong, unasked }: CopyResult) => ({
    found,
    missing,
    doubled,
    wrong,
    unasked,
});
const clean = (found: number, unasked = 0) => ({ found, missing: 0, doubled: 0, wrong: 0, unasked });

describe("read-back", () => {
    const worlds: World[] = [];
    const run = (changes: Partial<LoadPlan>, ms: number, fateOf?: (time: number, from: number) => Fate): World => {
        const made = world(planOf(changes), ms, fateOf);
        worlds.push(made);
        return made;
    };
    after(() => {
        for (const made of worlds) made.remove();
    });

    /** A clean run of 100 series, 2 minutes, a sample of each in 10 s; the time of a request's third tick. */
    const small = () => run({}, 2 * minutes);
    const third = startedAt + 20_000;

    describe("of a run in which nothing went wrong finds nothing wrong", () => {
        const loads: [string, Partial<LoadPlan>, number][] = [
            ["100 series", {}, 2 * minutes],
            [
                "histograms alone, requests smaller than one",
                { kinds: { counter: 0, gauge: 0, histogram: 1 }, batch: 7 },
                minutes,
            ],
            ["more than one group, a last one that is not full", { series: 273, batch: 100 }, minutes],
            ["churn: twelve generations an hour", { churnPercentPerHour: 1200 }, 12 * minutes],
            ["two identical senders and labels beside the generator's own", { replicas: 2, extraLabels: 3 }, minutes],
            ["three tenants, an interval that is no whole second", { tenants: 3, intervalMs: 1700 }, minutes],
            ["the second of three workers", { series: 250, worker: { index: 1, of: 3 } }, minutes],
        ];
        for (const [title, changes, ms] of loads) {
            it(title, async () => {
                const made = run(changes, ms);
                const sent = made.ledger.reduce((sum, { from, to }) => sum + to - from, 0);
                assert.ok(sent > 0);
                const result = await made.readBack({ replicaSeries: 10_000 });
                assert.deepEqual(counts(result.merged), clean(sent));
                assert.deepEqual(Object.keys(result.replicas), pods);
                for (const copy of Object.values(result.replicas)) assert.deepEqual(counts(copy), clean(sent));
                assert.equal(result.acknowledged, sent);
                assert.equal(result.checked, sent);
                assert.deepEqual([result.sampled, result.unread, result.notes], [undefined, undefined, undefined]);
                assert.ok(sound(result));
            });
        }

        it("also where requests were refused or unknown: what is there of them is allowed, and told", async () => {
            // By turns of 7: refused, refused but there, unknown, unknown but there, never sent, acknowledged twice.
            const fates: Fate[] = [
                { outcome: "refused", there: false },
                { outcome: "refused", there: true },
                { outcome: "unknown", there: false },
                { outcome: "unknown", there: true },
                { outcome: "unsent", there: false },
                { outcome: "acknowledged", there: true },
                { outcome: "acknowledged", there: true },
            ];
            const tally = { found: 0, unasked: 0 };
            const made = run({ batch: 10 }, 2 * minutes, (time, from) => {
                const fate = fates[(Math.floor((time - startedAt) / 10_000) + from / 10) % 7] ?? {
                    outcome: "acknowledged",
                    there: true,
                };
                if (fate.there) tally[fate.outcome === "acknowledged" ? "found" : "unasked"] += 10;
                return fate;
            });
            const result = await made.readBack();
            assert.ok(tally.unasked > 0);
            assert.deepEqual(counts(result.merged), clean(tally.found, tally.unasked));
            for (const copy of Object.values(result.replicas)) {
                assert.deepEqual(counts(copy), clean(tally.found, tally.unasked));
            }
            assert.equal(result.checked, tally.found);
        });

        it("and has asked in pieces that do not grow with the run", async () => {
            const made = run({ series: 2000, batch: 100, intervalMs: 2000 }, minutes);
            assert.deepEqual(counts((await made.readBack({ replicaSeries: 1 })).merged), clean(60_000));
            // 20 groups, 3,000 samples each, and two minutes beside the run: not one query, nor one for each group.
            assert.ok(made.queries.length > 2 && made.queries.length < 20, `${made.queries.length} queries`);
        });
    });

    describe("finds what is planted in every copy", () => {
        it("a lost sample", async () => {
            const made = small();
            made.take(({ slot }, time) => slot === "42" && time === third);
            const result = await made.readBack();
            assert.deepEqual(counts(result.merged), { ...clean(1199), missing: 1 });
            assert.deepEqual(result.merged.gaps, [{ from: third, to: third, samples: 1 }]);
            assert.match(
                result.merged.examples[0] ?? "",
                /^missing: m3perf_load_seconds_bucket slot 42, le 0.1 at 2026-11-23T05:40:20/,
            );
            for (const copy of Object.values(result.replicas)) assert.equal(copy.missing, 1);
            assert.ok(!sound(result) && !sound(result, true));
        });

        it("a whole series that is lost", async () => {
            const made = small();
            made.take(({ slot }) => slot === "7");
            assert.deepEqual(counts((await made.readBack()).merged), { ...clean(1188), missing: 12 });
        });

        it("a sample that nobody sent: at another time, of another generation, before the run", async () => {
            const made = small();
            made.put([3, 0, 0], third + 1, valueAt(made.plan, 3, 0, third + 1));
            made.put([3, 1, 0], third, valueAt(made.plan, 3, 1, third));
            made.put([3, 0, 0], startedAt - 30_000, 5);
            const { merged, replicas } = await made.readBack();
            assert.deepEqual(counts(merged), { ...clean(1200), doubled: 3 });
            assert.match(merged.examples.join(), /m3perf_load_gauge slot 3 at \S+20.001Z was never sent, and there/);
            // The second is a series that no ledger names: of the copies, only series that are in the ledger are asked.
            for (const copy of Object.values(replicas)) assert.equal(copy.doubled, 2);
        });

        it("one that was never sent since too much waited, and yet is there", async () => {
            const unsent: Fate = { outcome: "unsent", there: true };
            const made = run({}, minutes, (time) => (time < third ? unsent : { outcome: "acknowledged", there: true }));
            assert.deepEqual(counts((await made.readBack()).merged), { ...clean(400), doubled: 200 });
        });

        it("a sample twice, where two series carry the same numbers", async () => {
            const made = small();
            for (const copy of made.copies.values()) {
                const [id, stored] = [...copy][0] ?? ["", { labels: {}, points: [] }];
                copy.set(`${id} again`, {
                    labels: { ...stored.labels, other: "x" },
                    points: stored.points.slice(0, 2),
                });
            }
            const { merged } = await made.readBack();
            assert.deepEqual(counts(merged), { ...clean(1200), doubled: 2 });
            assert.match(merged.examples[0] ?? "", /is there twice$/);
        });

        it("a wrong value, by the last place that a number has", async () => {
            const made = small();
            const right = valueAt(made.plan, 5, 0, third);
            made.put([5, 0, 0], third, right + 2 ** -10);
            const result = await made.readBack();
            assert.deepEqual(counts(result.merged), { ...clean(1199), wrong: 1 });
            assert.match(result.merged.examples[0] ?? "", new RegExp(`instead of ${right}$`));
            for (const copy of Object.values(result.replicas)) assert.equal(copy.wrong, 1);
        });

        it("all three at once, and examples of each however many are missing", async () => {
            const made = small();
            made.take((_labels, time) => time >= third && time < third + 40_000);
            made.put([5, 0, 0], startedAt, 1);
            made.put([5, 0, 0], startedAt + 1, 1);
            const { merged } = await made.readBack();
            assert.deepEqual(counts(merged), { found: 799, missing: 400, doubled: 1, wrong: 1, unasked: 0 });
            assert.equal(merged.examples.length, 20);
            assert.match(merged.examples.slice(0, 2).join(), /^wrong: .*,doubled: /);
            // Requests go out at 0 and 5 s of each interval.
            assert.deepEqual(merged.gaps, [{ from: third, to: third + 35_000, samples: 400 }]);
        });
    });

    describe("finds what is planted in one replica and hidden from readers", () => {
        it("a hole", async () => {
            const made = small();
            made.take((_labels, time) => time >= third && time < third + 20_000, pods.slice(1, 2));
            const result = await made.readBack();
            assert.deepEqual(counts(result.merged), clean(1200));
            assert.deepEqual(
                pods.map((pod) => result.replicas[pod]?.missing),
                [0, 200, 0],
            );
            assert.deepEqual(result.replicas[pods[1] ?? ""]?.gaps, [{ from: third, to: third + 15_000, samples: 200 }]);
            assert.ok(!sound(result) && sound(result, true));
            assert.match(readBackText(result), /\nFAIL {2}m3-cluster-rep1-0 {2}1000 +200 .*\n/);
            assert.match(readBackText(result), /\nm3-cluster-rep1-0:\n {2}gap: 200 samples from .* \(15\.0 s\)\n/);
        });

        it("a wrong value, and a sample that nobody sent", async () => {
            const made = small();
            made.put([5, 0, 0], third, 1, pods.slice(0, 1));
            made.put([6, 0, 0], third + 1, 1, pods.slice(0, 1));
            const { merged, replicas } = await made.readBack();
            // Its value is not the one that merging leaves here; the sample that is there alone is what readers get.
            assert.deepEqual(counts(merged), { ...clean(1200), doubled: 1 });
            assert.deepEqual(
                pods.map((pod) => [replicas[pod]?.wrong, replicas[pod]?.doubled]),
                [
                    [1, 1],
                    [0, 0],
                    [0, 0],
                ],
            );
        });

        it("also where only some series are read, which it tells", async () => {
            const made = run({ series: 1000 }, minutes);
            made.take((_labels, time) => time === third, pods.slice(2));
            const result = await made.readBack({ replicaSeries: 50 });
            assert.equal(result.sampled, "replicas: 50 of 1000 slots, evenly spread");
            assert.deepEqual(
                pods.map((pod) => result.replicas[pod]?.series),
                [50, 50, 50],
            );
            assert.ok((result.replicas[pods[2] ?? ""]?.missing ?? 0) > 0);
        });

        /** What is older than this is on disk. */
        function inMemoryFor(made: World, seconds: number, young = pods): World {
            blocksOnDisk(made.fake, { bufferPast: seconds + 60, young });
            return made;
        }

        it("as far as M3 has it in memory: for what is on disk no replica can be asked", async () => {
            const made = inMemoryFor(small(), 19 * 60); // the run began 20 minutes ago
            assert.ok(made.take((_labels, time) => time === third, pods.slice(2)) > 0);
            const { merged, replicas, sampled, unread, replicasSince } = await made.readBack();
            assert.deepEqual(counts(merged), clean(1200));
            for (const pod of pods) assert.deepEqual(counts(replicas[pod] ?? merged), clean(600));
            assert.match(sampled ?? "", /^replicas: samples before 2026-11-23T05:41:00.000Z are on their disks/);
            assert.deepEqual([unread, replicasSince], [undefined, now - 19 * minutes]);
        });

        it("all of it where each node answers for its disk, too", async () => {
            const made = inMemoryFor(small(), 19 * 60, []);
            assert.ok(made.take((_labels, time) => time === third, pods.slice(2)) > 0);
            const { replicas, sampled, unread, replicasSince } = await made.readBack();
            assert.deepEqual([sampled, unread, replicasSince], [undefined, undefined, undefined]);
            assert.deepEqual(
                pods.map((pod) => (replicas[pod]?.missing ?? 0) > 0),
                [false, false, true],
            );
        });

        it("as far as M3 has it in memory also of a run that did not begin at a whole second", async () => {
            const made = world(planOf(), 2 * minutes, undefined, startedAt + 123);
            worlds.push(made);
            const { replicas, unread, replicasSince } = await inMemoryFor(made, 19 * 60).readBack();
            assert.deepEqual([unread, replicasSince], [undefined, now - 19 * minutes]);
            for (const pod of pods) assert.deepEqual([replicas[pod]?.missing, replicas[pod]?.found], [0, 600]);
        });

        it("none of what is on disk where one node alone does not", async () => {
            const { replicas, unread, replicasSince } = await inMemoryFor(
                small(),
                19 * 60,
                pods.slice(1, 2),
            ).readBack();
            assert.deepEqual([unread, replicasSince], [undefined, now - 19 * minutes]);
            for (const pod of pods) assert.equal(replicas[pod]?.found, 600);
        });

        it("all of it where only the time before the first sample is on disk", async () => {
            const { sampled, replicasSince, replicas } = await inMemoryFor(small(), 20 * 60).readBack();
            assert.deepEqual([sampled, replicasSince], [undefined, undefined]);
            for (const pod of pods) assert.equal(replicas[pod]?.found, 1200);
        });

        it("of a run that is all on disk no replica is asked", async () => {
            const { merged, replicas, sampled } = await inMemoryFor(small(), 60).readBack();
            assert.deepEqual([counts(merged), replicas], [clean(1200), {}]);
            assert.match(sampled ?? "", /^replicas: samples before 2026-11-23T05:59:00.000Z are on their disks/);
        });

        it("but not where only the merged copy is asked for", async () => {
            const result = await small().readBack({ replicaSeries: 0 });
            assert.deepEqual(result.replicas, {});
            assert.equal(result.sampled, "replicas were not asked");
        });
    });

    describe("is careful:", () => {
        it("what a killed generator had in hand is no fault, if it is right and near the end", async () => {
            const made = run({ timeoutMs: 10_000 }, 2 * minutes);
            // Its last line and one long before are gone.
            const last = made.ledger.pop();
            const [early] = made.ledger.splice(0, 1);
            assert.ok(last && early && last.time > early.time + minutes);
            const result = await made.readBack();
            assert.deepEqual(counts(result.merged), { ...clean(1100, 50), doubled: 50 });
            assert.match(result.notes?.join() ?? "", /^50 samples near the end are right but not in the ledger/);
        });

        it("but one that was not due then is, however near the end", async () => {
            const made = run({ timeoutMs: 10_000 }, 2 * minutes);
            const time = startedAt + 115_007;
            made.put([3, 0, 0], time, valueAt(made.plan, 3, 0, time));
            assert.deepEqual(counts((await made.readBack()).merged), { ...clean(1200), doubled: 1 });
        });

        it("nor is what had waited before, as long as requests may, and then was in hand", async () => {
            const made = run({ timeoutMs: 10_000 }, 2 * minutes);
            // In hand: of 18 s before the last line; another one before that had no time left.
            const at = (before: number) => made.ledger.findIndex(({ time }) => time === startedAt + 115_000 - before);
            made.ledger.splice(at(20_000), 1);
            made.ledger.splice(at(25_000), 1);
            assert.deepEqual(counts((await made.readBack()).merged), { ...clean(1100, 50), doubled: 50 });
        });

        it("proves nothing of a replica whose shards are still INITIALIZING, and says so", async () => {
            const made = small();
            const all: string[] = [];
            for (const pod of pods) {
                const path = made.fake.podPath(pod, 7201, "/api/v1/services/m3db/placement");
                const before = made.fake.answers.get(path);
                assert.ok(before && typeof before !== "function");
                const read = JSON.parse(before.body) as Placement;
                const [first] = Object.values(read.placement.instances ?? {});
                assert.ok(first);
                all.push(podOf(first));
                for (const shard of first.shards ?? []) shard.state = "INITIALIZING";
                made.fake.set(path, read);
            }
            const result = await made.readBack();
            const [filling = ""] = all;
            assert.deepEqual(
                Object.keys(result.replicas),
                pods.filter((pod) => pod !== filling),
            );
            assert.deepEqual(result.unread, [
                `${filling}: 100 series not read: their shards are still INITIALIZING there`,
            ]);
            assert.ok(!sound(result) && sound(result, true));
        });

        it("asks once more for what is missing, and tells what came late", async () => {
            const made = small();
            const answer = made.fake.ports.get("32558 /api/v1/query");
            let paused = 0;
            made.fake.context.pause = async () => {
                paused += 1;
            };
            made.fake.ports.set("32558 /api/v1/query", (request) => {
                const response = typeof answer === "function" ? answer(request) : { status: 500, body: "" };
                return paused > 0 ? response : { ...response, body: response.body.replace(/\["?[\d.]+,"\d+"\],/, "") };
            });
            const result = await made.readBack();
            assert.deepEqual(counts(result.merged), clean(1200));
            assert.deepEqual(result.notes, [
                "1 samples were there only at a second look: answers were incomplete for a while",
            ]);
        });

        it("makes queries smaller that M3 does not answer", async () => {
            const made = run({ series: 400, batch: 100 }, minutes);
            const answer = made.fake.ports.get("32558 /api/v1/query");
            made.fake.ports.set("32558 /api/v1/query", (request) => {
                const tooMuch = request.query?.query?.includes("|");
                assert.equal(request.headers?.["M3-Limit-Require-Exhaustive"], "true");
                if (tooMuch || typeof answer !== "function") return { status: 400, body: "query exceeded limit" };
                return answer(request);
            });
            const { merged, notes } = await made.readBack();
            assert.deepEqual(counts(merged), clean(2400));
            assert.match(notes?.join() ?? "", /^3 queries had no whole answer .*; the last: .*query exceeded limit/);
        });

        it("waits for an m3query that has ended, as by a query that was too large for it", async () => {
            const made = run({ series: 400, batch: 100 }, minutes);
            const answer = made.fake.ports.get("32558 /api/v1/query");
            let away = 0;
            made.fake.ports.set("32558 /health", () => {
                away -= 1;
                return away > 0 ? { status: 502, body: "m3query does not answer" } : { status: 200, body: "{}" };
            });
            made.fake.ports.set("32558 /api/v1/query", (request) => {
                if (request.query?.query?.includes("|")) away = 20;
                if (away > 0 || typeof answer !== "function") return { status: 502, body: "m3query does not answer" };
                return answer(request);
            });
            assert.deepEqual(counts((await made.readBack()).merged), clean(2400));
        });

        it("gives no result where m3query gives none", async () => {
            const made = small();
            made.fake.ports.set("32558 /api/v1/query", { status: 503, body: "not enough replicas" });
            await assert.rejects(made.readBack(), (error: unknown) => {
                assert.ok(error instanceof UserError);
                assert.equal(error.exitCode, exitCodes.unavailable);
                assert.match(
                    error.message,
                    /no whole answer\n {2}\{run="test",group=~"0"\}: .*503: not enough replicas/,
                );
                return true;
            });
        });

        it("keeps what readers get where nobody tells who has which series", async () => {
            const made = small();
            for (const pod of pods)
                made.fake.answers.delete(made.fake.podPath(pod, 7201, "/api/v1/services/m3db/placement"));
            const result = await made.readBack();
            assert.deepEqual(counts(result.merged), clean(1200));
            assert.match(
                result.unread?.join() ?? "",
                /^placement and namespaces, which say who has which series: .*503/,
            );
            assert.ok(!sound(result) && sound(result, true));
        });

        it("asks a pod again whose answers the API server breaks off, or that is too busy once", async () => {
            const made = small();
            const [path = ""] = pods.map((pod) => made.fake.podPath(pod, 9002, "/fetch"));
            const answer = made.fake.answers.get(path);
            let asked = 0;
            made.fake.answers.set(path, (request) => {
                asked += 1;
                if (asked % 5 === 1) throw Object.assign(new Error("aborted"), { code: "ECONNRESET" });
                if (asked % 5 === 3) throw new Error("no answer within 8 s");
                return typeof answer === "function" ? answer(request) : { status: 500, body: "" };
            });
            const result = await made.readBack();
            assert.deepEqual([result.unread, result.replicas[pods[0] ?? ""]?.found], [undefined, 1200]);
            assert.ok(asked > 100);
        });

        it("leaves the series of another worker to the other's ledger, also where a group has both", async () => {
            const made = run({ series: 250, worker: { index: 1, of: 3 } }, minutes);
            const sent = made.ledger.reduce((sum, { from, to }) => sum + to - from, 0);
            // Slots 80 to 159 are its own; group 0 has 0 to 99.
            made.put([10, 0, 0], third, valueAt(made.plan, 10, 0, third));
            assert.deepEqual(counts((await made.readBack()).merged), clean(sent));
        });

        it("says why a replica's copies cannot be told: no number, another shard, an id that M3 writes otherwise", async () => {
            const unread = async (made: World) => (await made.readBack()).unread;
            const answering = (body: string) => {
                const made = small();
                made.fake.answers.set(made.fake.podPath(pods[0] ?? "", 9002, "/fetch"), { status: 500, body });
                return made;
            };
            const [first = ""] = pods;
            assert.deepEqual(await unread(answering("json: unsupported value: NaN")), [
                `${first}: 100 series not read: a sample is no number`,
            ]);
            assert.deepEqual(await unread(answering("not responsible for shard 99999")), [
                `${first}: 100 series not read: M3 finds the series in another shard (db.hashing.seed)`,
            ]);
            const escaped = run({ tenantLabels: [{ site: 'a"b' }] }, minutes);
            assert.deepEqual(await unread(escaped), [
                "label values that M3 escapes in ids: 100 series not read: run test",
            ]);
        });

        it("proves nothing of a pod that does not answer, and says so", async () => {
            const made = small();
            made.fake.answers.delete(made.fake.podPath(pods[0] ?? "", 9002, "/fetch"));
            const result = await made.readBack();
            assert.deepEqual(Object.keys(result.replicas), pods.slice(1));
            assert.match(result.unread?.[0] ?? "", /^m3-cluster-rep0-0: 100 series not read: .* answered 503/);
            assert.ok(!sound(result) && sound(result, true));
            assert.match(readBackText(result), /not read, so nothing is proven:\n {2}m3-cluster-rep0-0: 100 series/);
        });

        it("does not ask for what is older than M3 keeps", async () => {
            const made = small();
            const { environment } = made.fake.context;
            // It began 20 minutes ago; what leaves in the next five is left out, too.
            environment.cluster.namespaces[0] = { name: "default", retention: "24m" };
            made.take((_labels, time) => time < now - 19 * minutes);
            const result = await made.readBack();
            assert.deepEqual(counts(result.merged), clean(600));
            assert.deepEqual([result.acknowledged, result.checked], [1200, 600]);
            assert.match(result.sampled ?? "", /^600 acknowledged samples are older than M3 keeps them/);
            environment.cluster.namespaces[0] = { name: "default", retention: "10m" };
            await assert.rejects(made.readBack(), /every sample of this run is older .*\n.*retention 10m/);
        });

        it("can be ended", async () => {
            const signal = AbortSignal.abort(new Error("enough"));
            await assert.rejects(small().readBack({ signal }), /enough/);
        });
    });
});
