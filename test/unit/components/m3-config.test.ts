import assert from "node:assert/strict";
import { parse } from "yaml";
import { aggregatorConfig } from "../../../components/m3/config/aggregator.ts";
import { coordinatorConfig } from "../../../components/m3/config/coordinator.ts";
import { configFile, overridden } from "../../../components/m3/config/file.ts";
import { queryConfig } from "../../../components/m3/config/query.ts";
import { m3Identity } from "../../../components/m3/identity.ts";
import { type Scenario, scenarioSchema } from "../../../settings/scenario.ts";

const identity = m3Identity("m3db", ["http://etcd-0.etcd.m3db:2379"]);
const scenario = (settings: object = {}): Scenario => scenarioSchema.parse(settings);

const coordinator = (settings: object = {}) => {
    const made = scenario(settings);
    return coordinatorConfig(identity, {
        ...made,
        rules: made.aggregator.rules,
        namespaces: made.m3db.namespaces,
    });
};
const query = (settings: object = {}) => {
    const made = scenario(settings);
    return queryConfig(identity, made.query, made.coordinator.tags);
};
const aggregator = (settings: object = {}) => {
    const made = scenario(settings);
    return aggregatorConfig(identity, made.aggregator, made.m3db.namespaces);
};

/** The value at a path like "clusters.0.client". */
const at = (config: object, path: string) =>
    path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], config);

