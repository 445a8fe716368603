import assert from "node:assert/strict";
import { waitFor } from "../../support/wait.ts";
import { aggregatedBy, ask, readSteadily, remoteWrite, writeSteadily } from "../support/m3-calls.ts";
import {
    kubectl,
    kubectlJson,
    m3perf,
    m3perfJson,
    nodeAddress,
    settingsWith,
    standsOn,
    type UpJson,
} from "./environment.ts";

const read = 32558;
const write = 32555;
const metric = "m3perf_services";

const namespaces = [
    { name: "default", retention: "48h" },
    { name: "metrics-10s_2d", retention: "48h", resolution: "10s" },
    { name: "checkout", retention: "12h", resolution: "10s", match: ["service:checkout"] },
    { name: "billing", retention: "24h", resolution: "10s", match: ["service:bill*"], exclusive: true },
];
const rollup = {
    filter: `__name__:${metric}`,
    transforms: [{ rollup: { metricName: `${metric}_max`, groupBy: ["service"], aggregations: ["Max"] } }],
    storagePolicies: [{ resolution: "10s", retention: "48h" }],
};
const query = { maxFetchedSeries: 1000, requireExhaustive: true };
// This zone under another name: its series come twice and are one.
const zones = {
    serveRemotes: true,
    remotes: [{ name: "itself", addresses: ["m3query.m3db:7202"], errorBehavior: "fail" }],
};
const changes = {
    "m3perf:m3db": { namespaces },
    "m3perf:query": query,
    "m3perf:aggregator": { rules: { rollup: [rollup] } },
};

describe("e2e: coordinator, query and aggregator", function () {
    this.timeout(15 * 60_000);
    let address: string;

    before(async () => {
        standsOn("up", "up");
        address = await nodeAddress();
        const settings = await settingsWith({ ...changes, "m3perf:query": { ...query, ...zones } });
        const result = await m3perfJson<UpJson>(["up", "--settings", settings]);
        assert.equal(result.failed, 0);
    });

    it("a write to the address for queries is refused, and told where it belongs", async () => {
        const answer = await remoteWrite(address, read, [{ labels: { __name__: metric }, value: 1 }]);
        assert.equal(answer.status, 403);
        assert.match(answer.body, /send it to http:\/\/m3coordinator\.m3db:7201\/api\/v1\/prom\/remote\/write/);
        const inside = await kubectl(
            ...["-n", "m3db", "exec", "m3-cluster-rep0-0", "--", "curl", "-s", "-d", "{}", "-w", "%{http_code}"],
            "http://m3query.m3db:7201/api/v1/json/write",
        );
        assert.match(inside, /m3coordinator.*\n403$/);
    });

    it("a query for more series than it may fetch fails, and says so", async () => {
        const series = Array.from({ length: 1500 }, (_, n) => ({
            labels: { __name__: "m3perf_many", n: String(n) },
            value: n,
        }));
        assert.equal((await remoteWrite(address, write, series)).status, 200);
        const answer = await waitFor({ what: "the limit to show", timeout: 30, every: 1 }, async () => {
            const one = await ask(address, read, "m3perf_many");
            return one.status === 200 ? undefined : one;
        });
        // M3: 400 by the database alone, 500 where another zone says it.
        assert.ok([400, 500].includes(answer.status), `${answer.status} ${answer.body}`);
        assert.match(answer.body, /limit/);
        assert.equal((await ask(address, read, 'm3perf_many{n="7"}')).status, 200);
    });

    it("a namespace gets what matches, an exclusive one alone, and a rollup's metric can be read", async () => {
        const services = ["checkout", "billing", "other"];
        const series = services.flatMap((service, index) =>
            [1, 2].map((n) => ({ labels: { __name__: metric, service, n: String(n) }, value: 10 * index + n })),
        );
        const writing = writeSteadily(address, write, series);
        const seen = async (policy?: string) => {
            const headers = policy === undefined ? {} : aggregatedBy(policy);
            const answer = await ask(address, read, `${metric}[1m]`, headers);
            assert.equal(answer.status, 200, answer.body);
            return [...new Set(answer.result.map(({ metric: labels }) => labels.service ?? ""))].sort();
        };
        try {
            await waitFor({ what: "the aggregator to flush", timeout: 120, every: 3 }, async () => {
                const got = await Promise.all(["10s:48h", "10s:12h", "10s:24h"].map(seen));
                return got.every((services) => services.length > 0);
            });
            assert.deepEqual(await seen("10s:12h"), ["checkout"]);
            assert.deepEqual(await seen("10s:24h"), ["billing"]);
            assert.deepEqual(await seen("10s:48h"), ["checkout", "other"]);
            assert.deepEqual(await seen(), ["checkout", "other"], "unaggregated");
            const rolled = await ask(address, read, `${metric}_max[1m]`, aggregatedBy("10s:48h"));
            const maxima = rolled.result.map(({ metric: labels, values }) => [labels.service, values?.at(-1)?.[1]]);
            assert.deepEqual(maxima.sort(), [
                ["billing", "12"],
                ["checkout", "2"],
                ["other", "22"],
            ]);
            assert.ok(rolled.result.every(({ metric: labels }) => labels.n === undefined));
        } finally {
            await writing.stop();
        }
    });

    it("a sender's headers lead a sample to one namespace alone", async () => {
        const labels = { __name__: "m3perf_by_header" };
        const answer = await remoteWrite(address, write, [{ labels, value: 5 }], aggregatedBy("10s:12h"));
        assert.equal(answer.status, 200, answer.body);
        const there = async (headers: Record<string, string> = {}) =>
            (await ask(address, read, "m3perf_by_header[5m]", headers)).result.length;
        const arrived = async () => (await there(aggregatedBy("10s:12h"))) > 0;
        await waitFor({ what: "the sample in its namespace", timeout: 30, every: 1 }, arrived);
        assert.deepEqual(
            [await there(), await there(aggregatedBy("10s:48h")), await there(aggregatedBy("10s:24h"))],
            [0, 0, 0],
        );
    });

    it("integrated, the coordinators answer at the same addresses, and no reader notices", async () => {
        const reading = readSteadily(address, read);
        const settings = await settingsWith({ ...changes, "m3perf:query": { ...query, mode: "integrated" } });
        const result = await m3perfJson<UpJson>(["up", "--settings", settings]).finally(reading.stop);
        assert.equal(result.failed, 0);
        console.log(`      ${reading.answered} queries answered while it changed, ${reading.failures.length} failed`);
        assert.deepEqual(reading.failures, []);
        const pods = await kubectlJson<{ items: unknown[] }>("-n", "m3db", "get", "pods", "-l", "app=m3query");
        assert.equal(pods.items.length, 0);
        const many = await ask(address, read, "m3perf_many");
        assert.match(many.body, /limit/, "the limits are the queries', wherever they are answered");
    });

    after("the stages after this one have the stack's own settings", async () => {
        const settings = await settingsWith({ "m3perf:m3db": { removeNamespaces: ["checkout", "billing"] } });
        // The permission to remove goes after them.
        for (const words of [["up", "--settings", settings], ["up"]]) {
            const { code, stderr } = await m3perf(words);
            assert.equal(code, 0, stderr.slice(-3000));
        }
    });
});
