import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitCodes } from "../../../operations/cli/exit.ts";
import { parseOptions, runCli } from "../../../operations/cli/run.ts";
import { type Verb, verbs } from "../../../operations/cli/verbs.ts";
import { readStackSettings } from "../../../operations/doctor/settings.ts";
import { aggregatedOf, countOf } from "../../../operations/size/options.ts";
import { pageFile, refreshed } from "../../../operations/size/page.ts";
import { figuresHeading, renderSize } from "../../../operations/size/report.ts";
import { sized, sizeJson } from "../../../operations/size/size.ts";
import { figures } from "../../../settings/size/figures.ts";
import { UserError } from "../../../support/errors.ts";

const asked = (...words: string[]) => {
    const values = parseOptions("size", verbs.size as Verb, words);
    return sized(values, () => readStackSettings(values));
};
const refused = (pattern: RegExp, ...words: string[]) =>
    assert.throws(
        () => asked(...words),
        (error) => {
            assert.ok(error instanceof UserError);
            assert.equal(error.exitCode, exitCodes.usage);
            assert.match(error.message, pattern);
            return true;
        },
    );
const usual = ["--series", "1M", "--interval", "15s"];

describe("m3perf size from options alone", () => {
    it("takes every option into the plan", () => {
        const words =
            "--churn 5 --servers 40 --retention 720h --block 4h --aggregate 5m:8760h,1h:17520h --replication 5";
        const reads = "--queries 2.5 --query-series 10k --query-range 6h";
        const node = "--node-cpu 32 --node-memory 256Gi --node-disk 8Ti";
        const { plan, sizes, site } = asked(...usual, ...`${words} ${reads} ${node}`.split(" "));
        assert.equal(site, undefined);
        assert.deepEqual(plan.load, {
            series: 1_000_000,
            interval: 15,
            churnPercentPerHour: 5,
            prometheusServers: 40,
            queries: { perSecond: 2.5, series: 10_000, range: 21_600 },
        });
        assert.deepEqual(plan.namespaces, [
            { name: "default", retention: 2_592_000, blockSize: 14_400 },
            { name: "aggregated 5m", retention: 8760 * 3600, blockSize: 86_400, resolution: 300 },
            { name: "aggregated 1h", retention: 17_520 * 3600, blockSize: 86_400, resolution: 3600 },
        ]);
        assert.equal(plan.replicationFactor, 5);
        assert.deepEqual(sizes, {
            m3db: { cores: 32, memoryMi: 262_144, disk: 8 * 2 ** 40 },
            services: { cores: 32, memoryMi: 262_144 },
        });
    });

    it("has the reference's nodes and namespace unless told", () => {
        const { plan, sizes } = asked(...usual);
        assert.deepEqual(plan.namespaces, [{ name: "default", retention: 172_800, blockSize: 7200 }]);
        assert.deepEqual(sizes, {
            m3db: { cores: 4, memoryMi: 8192 },
            services: { cores: 4, memoryMi: 16_384 },
        });
    });

    it("refuses wrong options, all at once, each with what is allowed", () => {
        refused(
            /--retention 90d\n {4}why: must be a duration as Go writes it: "15s", "2h", "2160h" for 90 days/,
            ...usual,
            "--retention",
            "90d",
        );
        refused(
            /--series many\n.*whole number of series[\s\S]*--interval 15\n[\s\S]*m3perf help size/,
            "--series",
            "many",
            "--interval",
            "15",
        );
        refused(/--series 0\n/, "--series", "0", "--interval", "15s");
        refused(/--interval 0s\n/, "--series", "1", "--interval", "0s");
        refused(/--churn -?5%\n.*percentage from 0 to 1000/, ...usual, "--churn", "5%");
        refused(/--replication 2\n.*3 or 5/, ...usual, "--replication", "2");
        refused(/--aggregate 5m\n.*RESOLUTION:RETENTION/, ...usual, "--aggregate", "5m");
        refused(/--aggregate 1h:5m\n/, ...usual, "--aggregate", "1h:5m");
        refused(/--node-memory lots\n.*Kubernetes quantity/, ...usual, "--node-memory", "lots");
        refused(/--node-disk 0Gi\n/, ...usual, "--node-disk", "0Gi");
        refused(/--node-memory 64\n.*with its unit/, ...usual, "--node-memory", "64");
        refused(/--node-disk 1\n.*with its unit/, ...usual, "--node-disk", "1");
        refused(
            /--replication 5\n {2}site reference has 3 isolation groups[\s\S]*leave --replication out/,
            ...usual,
            ...["--site", "sites/reference.yaml", "--replication", "5"],
        );
        refused(/--node-cpu 0\n/, ...usual, "--node-cpu", "0");
        refused(/--servers 1.5\n/, ...usual, "--servers", "1.5");
        refused(/not told what is planned: --interval 15s/, "--series", "1M");
        refused(/not told what is planned: --query-series N --query-range 1h/, ...usual, "--queries", "1");
        refused(
            /a block of 240 minutes\n.*not be longer than the retention, 60 minutes/,
            ...usual,
            "--retention",
            "1h",
            "--block",
            "4h",
        );
        refused(/did you mean --interval\?/, "--series", "1M", "--intervall", "15s");
    });

    it("reads numbers and namespaces as people write them", () => {
        assert.deepEqual(["10000", "10k", "1.5M", "200M", "2G"].map(countOf), [1e4, 1e4, 1.5e6, 2e8, 2e9]);
        for (const text of ["", "0", "-1", "1e6", "10m", "1.5", "ten"]) assert.equal(countOf(text), undefined, text);
        // 720 samples a block, two hours to a day.
        assert.deepEqual(
            ["10s:48h", "30s:720h", "5m:8760h", "10s:1h"].map((text) => aggregatedOf(text)?.blockSize),
            [7200, 21_600, 86_400, 3600],
        );
    });
});