describe("M3's configuration files", () => {
    it("name one environment everywhere, and the topics' own for topics", () => {
        for (const config of [coordinator(), aggregator()]) {
            const environments = new Set(
                [...JSON.stringify(config).matchAll(/"(?:env|environment)":"([^"]+)"/g)].map(([, name]) => name),
            );
            assert.deepEqual([...environments].sort(), ["default_env", "m3db/m3-cluster"]);
            for (const override of JSON.stringify(config).matchAll(/"topicServiceOverride":\{[^}]*\}/g)) {
                assert.match(override[0], /"environment":"default_env"/);
            }
        }
    });

    it("are YAML without anchors, read back as they were", () => {
        const config = aggregator();
        const text = configFile(config);
        assert.ok(!/[&*]a\d/.test(text));
        assert.deepEqual(parse(text), config);
    });

    /** One row for each setting: the file, the setting, where it shows in the file, and as what. */
    const rows: [string, (settings: object) => object, object, string, unknown][] = [
        [
            "coordinator.writeConsistency",
            coordinator,
            { coordinator: { writeConsistency: "all" } },
            "clusters.0.client.writeConsistencyLevel",
            "all",
        ],
        [
            "coordinator.readConsistency",
            coordinator,
            { coordinator: { readConsistency: "one" } },
            "clusters.0.client.readConsistencyLevel",
            "one",
        ],
        [
            "coordinator.tags",
            coordinator,
            { coordinator: { tags: { idScheme: "prepend_meta", metricName: "name", bucketName: "bucket" } } },
            "tagOptions",
            { idScheme: "prepend_meta", metricName: "name", bucketName: "bucket" },
        ],
        [
            "coordinator.tags, at m3query",
            query,
            { coordinator: { tags: { idScheme: "prepend_meta" } } },
            "tagOptions.idScheme",
            "prepend_meta",
        ],
        [
            "coordinator.writeWorkers",
            coordinator,
            { coordinator: { writeWorkers: { size: 64, grow: false } } },
            "writeWorkerPoolPolicy",
            { size: 64, grow: false, killProbability: 0.001 },
        ],
        [
            "coordinator.writeBatch",
            coordinator,
            { coordinator: { writeBatch: { wait: "7ms", size: 64 } } },
            "clusters.0.client.config.services.0.clientOverrides",
            { hostQueueFlushInterval: "7ms", targetHostQueueFlushSize: 64 },
        ],
        [
            "coordinator.config",
            coordinator,
            { coordinator: { config: { ingest: { ingester: { workerPoolSize: 7 } } } } },
            "ingest.ingester.workerPoolSize",
            7,
        ],
        [
            "query.readConsistency",
            query,
            { query: { readConsistency: "all" } },
            "clusters.0.client.readConsistencyLevel",
            "all",
        ],
        [
            "query limits",
            query,
            {
                query: {
                    maxFetchedSeries: 7,
                    maxFetchedDocs: 8,
                    maxFetchedRange: "24h",
                    instanceMultiple: 1.5,
                    requireExhaustive: true,
                },
            },
            "limits.perQuery",
            {
                maxFetchedSeries: 7,
                maxFetchedDocs: 8,
                maxFetchedRange: "24h",
                instanceMultiple: 1.5,
                requireExhaustive: true,
            },
        ],
        [
            "query.timeout, query.maxSamples",
            query,
            { query: { timeout: "1m", maxSamples: 500 } },
            "query",
            { timeout: "1m", prometheus: { maxSamplesPerQuery: 500 } },
        ],
        ["query.lookback", query, { query: { lookback: "10m" } }, "lookbackDuration", "10m"],
        [
            "query.remotes",
            query,
            { query: { remotes: [{ name: "b", addresses: ["m3query.b:7202"], errorBehavior: "fail" }] } },
            "rpc",
            {
                enabled: true,
                remotes: [{ name: "b", remoteListenAddresses: ["m3query.b:7202"], errorBehavior: "fail" }],
            },
        ],
        [
            "query.serveRemotes",
            query,
            { query: { serveRemotes: true } },
            "rpc",
            { enabled: true, listenAddress: "0.0.0.0:7202" },
        ],
        [
            "query.config",
            query,
            { query: { config: { resultOptions: { keepNans: true } } } },
            "resultOptions.keepNans",
            true,
        ],
        [
            "aggregator.bufferPast",
            aggregator,
            { aggregator: { bufferPast: "30s" } },
            "aggregator.bufferDurationForPastTimedMetric",
            "30s",
        ],
        [
            "aggregator.config",
            aggregator,
            { aggregator: { config: { aggregator: { entryTTL: "2h" } } } },
            "aggregator.entryTTL",
            "2h",
        ],
    ];
    for (const [title, file, settings, path, expected] of rows) {
        it(`have ${title}`, () => {
            assert.deepEqual(at(file(settings), path), expected);
            assert.notDeepEqual(at(file({}), path), expected, "it is so without the setting");
        });
    }

    it("have a follower keep windows until its leader has written them, and a single aggregator as it was", () => {
        const kept = (replicas: number, ...resolutions: string[]) => {
            const coarse = resolutions.map((resolution) => ({ name: `m${resolution}`, retention: "480h", resolution }));
            const namespaces = [{ name: "default", retention: "48h" }, ...coarse];
            const settings = { aggregator: { replicas, bufferPast: "10s" }, m3db: { namespaces } };
            return at(aggregator(settings), "aggregator.flushManager.maxBufferSize");
        };
        assert.equal(kept(1, "10s", "1h"), "5m");
        assert.equal(kept(2), "5m");
        assert.equal(kept(2, "1m"), "5m");
        // 2.5 × 5m, 10 s, 30 s; 2.5 × 1h, 10 s, 30 s.
        assert.equal(kept(2, "10s", "5m"), "13m10s");
        assert.equal(kept(2, "10s", "1h", "5m"), "2h30m40s");
    });

    it("leave out what has no limit, and have no zones unless told", () => {
        assert.deepEqual(at(query(), "limits.perQuery"), { maxFetchedSeries: 100_000, requireExhaustive: false });
        assert.deepEqual(at(query(), "query"), { timeout: "30s" });
        assert.equal(at(query(), "rpc"), undefined);
    });

    it("keep m3query to its own pod, behind the front, with writes filtered out as well", () => {
        const config = query();
        assert.equal(at(config, "listenAddress"), "127.0.0.1:7210");
        assert.equal(at(config, "filter.write"), "allow_none");
        const interval = "clusters.0.client.config.services.0.clientOverrides.hostQueueFlushInterval";
        assert.equal(at(config, interval), "1000ms", "no queue of writes wakes it");
        assert.equal(at(config, "metrics.scope.prefix"), "query", "the manual run asks for query_fetch_success");
    });

    it("give an integrated coordinator the limits of the queries, and a split one none of them", () => {
        const limited = { maxFetchedSeries: 7, timeout: "1m", serveRemotes: true };
        const integrated = coordinator({ query: { mode: "integrated", ...limited } });
        assert.equal(at(integrated, "limits.perQuery.maxFetchedSeries"), 7);
        assert.equal(at(integrated, "query.timeout"), "1m");
        assert.equal(at(integrated, "rpc.listenAddress"), "0.0.0.0:7202");
        assert.equal(at(integrated, "filter"), undefined, "it takes writes");
        const split = coordinator({ query: limited });
        for (const key of ["limits", "query", "rpc", "lookbackDuration"]) assert.equal(at(split, key), undefined, key);
    });
});

