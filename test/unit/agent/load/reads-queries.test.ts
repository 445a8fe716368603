import assert from "node:assert/strict";
import {
    queriesOfRound,
    type ReadPlan,
    readDefaults,
    readPlanFor,
    readPlanProblems,
} from "../../../../agent/load/reads-plan.ts";
import { type Query, queriesOf, readRequest } from "../../../../agent/load/reads-queries.ts";
import { hasSeries, problemOf, requestOf } from "../../../../agent/load/reads-sender.ts";
import { snappyLiterals } from "../../../../agent/remote-write.ts";
import { planOf } from "./plans.ts";

const urls = ["http://127.0.0.1:7201"];
const readPlanOf = (changes: Partial<ReadPlan> = {}) => readPlanFor(planOf({ series: 1000 }), urls, changes);
const time = Date.parse("2026-11-23T06:00:07Z");
const roundsOf = (plan: ReadPlan, rounds: number) =>
    Array.from({ length: rounds * queriesOfRound }, (_, n) => queriesOf(plan)(n, time + n * 500));

describe("the plan of a query load", () => {
    it("is right with its defaults", () => assert.deepEqual(readPlanProblems(readPlanOf()), []));

    const bad: [Partial<ReadPlan>, RegExp][] = [
        [{ queriesPerSecond: 0 }, /^queriesPerSecond = 0: allowed: 0.01 to 10000$/],
        [{ concurrency: 1.5 }, /^concurrency = 1.5: allowed: whole numbers$/],
        [{ groupsPerRule: 0 }, /^groupsPerRule = 0: allowed: 1 to 1000$/],
        [{ timeoutMs: 1, concurrency: 1 }, /^timeoutMs = 1: allowed: 10 to 600000$/],
        [{ rangesMs: [] }, /^rangesMs: one at least for dashboards$/],
        [{ rangesMs: [5] }, /^rangesMs = 5: allowed: 60000 to/],
        [{ mix: { dashboards: 0.5, rules: 0.3, remoteRead: 0.1 } }, /they add up to 0.9, not 1$/],
        [{ mix: { dashboards: 0.62, rules: 0.28, remoteRead: 0.1 } }, /allowed: steps of 0.05/],
        [{ mix: { dashboards: -0.1, rules: 1, remoteRead: 0.1 } }, /allowed: steps of 0.05 from 0 on/],
        [{ urls: [] }, /^urls: one at least$/],
        [{ urls: ["m3query:7201"] }, /^urls = m3query:7201: allowed: http/],
        [{ urls: ["http://a:secret@m3query:7201"] }, /^urls = m3query:7201: no user and password/],
        [{ urls: ["http://m3query:7201/api/v1/query"] }, /without a path/],
        [
            { queriesPerSecond: 1, timeoutMs: 2000, concurrency: 4 },
            /^concurrency = 4 with 1 queries a second .*at most 3 can/,
        ],
        [{ durationMs: 120_000, dataAfterMs: 120_000 }, /^dataAfterMs = 120000 with durationMs 120000: it would never/],
        [{ dataAfterMs: 100_000 }, /^dataAfterMs = 100000: at least 110000, the longest step of a graph and two/],
        [{ durationMs: 400 }, /^durationMs = 400 with 2 queries a second: not one would go out$/],
    ];
    for (const [changes, pattern] of bad) {
        it(`is refused with ${JSON.stringify(changes)}`, () => {
            const problems = readPlanProblems(readPlanOf(changes));
            assert.equal(problems.length, 1, problems.join("\n"));
            assert.match(problems[0] ?? "", pattern);
            assert.ok(!problems[0]?.includes("secret"));
        });
    }
});