describe("m3perf size of a stack", () => {
    let folder = "";
    const settings = (config: object) => {
        const file = join(folder, "settings.yaml");
        writeFileSync(file, JSON.stringify({ config: { "m3perf:site": "sites/reference.yaml", ...config } }));
        return ["--settings", file];
    };
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-size-"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const load = { series: 20_000, scrapeInterval: "30s" };

    it("takes load, namespaces and sizes from the settings and the site, and options come on top", () => {
        const { plan, sizes, site } = asked(...settings({ "m3perf:load": load }));
        assert.equal(plan.load.series, 20_000);
        assert.deepEqual(
            plan.namespaces.map(({ name }) => name),
            ["default", "metrics-10s_2d"],
        );
        assert.deepEqual(sizes.m3db, { cores: 4, memoryMi: 8192, disk: 5 * 2 ** 30 });
        assert.equal(site?.name, "reference");
        assert.deepEqual(
            site?.pods.map(({ component, pods }) => `${component} ${pods}`),
            ["m3db 3", "etcd 3", "coordinator 2", "query 2", "aggregator 1"],
        );
        const more = asked(...settings({ "m3perf:load": load }), "--series", "5M", "--aggregate", "1m:96h");
        assert.deepEqual([more.plan.load.series, more.plan.load.interval], [5_000_000, 30]);
        assert.deepEqual(
            more.plan.namespaces.map(({ name }) => name),
            ["default", "aggregated 1m"],
        );
        assert.ok(more.site?.warnings.some((warning) => warning.includes("too little memory for m3db")));
        assert.deepEqual(site?.warnings, []);
    });

    it("says where the load could stand when nothing tells it", () => {
        refused(/--series N --interval 15s\n.*m3perf:load in Pulumi.dev.yaml/, ...settings({}));
    });

    it("refuses wrong settings as every command does", () => {
        assert.throws(
            () => asked(...settings({ "m3perf:load": { ...load, serie: 1 } })),
            /m3perf:load\.serie.*did you mean series\?/,
        );
    });
});

describe("what m3perf size prints", () => {
    it("names what decides, what there is, and every figure with its source", () => {
        const text = renderSize(asked("--site", "sites/lab.yaml", "--series", "5M", "--interval", "15s"), 120);
        assert.match(text, /decided by memory\),\s+numberOfShards \d+/);
        assert.match(text, /Site lab:\n! load: too little memory for m3db/);
        const flat = text.slice(text.indexOf(figuresHeading)).replace(/\n {2}/g, " ");
        for (const { name, source } of Object.values(figures)) {
            assert.ok(flat.includes(name), name);
            assert.ok(flat.includes(source), source);
        }
        assert.ok(text.split("\n").every((line) => line.length <= 160));
    });

    it("says when a node has no room even for what is idle", () => {
        const text = renderSize(asked(...usual, "--node-memory", "512Mi"), 120);
        assert.match(text, /M3DB: not even an empty one has room on a node of 4 cores and 512 MiB: 55 % of the memory/);
        assert.match(text, /idle ones alone are too much for a node of 4 cores and 512 MiB/);
    });

    it("says where an aggregator has no room, and counts the others without it", () => {
        const text = (series: string, memory: string) =>
            renderSize(
                asked("--series", series, "--interval", "15s", "--aggregate", "1m:720h", "--node-memory", memory),
                200,
            );
        const alone = text("1M", "48Gi");
        assert.match(alone, /^coordinator, query: \d.* nodes of /m);
        assert.match(alone, /^aggregator: 1 to 2 such nodes more: beside those there is no room for one/m);
        const perhaps = text("1M", "24Gi");
        assert.match(perhaps, /^aggregator: perhaps more than one aggregator can hold on such a node /m);
        const large = text("50M", "64Gi");
        assert.match(large, /^aggregator: more than one aggregator can hold on such a node .*each of them has every/m);
        assert.match(large, /^aggregator +1 to 2 /m);
    });

    it("is JSON with --json, whole and without a table", async () => {
        const written: string[] = [];
        const { write } = process.stdout;
        process.stdout.write = (text: string | Uint8Array) => Boolean(written.push(String(text)));
        try {
            assert.equal(await runCli(["size", ...usual, "--json"]), exitCodes.ok);
        } finally {
            process.stdout.write = write;
        }
        assert.deepEqual(JSON.parse(written.join("")), JSON.parse(JSON.stringify(sizeJson(asked(...usual)))));
    });

    it("is what docs/size.md shows; to write it anew: bin/bootstrap node operations/size/page.ts", () => {
        const page = readFileSync(pageFile, "utf8");
        assert.equal(page.match(/npx m3perf size .*\n```\n\n```text\n/g)?.length, 3);
        assert.equal(refreshed(page), page);
    });
});