describe("a configuration laid over another", () => {
    it("merges objects, replaces lists, removes with null, and leaves both as they were", () => {
        const base = { a: { b: 1, c: [1, 2] }, d: 2 };
        const over = { a: { c: [3], e: { f: 4 } }, d: null };
        assert.deepEqual(overridden(base, over), { a: { b: 1, c: [3], e: { f: 4 } } });
        assert.deepEqual(base, { a: { b: 1, c: [1, 2] }, d: 2 });
    });

    it("takes nulls out of what is new, too: M3 would read them as empty values", () => {
        assert.deepEqual(overridden({}, { a: { b: null, c: 1 } }), { a: { c: 1 } });
    });
});

describe("the coordinators' rules", () => {
    const rulesOf = (settings: object) => at(coordinator(settings), "downsample.rules");

    it("are absent when there are none, so that M3 looks for them in etcd", () => {
        assert.equal(rulesOf({}), undefined);
    });

    it("bring what matches to its namespace, one rule for each filter", () => {
        const namespaces = [
            { name: "default", retention: "48h" },
            {
                name: "checkout",
                retention: "72h",
                resolution: "30s",
                match: ["service:checkout cluster:eu*", "team:pay"],
            },
        ];
        assert.deepEqual(rulesOf({ m3db: { namespaces } }), {
            mappingRules: ["service:checkout cluster:eu*", "team:pay"].map((filter) => ({
                name: `namespace checkout: ${filter}`,
                filter,
                aggregations: ["Last"],
                storagePolicies: [{ resolution: "30s", retention: "72h" }],
            })),
            rollupRules: [],
        });
    });

    it("keep what matches an exclusive namespace out of the others, by a drop rule beside the mapping", () => {
        const one = { name: "a", retention: "72h", resolution: "30s", match: ["service:a"], exclusive: true };
        const rules = rulesOf({ m3db: { namespaces: [{ name: "default", retention: "48h" }, one] } });
        assert.deepEqual((rules as { mappingRules: object[] }).mappingRules[1], {
            name: "only namespace a: service:a",
            filter: "service:a",
            drop: true,
        });
    });

    it("are the user's own in M3's words", () => {
        const policy = { resolution: "10s", retention: "48h" };
        const rollup = {
            filter: "__name__:http_requests*",
            transforms: [
                { transform: { type: "Increase" } },
                { rollup: { metricName: "http_requests_by_status", groupBy: ["status"], aggregations: ["Sum"] } },
                { transform: { type: "Add" } },
            ],
            storagePolicies: [policy],
        };
        const mapping = [
            {
                filter: "app:nginx*",
                aggregations: ["Max"],
                storagePolicies: [policy],
                tags: [{ name: "a", value: "b" }],
            },
            { name: "noise", filter: "app:debug", drop: true },
        ];
        assert.deepEqual(rulesOf({ aggregator: { rules: { mapping, rollup: [rollup] } } }), {
            mappingRules: mapping,
            rollupRules: [rollup],
        });
    });

    it("keep Last of a mapping that names no aggregation, as M3 does for what no rule maps", () => {
        const mapping = [{ filter: "a:b", storagePolicies: [{ resolution: "10s", retention: "48h" }] }];
        const rules = rulesOf({ aggregator: { rules: { mapping } } }) as { mappingRules: { aggregations: string[] }[] };
        assert.deepEqual(rules.mappingRules[0]?.aggregations, ["Last"]);
    });
});
