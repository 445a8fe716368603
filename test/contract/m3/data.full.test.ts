import assert from "node:assert/strict";
import { waitFor } from "../../../support/wait.ts";
import { aggregatedBy, ask, remoteWrite, writeSteadily } from "../../support/m3-calls.ts";
import { MiniCluster } from "./mini-cluster.ts";

const metric = "m3perf_services";
const address = "127.0.0.1";
const settings = {
    m3db: {
        namespaces: [
            { name: "default", retention: "48h" },
            { name: "metrics-10s_2d", retention: "48h", resolution: "10s" },
            { name: "checkout", retention: "72h", resolution: "10s", match: ["service:checkout", "service:check*"] },
            { name: "billing", retention: "96h", resolution: "10s", match: ["service:bill*"], exclusive: true },
        ],
    },
    query: { maxFetchedSeries: 1000, requireExhaustive: true },
    aggregator: {
        rules: {
            rollup: [
                {
                    filter: `__name__:${metric}`,
                    transforms: [
                        { rollup: { metricName: `${metric}_max`, groupBy: ["service"], aggregations: ["Max"] } },
                    ],
                    storagePolicies: [{ resolution: "10s", retention: "48h" }],
                },
            ],
        },
    },
};

describe("M3 does with samples what the settings say", function () {
    this.timeout(600_000);
    const cluster = new MiniCluster();

    before(() => cluster.start(settings));
    after(() => cluster.stop());

    const read = (query: string, headers: Record<string, string> = {}) =>
        ask(address, cluster.ports.front, query, headers);

    it("a namespace gets what matches, an exclusive one alone, and a rollup's metric can be read", async () => {
        const series = ["checkout", "billing", "other"].flatMap((service, index) =>
            [1, 2].map((n) => ({ labels: { __name__: metric, service, n: String(n) }, value: 10 * index + n })),
        );
        const services = async (policy?: string) => {
            const answer = await read(`${metric}[2m]`, policy === undefined ? {} : aggregatedBy(policy));
            assert.equal(answer.status, 200, answer.body);
            return [...new Set(answer.result.map(({ metric: labels }) => labels.service ?? ""))].sort();
        };
        const writing = writeSteadily(address, cluster.ports.coordinator, series);
        try {
            await waitFor({ what: "the aggregator to flush", timeout: 180, every: 2 }, async () => {
                const got = await Promise.all(["10s:48h", "10s:72h", "10s:96h"].map(services));
                return got.every((names) => names.length > 0);
            });
            assert.deepEqual(await services("10s:72h"), ["checkout"]);
            assert.deepEqual(await services("10s:96h"), ["billing"]);
            assert.deepEqual(await services("10s:48h"), ["checkout", "other"]);
            assert.deepEqual(await services(), ["checkout", "other"], "unaggregated");
            const doubled = await read(`${metric}{service="checkout",n="1"}[2m]`, aggregatedBy("10s:72h"));
            const times = doubled.result.flatMap(({ values = [] }) => values.map(([time]) => time));
            assert.equal(new Set(times).size, times.length, "two filters match, and there is one value of each window");
            const rolled = await waitFor({ what: "the rollup", timeout: 60, every: 2 }, async () => {
                const answer = await read(`${metric}_max[2m]`, aggregatedBy("10s:48h"));
                return answer.result.length === 3 && answer;
            });
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
        const headers = aggregatedBy("10s:72h");
        const answer = await remoteWrite(address, cluster.ports.coordinator, [{ labels, value: 5 }], headers);
        assert.equal(answer.status, 200, answer.body);
        const there = async (of: Record<string, string> = {}) => (await read("m3perf_by_header[5m]", of)).result.length;
        await waitFor(
            { what: "the sample in its namespace", timeout: 60, every: 1 },
            async () => (await there(headers)) > 0,
        );
        const elsewhere = [await there(), await there(aggregatedBy("10s:48h")), await there(aggregatedBy("10s:96h"))];
        assert.deepEqual(elsewhere, [0, 0, 0]);
    });

    it("a query for more series than it may fetch fails, and says so", async () => {
        const series = Array.from({ length: 1500 }, (_, n) => ({
            labels: { __name__: "m3perf_many", n: String(n) },
            value: n,
        }));
        assert.equal((await remoteWrite(address, cluster.ports.coordinator, series)).status, 200);
        const answer = await waitFor({ what: "the limit to show", timeout: 60, every: 1 }, async () => {
            const one = await read("m3perf_many");
            return one.status !== 200 && one;
        });
        assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.body}`);
        assert.match(answer.body, /limit/);
        console.log(`      ${answer.status} ${answer.body.slice(0, 300)}`);
        assert.equal((await read('m3perf_many{n="7"}')).status, 200);
    });

    it("m3query itself answers 200 to a write and drops it; its front refuses it", async () => {
        const point = [{ labels: { __name__: "m3perf_dropped" }, value: 1 }];
        const dropped = await remoteWrite(address, cluster.ports.query, point);
        assert.equal(dropped.status, 200);
        assert.equal((await read("m3perf_dropped")).result.length, 0);
        const refused = await remoteWrite(address, cluster.ports.front, point);
        assert.equal(refused.status, 403);
        assert.match(refused.body, /send it to http:\/\/127\.0\.0\.1:\d+\/api\/v1\/prom\/remote\/write/);
    });

    it("the front costs a query little", async () => {
        const timed = async (port: number) => {
            const begun = performance.now();
            assert.equal((await ask(address, port, 'm3perf_many{n="7"}')).status, 200);
            return performance.now() - begun;
        };
        const [direct, fronted]: [number[], number[]] = [[], []];
        for (let n = 0; n < 300; n += 1) {
            direct.push(await timed(cluster.ports.query));
            fronted.push(await timed(cluster.ports.front));
        }
        const at = (list: number[], share: number) => list.sort((a, b) => a - b)[Math.floor(list.length * share)] ?? 0;
        const told = (list: number[]) => `p50 ${at(list, 0.5).toFixed(2)} ms, p90 ${at(list, 0.9).toFixed(2)} ms`;
        console.log(`      direct ${told(direct)}; through the front ${told(fronted)}`);
        assert.ok(at(fronted, 0.5) < 3 * at(direct, 0.5) + 5);
    });
});
