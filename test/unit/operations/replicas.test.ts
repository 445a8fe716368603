import assert from "node:assert/strict";
import { sampleOf } from "../../../operations/access/copies.ts";
import type { HttpRequest } from "../../../operations/access/http.ts";
import { seriesId, seriesIdOf } from "../../../operations/access/series-id.ts";
import { numberForEachShard, probeIds, shardOf } from "../../../operations/access/shards.ts";
import type { Check, Failed } from "../../../operations/checks/check.ts";
import { holes } from "../../../operations/checks/holes.ts";
import { lacking, replicas } from "../../../operations/checks/replicas.ts";
import { roundTrips } from "../../../operations/checks/round-trips.ts";
import { murmur3 } from "../../../support/murmur3.ts";
import { type Fake, healthy, now, scrapedIds } from "./healthy.ts";
import { blocksOnDisk } from "./young-databases.ts";

async function failure(check: Check, fake: Fake): Promise<Failed> {
    const verdict = await check.run(fake.context);
    assert.ok(!verdict.ok, `passed: ${verdict.ok && verdict.evidence}`);
    return verdict;
}

/** Lets a test change what one path of the API answers. */
function wrap(
    fake: Fake,
    path: string,
    change: (answer: { status: number; body: string }, request: HttpRequest) => string,
) {
    const before = fake.answers.get(path);
    fake.answers.set(path, (request) => {
        const answer = typeof before === "function" ? before(request) : (before ?? { status: 404, body: "" });
        return { ...answer, body: change(answer, request) };
    });
}

describe("shards of series", () => {
    it("are those that M3 computes (github.com/m3db/stackmurmur3/v2, SeedSum32)", () => {
        const vectors: [string, number, number][] = [
            ["", 0, 142593372],
            ["a", 1009084850, 3001393763],
            ["ab", 2613040991, 3610054215],
            ["abc", 3017643002, 1313807976],
            ["abcd", 1139631978, 3898664396],
            ["hello, world", 345750399, 2127021762],
            ['{__name__="up",instance="10.244.1.7:9004",job="m3db"}', 1060597744, 3308560161],
            ["prüfung", 1739337202, 295437328],
        ];
        for (const [text, plain, seeded] of vectors) {
            assert.equal(murmur3(new TextEncoder().encode(text)), plain, text);
            assert.equal(murmur3(new TextEncoder().encode(text), 42), seeded, text);
        }
        assert.equal(shardOf("hello, world", 64), 345750399 % 64);
    });

    it("have an id each, for the largest placements, too", () => {
        for (const shards of [4, 64, 256]) {
            const ids = probeIds(shards);
            assert.equal(ids.size, shards);
            for (const [shard, id] of ids) assert.equal(shardOf(id, shards), shard);
        }
        assert.equal(numberForEachShard(1, String).size, 1);
    });

    it("are looked at so that each node has its part, and always the same ones", () => {
        const ids = [...probeIds(64).values()];
        const owners = (id: string) => [`a${shardOf(id, 3)}`, `b${shardOf(id, 2)}`];
        const sample = sampleOf(ids, owners, 5);
        for (const pod of ["a0", "a1", "a2", "b0", "b1"]) {
            assert.ok(sample.filter((id) => owners(id).includes(pod)).length >= 5, pod);
        }
        assert.ok(sample.length <= 25);
        assert.deepEqual(sampleOf(ids.reverse(), owners, 5), sample);
        assert.deepEqual(sampleOf(["x", "x", "y"], owners, 5), ["x", "y"]);
    });

    it("follow from ids made as the coordinators' settings say", () => {
        const tags = { job: "m3db", __name__: "up" };
        assert.equal(seriesId(tags, "quoted"), '{__name__="up",job="m3db"}');
        assert.equal(seriesId(tags, "prepend_meta"), "8,2,3,4!__name__upjobm3db");
        assert.equal(seriesId({ path: 'a"b' }, "quoted"), undefined);
        assert.equal(seriesId({ path: "a\\b" }, "quoted"), undefined);
        assert.equal(seriesId({ path: "ü" }, "quoted"), undefined);
        const { environment } = healthy().context;
        environment.cluster.metricName = "name";
        assert.equal(seriesIdOf(environment, tags), '{job="m3db",name="up"}');
    });
});

