import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings } from "../../../settings/index.ts";
import { scenarioSchema } from "../../../settings/scenario.ts";
import { planOf } from "../../../settings/size/plan.ts";
import { sitePods } from "../../../settings/size/site.ts";
import { sizeWarnings } from "../../../settings/size/warnings.ts";
import { warningsOf } from "../../../settings/warnings.ts";
import { scenario, siteWith, smallSite } from "./sites.ts";

const site = siteWith([undefined, undefined, undefined]);
const load = (more: object = {}) => ({ series: 10_000, scrapeInterval: "15s", ...more });
const warned = (config: object, where = site) => sizeWarnings(where, scenario(config));
const only = (warnings: string[]) => {
    assert.equal(warnings.length, 1, warnings.join("\n"));
    return warnings[0] ?? "";
};

describe("warnings where the site is too small for the load", () => {
    it("are silent without a load, and where there is room by the high figures", () => {
        assert.deepEqual(warned({}), []);
        assert.deepEqual(warned({ load: load() }), []);
    });

    it("stand among the others", () => {
        const large = scenario({ load: load({ series: 10_000_000 }) });
        assert.ok(warningsOf(site, large).some((warning) => warning.startsWith("load: too little memory for m3db")));
    });

    it("say of M3DB's memory what is needed, what there is, and the setting", () => {
        assert.match(
            only(warned({ load: load(), m3db: { memory: "1Gi" } })),
            /^load: too little memory for m3db: a pod needs a limit of 1\.3 to 2(\.\d)? GiB and has 1 GiB; raise m3perf:m3db\.memory, or plan more M3DB nodes/,
        );
        assert.match(
            only(warned({ load: load(), m3db: { memory: "1700Mi" } })),
            /^load: perhaps too little memory for m3db: .* has 1\.7 GiB/,
        );
    });

    it("say of M3DB's disk what the retention takes", () => {
        const namespaces = [{ name: "default", retention: "8760h", blockSize: "2h" }];
        assert.match(
            only(warned({ load: load(), m3db: { namespaces } })),
            /^load: too little disk for m3db: a pod's share of the retention takes 5\d(\.\d)? to \S+ GiB, and of its 5 GiB four fifths may be used; raise m3perf:m3db\.storage, or shorten the retention in m3perf:m3db\.namespaces/,
        );
        assert.deepEqual(warned({ load: load(), m3db: { namespaces, storage: "200Gi" } }), []);
    });

    it("say of the coordinator's, query's, aggregator's and etcd's memory", () => {
        for (const component of ["coordinator", "query", "aggregator", "etcd"]) {
            const little = { [component]: { memory: "32Mi" } };
            assert.match(
                only(warned({ load: load(), ...little })),
                new RegExp(`little memory for ${component}: .* has 32 MiB; raise m3perf:${component}\\.memory`),
            );
        }
        const queries = { perSecond: 1, series: 1_000_000, range: "24h" };
        const reading = warned({ load: load({ queries }) });
        assert.ok(
            reading.some((warning) => warning.includes("too little memory for query")),
            reading.join("\n"),
        );
    });

    it("say of a node's CPU, once for all that are alike", () => {
        const warnings = warned({
            load: load({ scrapeInterval: "1s", series: 200_000 }),
            m3db: { memory: "4Gi", storage: "500Gi" },
        });
        const cpu = warnings.filter((warning) => warning.includes("CPU on"));
        assert.ok(
            cpu.some((warning) => /CPU on worker-1, worker-2, worker-3: .* of its 4 2\.4 may be busy/.test(warning)),
            warnings.join("\n"),
        );
        assert.ok(
            cpu.some((warning) => warning.includes("front-1")),
            warnings.join("\n"),
        );
    });

    it("count every role of a node that carries them all", () => {
        const busy = { load: load({ series: 100_000, scrapeInterval: "2s" }), isolation: "colocated" };
        const cpu = warned(busy, smallSite("32Gi")).filter((warning) => warning.includes("CPU on"));
        assert.match(only(cpu), /node-0, node-1, node-2/);
    });

    it("count the pods that a replica has: more nodes, less for each", () => {
        const large = { load: load({ series: 500_000 }), m3db: { storage: "500Gi" } };
        const six = siteWith([undefined, undefined, undefined, undefined, undefined, undefined]);
        const memory = (where: typeof site) =>
            warned(large, where).filter((warning) => warning.includes("memory for m3db"));
        assert.notEqual(memory(site)[0], memory(six)[0]);
    });
});

