import assert from "node:assert/strict";
import { readCommandLine } from "../../../../agent/load/command-line.ts";
import {
    type LoadTexts,
    loadOptions,
    namesElsewhere,
    readCount,
    readDuration,
} from "../../../../agent/load/options.ts";
import { checked, planFrom } from "../../../../agent/load/plan.ts";
import { planOf } from "./plans.ts";

const here = { hostname: "m3perf-load-2", now: new Date("2026-11-27T21:05:06Z") };
const url = "http://coordinator:7201/api/v1/prom/remote/write";
const planned = (texts: LoadTexts) => planFrom({ "remote-url": url, ...texts }, here);
const planOk = (texts: LoadTexts) => {
    const { plan, problems } = planned(texts);
    assert.deepEqual(problems, []);
    assert.ok(plan);
    return plan;
};
const wrong = (texts: LoadTexts) => planned(texts).problems.map(({ what, why }) => `${what}: ${why}`);

describe("load: plan from options", () => {
    it("has defaults that fit each other, also for few series", () => {
        const { urls, ...plan } = planOk({});
        assert.deepEqual(urls, [url]);
        assert.deepEqual(plan, {
            run: "load-20261127-210506",
            series: 10_000,
            intervalMs: 10_000,
            durationMs: undefined,
            kinds: { counter: 0.5, gauge: 0.3, histogram: 0.2 },
            extraLabels: 4,
            labelValueBytes: 12,
            churnPercentPerHour: 0,
            tenants: 1,
            replicas: 1,
            batch: 500,
            concurrency: 10,
            timeoutMs: 10_000,
            worker: { index: 0, of: 1 },
        });
        const few = planOk({ series: "20", interval: "1m" });
        assert.equal(few.batch, 20);
    });

    it("takes every option", () => {
        const plan = planOk({
            "remote-url": `${url},https://other/write`,
            series: "20k",
            interval: "1m30s",
            duration: "1h",
            kinds: "gauge=75,counter=25",
            labels: "6",
            "label-bytes": "30",
            churn: "2.5",
            tenants: "7",
            replicas: "2",
            batch: "100",
            concurrency: "40",
            timeout: "500ms",
            "bearer-token-file": "token",
            run: "night.1",
            worker: "auto/4",
        });
        assert.deepEqual(plan, {
            run: "night.1",
            series: 20_000,
            intervalMs: 90_000,
            durationMs: 3_600_000,
            kinds: { counter: 0.25, gauge: 0.75, histogram: 0 },
            extraLabels: 6,
            labelValueBytes: 30,
            churnPercentPerHour: 2.5,
            tenants: 7,
            tokens: 1,
            replicas: 2,
            batch: 100,
            concurrency: 40,
            timeoutMs: 500,
            urls: [url, "https://other/write"],
            worker: { index: 2, of: 4 },
        });
        // Whoever adds an option adds it here, too: none may be taken and ignored.
        assert.equal(Object.keys(loadOptions).length, 17);
    });

    it("makes the interval from the rate, over series and replicas", () => {
        assert.equal(planOk({ rate: "2000" }).intervalMs, 5000);
        assert.equal(planOk({ rate: "2k", replicas: "2" }).intervalMs, 10_000);
        assert.equal(planOk({ rate: "3000" }).intervalMs, 3333);
        assert.equal(planOk({ rate: "1000", interval: "10s" }).intervalMs, 10_000);
    });

    it("refuses a rate that an interval contradicts or that no whole interval gives", () => {
        assert.deepEqual(wrong({ rate: "2000", interval: "10s" }), [
            "--rate 2000 and --interval contradict each other: 10000 series and replicas every 10000 ms are 1000 samples a second",
        ]);
        assert.match(wrong({ rate: "333", series: "77" })[0] ?? "", /231\.23 ms; it is a whole number, and 333\.33\/s/);
        assert.match(wrong({ rate: "2000k" })[0] ?? "", /^--interval 5 ms: allowed: whole numbers, 100 to 3600000 ms/);
    });

    it("tells everything that is wrong at once", () => {
        const all = wrong({
            series: "many",
            interval: "10",
            kinds: "counter=50,gauge=20",
            churn: "-1",
            batch: "0",
            concurrency: "1.5",
            timeout: "1ms",
            tenants: "0",
            replicas: "17",
            labels: "51",
            "label-bytes": "0",
            run: "a b",
            worker: "4/4",
            "remote-url": "ftp://x/y",
        });
        for (const name of [
            "series",
            "interval",
            "kinds",
            "churn",
            "batch",
            "concurrency",
            "timeout",
            "tenants",
            "replicas",
            "labels",
            "label-bytes",
            "run",
            "worker",
            "remote-url",
        ])
            assert.equal(all.filter((one) => one.startsWith(`--${name} `)).length, 1, `${name} in ${all.join("\n")}`);
    });

    it("refuses URLs that would lose samples or tell secrets", () => {
        const of = (text: string) => wrong({ "remote-url": text }).join();
        assert.match(of("http://m3query.m3db:7201/api/v1/prom/remote/write"), /takes no writes: use m3coordinator/);
        assert.match(of("http://coordinator:7201"), /has no path/);
        assert.match(of("http://me:secret@coordinator:7201/write"), /no user and password/);
        assert.doesNotMatch(of("http://me:secret@coordinator:7201/write"), /secret@/);
        assert.match(planFrom({}, here).problems[0]?.what ?? "", /--remote-url is missing/);
    });

    it("reads numbers with a fraction as they are written", () => {
        assert.deepEqual(["4.1M", "2.01k", "1.1k", "0.5k", "12"].map(readCount), [4_100_000, 2010, 1100, 500, 12]);
        assert.deepEqual(["1.1h", "2.3s", "0.1s", "1.5ms"].map(readDuration), [3_960_000, 2300, 100, 1.5]);
        assert.deepEqual(["1.0001k", "1.2345678M", "k", "1e3"].map(readCount), Array(4).fill(undefined));
    });

    it("refuses combinations that could not be what was meant", () => {
        const first = (texts: LoadTexts) => wrong(texts)[0] ?? "";
        assert.match(first({ series: "30", batch: "50" }), /^--batch 50: no request would be that large/);
        assert.match(first({ series: "100", worker: "1/20" }), /more workers than --series 100/);
        assert.match(first({ series: "5" }), /a histogram is ten series/);
        assert.match(first({ series: "25", kinds: "histogram=100" }), /a histogram is ten series/);
        assert.match(first({ series: "100", tenants: "11" }), /at most 10 tenants/);
        assert.match(first({ churn: "20000" }), /^--churn 20000: each series would be replaced after 18000 ms/);
        assert.match(first({ duration: "5s" }), /not every series would get a sample/);
        assert.match(first({ labels: "50", "label-bytes": "200" }), /more than 8192 bytes/);
        assert.deepEqual(wrong({ series: "95", kinds: "counter=60,gauge=20,histogram=20" }), []);
    });

    it("knows its worker by the host's name, or says that it cannot", () => {
        assert.match(
            planFrom({ "remote-url": url, worker: "auto/4" }, { ...here, hostname: "laptop" }).problems[0]?.why ?? "",
            /whose name ends with a number \(this one is laptop\)/,
        );
        assert.match(wrong({ worker: "auto/2" })[0] ?? "", /--worker 2\/2: workers are 0 to 1/);
    });

    it("checks plans that were made elsewhere by the same rules", () => {
        assert.deepEqual(checked(planOf({ urls: [url] })).problems, []);
        const { problems } = checked(planOf({ urls: [], intervalMs: 0.5, batch: 0 }));
        assert.deepEqual(
            problems.map(({ what }) => what),
            ["--interval 0.5 ms", "--batch 0", "--remote-url is missing"],
        );
    });

    it("reads durations as Go writes them, and nothing else", () => {
        assert.deepEqual(["100ms", "1.5s", "1m30s", "2h"].map(readDuration), [100, 1500, 90_000, 7_200_000]);
        assert.deepEqual(["", "10", "1d", "-1s", "1s2", "s"].map(readDuration), Array(6).fill(undefined));
    });
});