describe("data.round_trips", () => {
    it("sees one coordinator of two that refuses, and blames it alone", async () => {
        const fake = healthy();
        fake.answers.set(fake.podPath("m3coordinator-b", 7201, "/api/v1/json/write"), {
            status: 500,
            body: "unaggregated namespace is not yet initialized",
        });
        const { evidence, cause, next } = await failure(roundTrips, fake);
        assert.deepEqual(evidence, [
            "written through m3coordinator-b: /api/v1/json/write answered 500: unaggregated namespace is not yet initialized",
        ]);
        assert.match(cause, /this coordinator alone/);
        assert.match(next, /logs m3coordinator-b/);
    });

    it("sees one query process of two that does not find what was written", async () => {
        const fake = healthy();
        fake.set(fake.podPath("m3query-b", 7201, "/api/v1/query"), { status: "success", data: { result: [] } });
        const { evidence, cause, next } = await failure(roundTrips, fake);
        assert.equal(evidence.length, 2);
        assert.match(evidence[0] ?? "", /read through m3query-b: nothing at \d+ of coordinator 0/);
        assert.match(cause, /this query process alone/);
        assert.match(next, /logs m3query-b/);
    });

    it("sees a value that is another one", async () => {
        const fake = healthy();
        for (const name of ["m3query-a", "m3query-b"]) {
            wrap(fake, fake.podPath(name, 7201, "/api/v1/query"), ({ body }) => body.replace(/,"(\d+)"\]/, ',"7"]'));
        }
        const { evidence, cause } = await failure(roundTrips, fake);
        assert.match(evidence[0] ?? "", /7 instead of \d+ of coordinator 0/);
        assert.match(cause, /no query process finds/);
    });

    it("does not disturb another run in the same second", async () => {
        const fake = healthy();
        for (const check of [roundTrips, replicas]) {
            const verdicts = await Promise.all([check.run(fake.context), check.run(fake.context)]);
            assert.deepEqual(
                verdicts.map(({ ok }) => ok),
                [true, true],
            );
        }
    });

    it("says so when there is nobody to ask", async () => {
        const fake = healthy();
        fake.pods["app=m3query"] = [];
        assert.match((await failure(roundTrips, fake)).evidence[0] ?? "", /deployment\/m3query has no pods/);
    });
});

describe("data.replicas", () => {
    it("sees a replica that does not take what the others take, and its shards", async () => {
        const fake = healthy();
        fake.set(fake.podPath("m3-cluster-rep1-0", 9002, "/fetch"), { datapoints: null });
        const { evidence, cause, next } = await failure(replicas, fake);
        assert.deepEqual(evidence, ["m3-cluster-rep1-0: lacks the points of 4 shards: 0, 1, 2, 3"]);
        assert.match(cause, /acknowledged by the others/);
        assert.match(next, /logs m3-cluster-rep1-0/);
    });

    it("sees a replica that does not answer", async () => {
        const fake = healthy();
        fake.answers.delete(fake.podPath("m3-cluster-rep2-0", 9002, "/fetch"));
        assert.match((await failure(replicas, fake)).evidence[0] ?? "", /m3-cluster-rep2-0.* answered 503/);
    });

    it("sees writes that are refused", async () => {
        const fake = healthy();
        fake.ports.set("32555 /api/v1/json/write", { status: 500, body: "not enough replicas" });
        assert.deepEqual((await failure(replicas, fake)).evidence, [
            "4 of 4 writes refused",
            "500: not enough replicas",
        ]);
    });

    it("sees a replica with another value", () => {
        const copies = new Map([
            ["a", [{ timestamp: 7000, value: 5 }]],
            ["b", [{ timestamp: 7000, value: 6 }]],
            ["c", [{ timestamp: 6000, value: 5 }]],
        ]);
        assert.deepEqual(lacking([{ id: "x", shard: 3, copies }], 7, 5), [
            "c: lacks the points of 1 shard: 3",
            "b: 6 instead of 5 in shard 3",
        ]);
    });

    it("blames none where M3 hashes with another seed than we do", async () => {
        const fake = healthy();
        const { cluster } = fake.context.environment;
        for (const pod of cluster.pods) {
            wrap(fake, fake.podPath(pod, 7201, "/api/v1/services/m3db/placement"), ({ body }) =>
                body.replaceAll('"numShards":4', '"numShards":40').replaceAll('"id":3', '"id":30'),
            );
        }
        // The node has not the shard 39 of which this id is there; we thought of another one.
        fake.set(
            fake.podPath("m3-cluster-rep2-0", 9002, "/fetch"),
            { error: { message: "not responsible for shard 39" } },
            500,
        );
        const verdict = await replicas.run(fake.context);
        assert.ok(verdict.ok, JSON.stringify(verdict));
        assert.match(verdict.evidence, /^8 copies of 4 points in 3 dbnodes/);
    });
});