describe("the pods that a load is held against", () => {
    const podsOf = (settings: object, where = site) => {
        const asked = scenario({ load: load(), ...settings });
        assert.ok(asked.load);
        const pods = sitePods(where, asked, planOf(asked, asked.load));
        return Object.fromEntries(pods.map((pod) => [pod.component, pod]));
    };

    it("are those of the settings: fewer instances than nodes, a second aggregator", () => {
        const large = siteWith(Array.from({ length: 6 }));
        assert.equal(podsOf({}, large).m3db?.pods, 6);
        const [one, two] = [podsOf({ m3db: { instancesPerGroup: 1 } }, large).m3db, podsOf({}, large).m3db];
        assert.equal(one?.pods, 3);
        assert.ok((one?.needs.disk.low ?? 0) > (two?.needs.disk.low ?? 0) * 1.9, "one has the disk of two");
        const [single, pair] = [1, 2].map((replicas) => podsOf({ aggregator: { replicas } }).aggregator);
        assert.deepEqual([single?.pods, pair?.pods], [1, 2]);
        assert.deepEqual(pair?.needs, single?.needs, "each holds everything");
    });

    it("are coordinators that answer queries, too, where these are integrated", () => {
        const [split, integrated] = [podsOf({}), podsOf({ query: { mode: "integrated" } })];
        assert.equal(integrated.query, undefined);
        const more = (integrated.coordinator?.needs.memory.low ?? 0) - (split.coordinator?.needs.memory.low ?? 0);
        assert.ok(more >= (split.query?.needs.memory.low ?? Number.NaN));
    });

    it("keep blocks open for as long as samples may be late", () => {
        const namespaces = (bufferPast: string) => ({
            m3db: { namespaces: [{ name: "default", retention: "48h", blockSize: "2h", bufferPast }] },
        });
        const heap = (late: string) => podsOf(namespaces(late)).m3db?.needs.memory.low ?? 0;
        assert.ok(heap("1h") > heap("20m"));
    });
});

describe("the setting load", () => {
    const problem = (value: unknown) =>
        scenarioSchema.safeParse({ load: value }).error?.issues.map(({ message }) => message);

    it("is absent by default, and has no churn and one Prometheus unless told", () => {
        assert.equal(scenario().load, undefined);
        assert.deepEqual(scenario({ load: load() }).load, { ...load(), churnPercentPerHour: 0, prometheusServers: 1 });
    });

    it("refuses what cannot be", () => {
        assert.match(String(problem({ scrapeInterval: "15s" })), /must be a whole number/);
        assert.match(String(problem(load({ series: 0 }))), /must be at least 1/);
        assert.match(String(problem(load({ series: 1e12 }))), /must be at most/);
        assert.match(String(problem(load({ scrapeInterval: "90d" }))), /must be whole hours, minutes, seconds/);
        assert.match(String(problem(load({ scrapeInterval: "0s" }))), /must be longer than zero/);
        assert.match(String(problem(load({ churnPercentPerHour: -1 }))), /must be a percentage/);
        assert.match(String(problem(load({ queries: { perSecond: 0, series: 1, range: "1h" } }))), /above 0/);
        assert.match(String(problem(load({ queries: { perSecond: 1, series: 1 } }))), /must be whole hours/);
    });

    it("reaches the stack's warnings, which preview and up show", () => {
        const folder = mkdtempSync(join(tmpdir(), "m3perf-size-"));
        try {
            writeFileSync(join(folder, "site.yaml"), JSON.stringify(site));
            const config = {
                "m3perf:site": join(folder, "site.yaml"),
                "m3perf:load": JSON.stringify(load({ series: 10_000_000 })),
            };
            const { warnings } = loadSettings({ config, stackFile: "Pulumi.test.yaml" });
            assert.ok(warnings.some((warning) => warning.startsWith("load: too little memory for m3db")));
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});