describe("the queries of a load", () => {
    const kinds = (queries: Query[]) => {
        const count = (kind: Query["kind"]) => queries.filter((query) => query.kind === kind).length;
        return { dashboards: count("dashboard"), rules: count("rule"), remoteRead: count("remoteRead") };
    };

    it("come in the mix that was asked for, in each round, one after the other", () => {
        assert.deepEqual(kinds(roundsOf(readPlanOf(), 1)), { dashboards: 12, rules: 6, remoteRead: 2 });
        const mix = { dashboards: 0.05, rules: 0, remoteRead: 0.95 };
        assert.deepEqual(kinds(roundsOf(readPlanOf({ mix }), 3)), { dashboards: 3, rules: 0, remoteRead: 57 });
        const first = roundsOf(readPlanOf(), 1).map(({ kind }) => kind);
        assert.ok(!/(rule,){2}|(dashboard,){4}/.test(`${first.join()},`), first.join());
    });

    it("show every graph over every range, with a step that fits both range and interval", () => {
        const seen = new Set<string>();
        for (const query of roundsOf(readPlanOf(), 3)) {
            if (query.kind !== "dashboard") continue;
            const { start, end, step, promql } = query;
            assert.equal(end % step, 0);
            assert.ok(end * 1000 <= time + 60 * 500 && end * 1000 > time - step * 1000);
            const range = readDefaults.rangesMs.find((ms) => Math.abs(ms / 1000 - (end - start)) < step);
            assert.ok(range, `${end - start} s`);
            assert.equal(step, Math.max(10, range / 240_000));
            const window = Number(/\[(\d+)s\]/.exec(promql)?.[1] ?? 40);
            assert.equal(window, Math.max(40, promql.includes("[") ? Math.ceil(step) : 0));
            seen.add(`${promql.replace(/\{.*?\}|\[.*?\]/g, "")} ${range}`);
        }
        assert.equal(seen.size, 18);
    });

    it("ask for series that are there: of kinds and groups that the load has", () => {
        const kinds = { counter: 0.95, gauge: 0, histogram: 0.05 };
        const plan = readPlanFor(planOf({ series: 1000, kinds, run: "r1" }), urls, { groupsPerRule: 10 });
        let [counters, buckets] = [0, 0];
        for (const query of roundsOf(plan, 10)) {
            if (query.kind === "remoteRead") continue;
            assert.ok(!query.promql.includes("gauge"), query.promql);
            const selector = /\{run="r1",group=~?"([\d|]+)"\}/.exec(query.promql);
            assert.ok(selector, query.promql);
            const groups = selector[1]?.split("|").map(Number) ?? [];
            if (query.promql.includes("counter_total")) counters += 1;
            else {
                buckets += 1;
                // 100 blocks of which each twentieth is a histogram: in the groups 1, 3, 5, 7 and 9.
                assert.ok(
                    groups.every((group) => group % 2 === 1),
                    query.promql,
                );
            }
            if (query.kind === "rule") assert.equal(new Set(groups).size, query.promql.includes("counter") ? 10 : 5);
        }
        assert.ok(counters > 0 && buckets > 0);
    });

    it("read raw samples as Prometheus asks for them (prompb/remote.proto)", () => {
        const query: Query = {
            kind: "remoteRead",
            matchers: [{ name: "run", value: "r1" }],
            startMs: 300,
            endMs: 1,
        };
        // ReadRequest.queries { start 300, end 1, matcher { name "run", value "r1" } }
        const expected = "0a10" + "08ac02" + "1001" + "1a09" + "120372756e" + "1a027231";
        assert.equal(readRequest(query).toString("hex"), expected);
        const { path, headers, body } = requestOf(query);
        assert.equal(path, "/api/v1/prom/remote/read");
        assert.equal(headers["Content-Encoding"], "snappy");
        assert.deepEqual(body, snappyLiterals(readRequest(query)));
    });

    it("go out as forms", () => {
        const { path, body } = requestOf({ kind: "dashboard", promql: 'a{b="c"}+1', start: 1, end: 3, step: 2 });
        assert.equal(path, "/api/v1/query_range");
        assert.equal(body.toString(), "query=a%7Bb%3D%22c%22%7D%2B1&start=1&end=3&step=2");
        const rule = requestOf({ kind: "rule", promql: "up", time: 1.5 });
        assert.deepEqual([rule.path, rule.body.toString()], ["/api/v1/query", "query=up&time=1.5"]);
    });
});

describe("an answer to a query", () => {
    const answer = (result: string) =>
        Buffer.from(`{"status":"success","data":{"resultType":"matrix","result":[${result}]}}`);

    it("is told from one without data, and from what is no answer", () => {
        assert.equal(problemOf(answer(""), false), undefined);
        assert.equal(problemOf(answer(""), true), "no data");
        assert.equal(problemOf(answer('{"metric":{}}'), true), undefined);
        assert.match(
            problemOf(Buffer.from('{"status":"error","error":"x"}'), false) ?? "",
            /^no PromQL answer: .*error/,
        );
        assert.match(problemOf(Buffer.from("<html>"), false) ?? "", /^no PromQL answer: <html>/);
    });

    it("of remote read has series when it is longer than an empty result", () => {
        assert.equal(hasSeries(snappyLiterals(Buffer.from("0a00", "hex"))), false);
        assert.equal(hasSeries(snappyLiterals(Buffer.alloc(300))), true);
        assert.equal(hasSeries(Buffer.alloc(0)), false);
    });
});