describe("data.holes", () => {
    /** A replica that has nothing between two times, seconds before now. */
    function away(fake: Fake, pod: string, from: number, to: number, only = (_id: string) => true): void {
        wrap(fake, fake.podPath(pod, 9002, "/fetch"), ({ body }, request) => {
            if (!only((request.body as { id: string }).id)) return body;
            const { datapoints } = JSON.parse(body) as { datapoints: { timestamp: number }[] };
            const kept = datapoints.filter(
                ({ timestamp }) => timestamp <= now - from * 1000 || timestamp >= now - to * 1000,
            );
            return JSON.stringify({ datapoints: kept });
        });
    }

    it("names the replica, the time and the shards of a hole that reads hide", async () => {
        const fake = healthy();
        away(fake, "m3-cluster-rep1-0", 600, 480);
        const { evidence, cause, next } = await failure(holes, fake);
        const shards = [...new Set(scrapedIds.map((id) => shardOf(id, 4)))].sort().join(", ");
        assert.deepEqual(evidence, [
            `m3-cluster-rep1-0: lacks 33 samples from 05:50:10 to 05:51:50 UTC (100 s), shard ${shards}`,
            "seen in 3 series",
        ]);
        assert.match(cause, /away then/);
        assert.match(next, /m3perf rebuild m3-cluster-rep1-0/);
    });

    it("passes with a hole as short as a roll makes, and tells it", async () => {
        const fake = healthy();
        away(fake, "m3-cluster-rep2-0", 300, 270);
        const verdict = await holes.run(fake.context);
        assert.ok(verdict.ok);
        assert.match(
            verdict.evidence,
            /3 series from 3 dbnodes; short holes, 1 in all: m3-cluster-rep2-0: lacks 6 samples/,
        );
    });

    it("sees the hole of one shard alone", async () => {
        const fake = healthy();
        const [id = ""] = scrapedIds;
        away(fake, "m3-cluster-rep0-0", 600, 480, (one) => one === id);
        const { evidence } = await failure(holes, fake);
        assert.match(evidence[0] ?? "", new RegExp(`m3-cluster-rep0-0: lacks 11 samples .*, shard ${shardOf(id, 4)}$`));
    });

    it("lets a hole pass that our own update has just made, and no older one", async () => {
        const fake = healthy();
        away(fake, "m3-cluster-rep1-0", 600, 480);
        assert.ok((await holes.run({ ...fake.context, since: now - 700_000 })).ok);
        assert.ok(!(await holes.run({ ...fake.context, since: now - 500_000 })).ok);
    });

    describe("of what is on disk", () => {
        const { pods } = healthy().context.environment.cluster;

        function onDisk(bufferPast: number, young = pods, ids?: string[]): Fake {
            const fake = healthy();
            away(fake, "m3-cluster-rep1-0", 900, 700);
            blocksOnDisk(fake, { bufferPast, young, ...(ids ? { ids } : {}) });
            return fake;
        }
        const passed = async (fake: Fake) => {
            const verdict = await holes.run(fake.context);
            assert.ok(verdict.ok, JSON.stringify(verdict));
            return verdict.evidence;
        };

        it("looks at what is in memory alone where one node does not answer for its disk", async () => {
            assert.match(await passed(onDisk(660)), /all copies have the same samples/); // ten minutes
            assert.match(await passed(onDisk(660, pods.slice(2))), /all copies have the same samples/);
            assert.match(await passed(onDisk(60)), /while they are in memory, and none are yet/);
        });

        it("looks at what is in memory alone where a series that was not tried first has the connection ended", async () => {
            const last = [...scrapedIds].sort().slice(-1);
            assert.match(await passed(onDisk(660, pods, last)), /3 series from 3 dbnodes: all copies have the same/);
        });

        it("looks at all of it where each node does", async () => {
            const { evidence } = await failure(holes, onDisk(660, []));
            assert.match(evidence[0] ?? "", /m3-cluster-rep1-0: lacks/);
        });
    });

    it("says that repair is on where it is", async () => {
        const fake = healthy();
        away(fake, "m3-cluster-rep1-0", 600, 480);
        for (const pod of fake.context.environment.cluster.pods) {
            const path = fake.podPath(pod, 7201, "/api/v1/services/m3db/namespace");
            wrap(fake, path, ({ body }) => body.replace('"default":{', '"default":{"repairEnabled":true,'));
        }
        assert.match((await failure(holes, fake)).next, /repair is on for default/);
    });

    it("leaves out what a node cannot say, and fails when a node does not answer", async () => {
        const stale = healthy();
        for (const pod of stale.context.environment.cluster.pods) {
            stale.set(
                stale.podPath(pod, 9002, "/fetch"),
                { error: { message: "failed to encode response body: json: unsupported value: NaN" } },
                500,
            );
        }
        const verdict = await holes.run(stale.context);
        assert.ok(verdict.ok);
        assert.match(verdict.evidence, /3 with a stale marker left out/);

        const down = healthy();
        down.answers.delete(down.podPath("m3-cluster-rep0-0", 9002, "/fetch"));
        const { evidence, cause } = await failure(holes, down);
        assert.match(evidence[0] ?? "", /m3-cluster-rep0-0 \/fetch answered 503/);
        assert.match(cause, /cannot be compared/);
    });

    it("says of a connection that M3 ends that it may be for a block on disk", async () => {
        const fake = healthy();
        const body = { kind: "Status", message: "error trying to reach service: EOF", code: 503 };
        fake.set(fake.podPath("m3-cluster-rep0-0", 9002, "/fetch"), body, 503);
        assert.match(
            (await failure(holes, fake)).evidence[0] ?? "",
            /rep0-0 \/fetch: the connection ended: M3 1\.5\.0/,
        );
    });
});