describe("load: command line of the generator", () => {
    const read = (words: string[], variables = {}) => readCommandLine(words, variables);

    it("takes options from the command line and the environment; the command line wins", () => {
        const { texts, problems, out, port } = read(
            ["--series", "20", "--out", "x", "--metrics-port=9464", "--worker", "auto/2"],
            { M3PERF_LOAD_SERIES: "10", M3PERF_LOAD_LABEL_BYTES: "7", OTHER: "1" },
        );
        assert.deepEqual(problems, []);
        assert.deepEqual(texts, { series: "20", worker: "auto/2", "label-bytes": "7" });
        assert.deepEqual([out, port], ["x", 9464]);
    });

    it("refuses every name that means nothing: options, variables, words", () => {
        const { problems } = read(["--serie", "1", "word", "--series", "1", "--series", "2", "--batch"], {
            M3PERF_LOAD_INTERVALL: "10s",
        });
        assert.deepEqual(
            problems.map(({ what, why }) => `${what} ${why}`),
            [
                "--serie is no option",
                "1 is no option",
                "word is no option",
                "--series is given twice",
                "--batch needs a value",
                "M3PERF_LOAD_INTERVALL is no setting of the load",
            ],
        );
    });

    it("tells users of other generators our name", () => {
        const [problem] = read(["--remote-batch-size=100"]).problems;
        assert.equal(problem?.why, "is called --batch here");
        assert.ok(Object.keys(namesElsewhere).every((name) => !Object.hasOwn(loadOptions, name)));
    });

    it("leaves alone what Kubernetes sets for a Service named m3perf-load", () => {
        const variables = {
            M3PERF_LOAD_SERVICE_HOST: "10.0.0.1",
            M3PERF_LOAD_SERVICE_PORT: "9464",
            M3PERF_LOAD_SERVICE_PORT_METRICS: "9464",
            M3PERF_LOAD_PORT: "tcp://10.0.0.1:9464",
            M3PERF_LOAD_PORT_9464_TCP_ADDR: "10.0.0.1",
        };
        assert.deepEqual(read([], variables).problems, []);
    });

    it("refuses a plan beside options, and a port that is none", () => {
        const { problems } = read(["--plan", "x.json", "--series", "1", "--metrics-port", "70000"]);
        assert.deepEqual(
            problems.map(({ what }) => what),
            ["--plan and --series", "--metrics-port 70000"],
        );
    });
});
