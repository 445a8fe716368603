import assert from "node:assert/strict";
import { demandOf } from "../../../settings/demand.ts";
import { loadSettings } from "../../../settings/index.ts";
import { UserError } from "../../../support/errors.ts";

function load(config: Record<string, unknown>) {
    const entries = Object.entries({ site: "sites/reference.yaml", ...config }).map(([key, value]) => [
        `m3perf:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    return loadSettings({
        config: Object.fromEntries(entries),
        stackFile: "Pulumi.test.yaml",
        labSite: "/nonexistent",
    });
}

function problems(config: Record<string, unknown>): string[] {
    try {
        load(config);
    } catch (error) {
        assert.ok(error instanceof UserError, String(error));
        return error.message.split("\n").slice(1);
    }
    assert.fail("no error");
}

const policy = { resolution: "10s", retention: "48h" };
const mapping = (rule: object) => ({ aggregator: { rules: { mapping: [rule] } } });
const byA = { rollup: { metricName: "m", groupBy: ["a"], aggregations: ["Sum"] } };
const rollup = (rule: object) => ({
    aggregator: {
        rules: {
            rollup: [
                {
                    filter: "a:b",
                    transforms: [byA],
                    storagePolicies: [policy],
                    ...rule,
                },
            ],
        },
    },
});
const namespaces = (...more: object[]) => ({
    m3db: { namespaces: [{ name: "default", retention: "48h" }, ...more] },
});

describe("settings of coordinator, query and aggregator", () => {
    const wrong: [string, Record<string, unknown>, RegExp][] = [
        [
            "a consistency that M3 does not have",
            { coordinator: { writeConsistency: "quorum" } },
            /writeConsistency = "quorum" +must be one, majority or all/,
        ],
        [
            "a read consistency that answers with nothing",
            { query: { readConsistency: "none" } },
            /must be one, unstrict_majority, majority, unstrict_all or all/,
        ],
        [
            "the graphite id scheme, which is for graphite alone",
            { coordinator: { tags: { idScheme: "graphite" } } },
            /tags\.idScheme = "graphite" +must be quoted or prepend_meta/,
        ],
        ["no workers", { coordinator: { writeWorkers: { size: 0 } } }, /writeWorkers\.size = 0 +must be at least 1/],
        [
            "a configuration that is no object",
            { coordinator: { config: ["a"] } },
            /coordinator\.config = \["a"\] +must be an object/,
        ],
        ["a mode that is none", { query: { mode: "merged" } }, /query\.mode = "merged" +must be split or integrated/],
        [
            "replicas of an m3query that is not there",
            { query: { mode: "integrated", replicas: 1 } },
            /query\.replicas = 1 +has no effect .*use m3perf:coordinator\.replicas/,
        ],
        [
            "two read consistencies in one process",
            { query: { mode: "integrated", readConsistency: "all" } },
            /query\.readConsistency = "all" +must be m3perf:coordinator\.readConsistency \(unstrict_majority\)/,
        ],
        [
            "a configuration of an m3query that is not there",
            { query: { mode: "integrated", config: { a: 1 } } },
            /query\.config .*use m3perf:coordinator\.config/,
        ],
        [
            "a query that may take no time",
            { query: { timeout: "0s" } },
            /query\.timeout = "0s" +must be longer than zero/,
        ],
        [
            "less than a share of the series",
            { query: { instanceMultiple: 0.5 } },
            /instanceMultiple = 0\.5 +must be at least 1/,
        ],
        [
            "a zone without a port",
            { query: { remotes: [{ name: "b", addresses: ["m3query.b"] }] } },
            /remotes\[0\]\.addresses\[0\] = "m3query\.b" +must be host:port/,
        ],
        [
            "two zones of one name",
            { query: { remotes: [1, 2].map((n) => ({ name: "b", addresses: [`b:${n}`] })) } },
            /remotes\[1\]\.name = "b" +is the name of remotes\[0\] too/,
        ],
        [
            "a port for zones that are not served",
            { query: { remotesNodePort: 32559 } },
            /remotesNodePort = 32559 +has no effect without query\.serveRemotes/,
        ],
        [
            "one NodePort for zones and queries",
            { query: { serveRemotes: true, remotesNodePort: 32558 } },
            /remotesNodePort = 32558 +is m3perf:query\.nodePort too/,
        ],
        ["three aggregators", { aggregator: { replicas: 3 } }, /aggregator\.replicas = 3 +must be 1 or 2/],
        [
            "two aggregators on one node",
            { aggregator: { replicas: 2 } },
            /is more than the 1 node\(s\) with the role aggregator.*give another node of the site the role aggregator/,
        ],
        ["a filter that is none", mapping({ filter: "nginx", drop: true }), /mapping\[0\]\.filter .*"service:checkout/],
        [
            "a tag twice in a filter",
            mapping({ filter: "a:b a:c", drop: true }),
            /mapping\[0\]\.filter .* M3 takes no tag twice; \{a,b\} matches either/,
        ],
        ["a mapping that does nothing", mapping({ filter: "a:b" }), /mapping\[0\] = "a:b" +does nothing/],
        [
            "a mapping that drops and keeps",
            mapping({ filter: "a:b", drop: true, storagePolicies: [policy] }),
            /mapping\[0\] = "a:b" +drops and keeps.*make two rules/,
        ],
        [
            "values for a namespace that is not there",
            mapping({ filter: "a:b", storagePolicies: [{ resolution: "1m", retention: "48h" }] }),
            /storagePolicies\[0\] = "1m:48h" +is no namespace .*\(resolution:retention\): 10s:48h/,
        ],
        [
            "an aggregation that M3 does not have",
            mapping({ filter: "a:b", aggregations: ["Average"], storagePolicies: [policy] }),
            /aggregations\[0\] = "Average" +must be one of M3's/,
        ],
        [
            "a rollup without a place",
            rollup({ storagePolicies: [] }),
            /rollup\[0\]\.storagePolicies .*one at least: where the new metric is kept/,
        ],
        [
            "a rollup rule that rolls nothing up",
            rollup({ transforms: [{ transform: { type: "Increase" } }] }),
            /rollup\[0\]\.transforms .*a list with a rollup in it/,
        ],
        [
            "a step that is none",
            rollup({ transforms: [{ ...byA, aggregate: { type: "Last" } }] }),
            /rollup\[0\]\.transforms\[0\] .*one of \{rollup: /,
        ],
        [
            "match on the unaggregated namespace",
            { m3db: { namespaces: [{ name: "default", retention: "48h", match: ["a:b"] }] } },
            /namespaces\[0\]\.match .*needs a resolution: M3's rules lead to aggregated namespaces alone/,
        ],
        [
            "exclusive without match",
            namespaces({ name: "a", retention: "72h", resolution: "10s", exclusive: true }),
            /namespaces\[1\]\.exclusive = true +has no effect without match/,
        ],
        [
            "a second unaggregated namespace for a service",
            namespaces({ name: "a", retention: "72h" }),
            /must have only one without a resolution: .*give the others a resolution and a match/,
        ],
        [
            "two services' namespaces of one resolution and retention",
            namespaces(
                ...["a", "b"].map((name) => ({
                    name,
                    retention: "72h",
                    resolution: "10s",
                    match: [`service:${name}`],
                })),
            ),
            /namespaces\[2\] = "10s:72h" +has the resolution and retention of namespaces\[1\]/,
        ],
    ];
    for (const [title, config, expected] of wrong) {
        it(`refuse ${title}`, () => {
            const lines = problems(config);
            assert.match(lines.join("\n"), expected);
            assert.equal(lines.length, 1, lines.join("\n"));
        });
    }

    it("take two aggregators where the nodes are shared", () => {
        assert.equal(load({ isolation: "colocated", aggregator: { replicas: 2 } }).scenario.aggregator.replicas, 2);
    });

    it("give integrated coordinators the memory and CPU of the queries, given or not, and count nothing twice", () => {
        const split = load({}).memory;
        const integrated = load({ query: { mode: "integrated" } });
        assert.equal(integrated.memory.coordinator, split.coordinator + split.query);
        assert.equal(integrated.replicas.query, integrated.replicas.coordinator);
        const given = load({ query: { mode: "integrated", memory: "1Gi" }, coordinator: { memory: "2Gi" } });
        assert.equal(given.memory.coordinator, 3072);
        const asks = demandOf(integrated.site, integrated.scenario).find(({ node }) => node === "worker-5")?.asks;
        assert.deepEqual(
            asks?.map(({ what, memoryMi, cpuMilli }) => [what, memoryMi, cpuMilli]),
            [["coordinator", integrated.memory.coordinator, 500]],
        );
    });

    it("say where writes belong, in each mode", () => {
        const url = "http://m3query.m3db:7201/api/v1/prom/remote/write";
        const prometheus = { remoteWrite: { url } };
        assert.match(problems({ prometheus }).join(), /points to m3query, which takes no writes: use m3coordinator/);
        assert.match(
            problems({ prometheus, query: { mode: "integrated" } }).join(),
            /points to the address for queries: use m3coordinator/,
        );
    });
});
