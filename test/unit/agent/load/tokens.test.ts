import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planFrom } from "../../../../agent/load/plan.ts";
import { requestsOf } from "../../../../agent/load/schedule.ts";
import { labelsOf, tenantOf } from "../../../../agent/load/series.ts";
import { readTokens, tokenProblems } from "../../../../agent/load/tokens.ts";
import type { Series } from "../../../../agent/remote-write.ts";
import { startLoad } from "../../../../operations/load/child.ts";
import { projectRoot } from "../../../../support/paths.ts";
import { decode, literals } from "../../../support/remote-write.ts";
import { type Seen, tokenReceiver } from "../../../support/token-receiver.ts";
import { planOf } from "./plans.ts";

const surroundings = { hostname: "host", now: new Date("2026-11-28T00:00:00Z") };

describe("load: bearer tokens", () => {
    let folder: string;
    let target: Seen;
    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-test-tokens-"));
        target = await tokenReceiver();
        writeFileSync(join(folder, "eu"), "token-of-eu\n");
        writeFileSync(join(folder, "us"), "token-of-us");
    });
    after(async () => {
        await target.close();
        rmSync(folder, { recursive: true });
    });
    beforeEach(() => target.requests.splice(0));
    const series = (): { token: string; series: Series[] }[] =>
        target.requests.map(({ token, body }) => ({ token, series: decode(literals(body)) }));

    it("one for each tenant: no request has series of two, and each carries its own tenant's", async () => {
        const plan = planOf({
            series: 130,
            tenants: 2,
            tokens: 2,
            intervalMs: 100,
            durationMs: 100,
            urls: [target.url],
        });
        for (const { from, to } of requestsOf(plan)) assert.equal(tenantOf(plan, from), tenantOf(plan, to - 1));
        const samples = requestsOf(plan).reduce((sum, { from, to }) => sum + to - from, 0);
        assert.equal(samples, 130);
        const load = startLoad(plan, join(folder, "two"), () => {}, ["token-of-eu", "token-of-us"]);
        assert.deepEqual(await load.ended, { code: 0 });
        const sent = series();
        assert.equal(
            sent.reduce((sum, one) => sum + one.series.length, 0),
            130,
        );
        for (const one of sent) {
            for (const { labels } of one.series)
                assert.equal(one.token, labels.tenant === "tenant-0" ? "Bearer token-of-eu" : "Bearer token-of-us");
        }
        assert.ok(!readFileSync(join(folder, "two/plan.json"), "utf8").includes("token-of"));
    });

    it("without tokens of their own, requests are as large as ever, whose series they hold or not", () => {
        const plan = planOf({ series: 130, tenants: 2 });
        assert.deepEqual(
            requestsOf(plan).map(({ from, to }) => [from, to]),
            [
                [0, 50],
                [50, 100],
                [100, 130],
            ],
        );
        assert.deepEqual(requestsOf({ ...plan, tokens: 1 }), requestsOf(plan));
    });

    it("come from files; one for all is sent by all; none without", async () => {
        const words = ["--series", "40", "--tenants", "2", "--interval", "100ms", "--duration", "100ms"];
        const run = async (...more: string[]) => {
            const child = spawn(
                process.execPath,
                ["agent/load/main.ts", ...words, "--remote-url", target.url, ...more],
                { cwd: projectRoot, stdio: "ignore" },
            );
            assert.deepEqual(await once(child, "close"), [0, null]);
            return [...new Set(target.requests.splice(0).map(({ token }) => token))];
        };
        assert.deepEqual(await run("--bearer-token-file", join(folder, "eu")), ["Bearer token-of-eu"]);
        assert.deepEqual(await run(), [""]);
    });

    it("are refused where they are missing, too few or no token, without being told", () => {
        const file = (text: string) => {
            writeFileSync(join(folder, "odd"), text);
            return readTokens({ "bearer-token-file": join(folder, "odd") }).problems.map(({ why }) => why);
        };
        assert.match(file("two\nlines")[0] ?? "", /^holds no token/);
        assert.match(file("")[0] ?? "", /^holds no token/);
        assert.doesNotMatch(file("se cret").join(), /se cret/);
        assert.match(readTokens({ "bearer-token-file": "/nowhere" }).problems[0]?.why ?? "", /ENOENT/);
        const at = (path: string) => join(folder, path);
        assert.deepEqual(readTokens({ "bearer-token-file": "eu" }, at), { tokens: ["token-of-eu"], problems: [] });
        assert.equal(tokenProblems({ tokens: 2 }, ["a", "b"]).length, 0);
        for (const given of [["a"], ["a", "b", "c"], ["a", "b\n"], ["a", 1]])
            assert.equal(tokenProblems({ tokens: 2 }, given).length, 1);
        const texts = { "remote-url": "http://x/write", series: "100", tenants: "3", "bearer-token-file": "a,b" };
        const { problems } = planFrom(texts, surroundings);
        assert.match(problems[0]?.why ?? "", /^2 tokens for 3 tenants: one for all, or one for each$/);
    });

    it("those whom a load sends as are its tenants, and their labels are its series'", () => {
        const senders = [{ cluster: "eu-1" }, { cluster: "us-1" }];
        const texts = { "remote-url": "http://x/write", series: "100" };
        const { plan } = planFrom(texts, { ...surroundings, senders });
        assert.ok(plan);
        assert.deepEqual([plan.tenants, plan.tokens], [2, 2]);
        assert.deepEqual(
            [0, 49, 50, 99].map((slot) => labelsOf(plan, slot, 0, 0).cluster),
            ["eu-1", "eu-1", "us-1", "us-1"],
        );
        const taken = planFrom(texts, { ...surroundings, senders: [{ tenant: "a" }, { tenant: "b" }] });
        assert.match(taken.problems[0]?.what ?? "", /^tenants with the label tenant$/);
        const other = planFrom({ ...texts, tenants: "4" }, { ...surroundings, senders });
        assert.equal(other.plan, undefined);
    });
});
