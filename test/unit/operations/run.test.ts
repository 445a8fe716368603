import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Check, fail, pass } from "../../../operations/checks/check.ts";
import { lastText, renderResults, wrap } from "../../../operations/checks/report.ts";
import { runChecks } from "../../../operations/checks/run.ts";
import { chooseChecks } from "../../../operations/checks/verify.ts";
import { healthy } from "./healthy.ts";

const make = (id: string, run: Check["run"]): Check => ({
    id,
    system: "etcd",
    title: `title of ${id}`,
    source: "test",
    means: "nothing",
    run,
});

describe("the runner of checks", () => {
    const { context } = healthy();

    it("runs them side by side, keeps their order, and takes a throw for a failure", async () => {
        let running = 0;
        let most = 0;
        const slow = (id: string) =>
            make(id, async () => {
                running += 1;
                most = Math.max(most, running);
                await sleep(20);
                running -= 1;
                return pass("fine");
            });
        const thrown = make("b", () => Promise.reject(new Error("no route to host")));
        const results = await runChecks([slow("a"), thrown, slow("c")], context);
        assert.deepEqual(
            results.map(({ id, ok }) => [id, ok]),
            [
                ["a", true],
                ["b", false],
                ["c", true],
            ],
        );
        assert.deepEqual(results[1]?.evidence, ["no route to host"]);
        assert.equal(most, 2);
    });

    it("ends a check that does not end", async () => {
        const never = make("never", () => new Promise(() => {}));
        const [result] = await runChecks([never], context, { limit: 0.05 });
        assert.equal(result?.ok, false);
        assert.match(result?.evidence[0] ?? "", /no result within 0.05 s/);
    });

    it("tries failing checks again while it may wait, and those alone", async () => {
        const runs = { good: 0, late: 0 };
        const good = make("good", async () => {
            runs.good += 1;
            return pass("x");
        });
        const late = make("late", async () => {
            runs.late += 1;
            return runs.late < 2 ? fail("not yet", "it starts", "wait") : pass("now");
        });
        const results = await runChecks([good, late], context, { wait: 10 });
        assert.ok(results.every(({ ok }) => ok));
        assert.deepEqual(runs, { good: 1, late: 2 });
    }).timeout(10_000);

    it("lets no check wait for another's end before it is tried again", async () => {
        let passed = () => {};
        const hasPassed = new Promise<void>((resolve) => {
            passed = resolve;
        });
        let runs = 0;
        const late = make("late", async () => {
            runs += 1;
            if (runs < 2) return fail("not yet", "it starts", "wait");
            passed();
            return pass("now");
        });
        // Ends only when the other has been tried again.
        const slow = make("slow", async () => {
            await hasPassed;
            return pass("it has");
        });
        const results = await runChecks([slow, late], context, { wait: 6, limit: 8 });
        assert.deepEqual(
            results.map(({ ok }) => ok),
            [true, true],
        );
        assert.ok(results.every(({ after = 0 }) => after >= 2));
    }).timeout(15_000);

    it("runs no more at once than it may, the second tries included", async () => {
        let running = 0;
        let most = 0;
        const runs = new Map<string, number>();
        const checks = ["a", "b", "c", "d"].map((id) =>
            make(id, async () => {
                running += 1;
                most = Math.max(most, running);
                await sleep(5);
                running -= 1;
                runs.set(id, (runs.get(id) ?? 0) + 1);
                return runs.get(id) === 1 ? fail("not yet", "it starts", "wait") : pass("now");
            }),
        );
        const results = await runChecks(checks, context, { wait: 10, width: 2 });
        assert.ok(results.every(({ ok }) => ok));
        assert.equal(most, 2);
        assert.deepEqual([...runs.values()], [2, 2, 2, 2]);
    }).timeout(15_000);

    it("tries no more once it is told to end, and gives what it has", async () => {
        const ending = new AbortController();
        let runs = 0;
        const bad = make("bad", async () => {
            runs += 1;
            setTimeout(() => ending.abort(), 5);
            return fail("not yet", "cause", "next");
        });
        const [result] = await runChecks([bad], context, { wait: 60, signal: ending.signal });
        assert.deepEqual([result?.ok, runs], [false, 1]);
    });

    it("tells what etcd has lost from what does not answer", async () => {
        const throwing = (text: string) => make("etcd.gone", () => Promise.reject(new Error(text)));
        const causeOf = async (text: string) => (await runChecks([throwing(text)], context))[0]?.cause;
        assert.match((await causeOf("answered 404: placement does not exist")) ?? "", /etcd was emptied/);
        assert.match((await causeOf("connect ECONNREFUSED")) ?? "", /does not answer/);
    });

    it("chooses by id and by system", () => {
        assert.deepEqual(
            chooseChecks("m3db.placement, data").map(({ id }) => id),
            [
                "m3db.placement",
                "data.third_avenue",
                "data.round_trips",
                "data.replicas",
                "data.holes",
                "data.aggregated",
            ],
        );
        assert.throws(() => chooseChecks("etdc"), /there is no check "etdc"/);
    });
});

describe("the table", () => {
    it("gives evidence, cause and next step of each failure", async () => {
        const checks = [
            make("etcd.a", async () => pass("3 members")),
            make("etcd.b", async () => fail(["etcd-2: 503"], "a member is down", "kubectl describe pod etcd-2")),
        ];
        const text = renderResults(await runChecks(checks, healthy().context), { width: 100, color: false });
        assert.equal(
            text,
            [
                "etcd",
                "  ok   title of etcd.a",
                "       3 members",
                "  FAIL title of etcd.b",
                "       seen: etcd-2: 503",
                "       cause: a member is down",
                "       next: kubectl describe pod etcd-2",
                "",
                "1 of 2 checks failed: etcd.b",
                "",
            ].join("\n"),
        );
    });

    it("breaks long lines at spaces", () => {
        assert.deepEqual(wrap("one two three", 8), ["one two", "  three"]);
        assert.deepEqual(wrap("unbreakable", 4), ["unbreakable"]);
    });

    it("says which checks passed last, and says nothing of those that did not pass", () => {
        const result = (id: string, ok: boolean, after?: number) => ({
            id,
            ok,
            system: "etcd" as const,
            title: id,
            seconds: 0,
            evidence: [],
            ...(after === undefined ? {} : { after }),
        });
        const results = [
            result("soon", true, 0.2),
            result("last", true, 31.24),
            result("never", false, 60),
            result("of_old", true),
        ];
        assert.equal(lastText(results), "The last checks to pass: last after 31.2 s");
        assert.equal(lastText(results.slice(0, 1)), "Every check that passed did so within a second.");
    });
});
