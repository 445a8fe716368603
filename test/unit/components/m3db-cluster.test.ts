import assert from "node:assert/strict";
import { m3dbCluster, m3dbConfigMap, m3dbPods } from "../../../components/m3/cluster-manifests.ts";
import { m3dbClusterDefinition } from "../../../components/m3/operator-crd.ts";
import { clusterPlan, everySetting } from "./m3db-plan.ts";

const specOf = (settings: object = {}) => m3dbCluster(clusterPlan(settings)).spec;
const digestOf = (settings: object = {}) => specOf(settings).envVars[0]?.value;
const optionsOf = (namespace: object) =>
    specOf({ namespaces: [{ name: "default", retention: "48h", ...namespace }] }).namespaces[0]?.options;

describe("M3DBCluster", () => {
    const cluster = m3dbCluster(clusterPlan());

    it("is written as the operator writes it back: Go's zero values absent, its additions present", () => {
        const text = JSON.stringify(cluster);
        assert.ok(!text.includes('"repairEnabled"'));
        assert.ok(!text.includes('"aggregated":false'));
        assert.ok(!text.includes("externalCoordinator"));
        const { podMetadata, hostNetwork, dataDirVolumeClaimTemplate, podIdentityConfig } = cluster.spec;
        assert.deepEqual(podMetadata, {});
        assert.equal(hostNetwork, false);
        assert.deepEqual(dataDirVolumeClaimTemplate.metadata, {});
        assert.deepEqual(dataDirVolumeClaimTemplate.status, {});
        assert.deepEqual(podIdentityConfig, { sources: [] });
        assert.ok(!("labels" in cluster.spec));
        assert.ok(!("priorityClassName" in cluster.spec));
    });

    it("has no false and no empty value but those that Go writes, with any setting", () => {
        const found: string[] = [];
        const walk = (value: unknown, path: string): void => {
            if (value === false || value === null || value === undefined) found.push(path);
            if (typeof value !== "object" || value === null) return;
            if (Object.keys(value).length === 0) found.push(path);
            for (const [key, inner] of Object.entries(value)) walk(inner, path === "" ? key : `${path}.${key}`);
        };
        walk(specOf(everySetting), "");
        assert.deepEqual(found.sort(), [
            "dataDirVolumeClaimTemplate.metadata",
            "dataDirVolumeClaimTemplate.status",
            "hostNetwork",
            "namespaces.0.options.aggregationOptions.aggregations.0.attributes",
            "namespaces.1.options.aggregationOptions.aggregations.0.attributes.downsampleOptions",
            "securityContext.allowPrivilegeEscalation",
        ]);
    });

    it("has one group for each replica, bound to its node; no two instances on one", () => {
        assert.deepEqual(cluster.spec.isolationGroups[1], {
            name: "rep1",
            numInstances: 1,
            nodeAffinityTerms: [{ key: "m3perf.io/isolation-group", values: ["rep1"] }],
            usePodAntiAffinity: true,
            podAffinityToplogyKey: "kubernetes.io/hostname",
        });
    });

    it("has an unaggregated and an aggregated namespace", () => {
        const aggregations = cluster.spec.namespaces.map(({ options }) => options.aggregationOptions.aggregations);
        assert.deepEqual(aggregations, [
            [{ attributes: {} }],
            [{ aggregated: true, attributes: { resolution: "10s", downsampleOptions: { all: true } } }],
        ]);
    });

    it("keeps the Go heap under the container's limit", () => {
        assert.deepEqual(cluster.spec.containerResources.limits, { memory: "1600Mi" });
        assert.deepEqual(cluster.spec.envVars.slice(1), [
            { name: "GOMEMLIMIT", value: "1280MiB" },
            { name: "GOGC", value: "75" },
        ]);
        assert.ok(cluster.spec.securityContext, "nil would let the operator add SYS_RESOURCE");
    });

    it("can be deleted whatever state M3 is in: pods do not go before the operator is done, and it needs no coordinator", () => {
        assert.equal(cluster.metadata.annotations["pulumi.com/deletionPropagationPolicy"], "background");
        assert.equal(cluster.spec.keepEtcdDataOnDelete, true);
    });

    it("has no field that the definition would drop, by default and with every setting", () => {
        const [version] = m3dbClusterDefinition().spec.versions;
        const schema = version?.schema.openAPIV3Schema.properties?.spec;
        for (const settings of [{}, everySetting]) {
            assert.deepEqual(misfits(specOf(settings), schema, "spec"), []);
        }
        const wrong = {
            ...specOf(),
            image: 5,
            numberOfShards: "64",
            isolationGroups: [{ name: "a", numInstances: 1, nodes: [] }],
            x: 1,
        };
        assert.deepEqual(misfits(wrong, schema, "spec"), [
            "spec.image",
            "spec.numberOfShards",
            "spec.isolationGroups[0].nodes",
            "spec.x",
        ]);
    });
});

describe("settings of M3DB", () => {
    const changes: [string, object, (spec: ReturnType<typeof specOf>) => unknown, unknown][] = [
        ["numberOfShards", { numberOfShards: 32 }, (spec) => spec.numberOfShards, 32],
        ["replicationFactor", { replicationFactor: 5 }, (spec) => spec.replicationFactor, 5],
        [
            "instancesPerGroup",
            { instancesPerGroup: 2 },
            (spec) => spec.isolationGroups.map((g) => g.numInstances),
            [2, 2, 2],
        ],
        ["cpu", { cpu: "2" }, (spec) => spec.containerResources.requests.cpu, "2"],
        [
            "memoryRequest",
            { memoryRequest: "1000Mi" },
            ({ containerResources: { requests, limits } }) => [requests.memory, limits.memory],
            ["1000Mi", "1600Mi"],
        ],
        [
            "storage",
            { storage: "9Gi" },
            (spec) => spec.dataDirVolumeClaimTemplate.spec.resources.requests.storage,
            "9Gi",
        ],
        ["podIdentity", { podIdentity: ["PodUID"] }, (spec) => spec.podIdentityConfig, { sources: ["PodUID"] }],
        [
            "tolerations, after that of the dedicated nodes",
            { tolerations: [{ key: "spot", operator: "Exists" }] },
            (spec) => spec.tolerations,
            [
                { key: "dedicated", operator: "Equal", value: "m3db", effect: "NoSchedule" },
                { key: "spot", operator: "Exists" },
            ],
        ],
        [
            "nodeAffinity, in every group beside its own term",
            { nodeAffinity: [{ key: "disk", values: ["ssd"] }] },
            (spec) => spec.isolationGroups[2]?.nodeAffinityTerms,
            [
                { key: "m3perf.io/isolation-group", values: ["rep2"] },
                { key: "disk", values: ["ssd"] },
            ],
        ],
        [
            "env, over ours",
            { env: { GOGC: "50", A: "b" } },
            (spec) => spec.envVars.slice(1),
            [
                { name: "GOMEMLIMIT", value: "1280MiB" },
                { name: "GOGC", value: "50" },
                { name: "A", value: "b" },
            ],
        ],
        [
            "priorityClass",
            { priorityClass: "high" },
            (spec) => ("priorityClassName" in spec ? spec.priorityClassName : undefined),
            "high",
        ],
        ["labels", { labels: { team: "a" } }, (spec) => ("labels" in spec ? spec.labels : undefined), { team: "a" }],
        ["annotations", { annotations: { a: "b" } }, (spec) => spec.podMetadata, { annotations: { a: "b" } }],
    ];
    for (const [name, settings, seen, wanted] of changes) {
        it(`${name} are in the M3DBCluster`, () => assert.deepEqual(seen(specOf(settings)), wanted));
    }

    it("memory, image and storage class come with the plan", () => {
        const { spec } = m3dbCluster(clusterPlan({}, { memoryMi: 2048, image: "x/y:1", storageClass: "fast" }));
        assert.equal(spec.image, "x/y:1");
        assert.deepEqual(spec.containerResources.limits, { memory: "2048Mi" });
        assert.equal(spec.dataDirVolumeClaimTemplate.spec.storageClassName, "fast");
    });

    it("pods are one on each node of a group, or as many as are asked for", () => {
        const isolationGroups = ["a", "b", "c"].map((name) => ({ name, nodes: [`${name}1`, `${name}2`] }));
        assert.equal(m3dbPods(clusterPlan({}, { isolationGroups })).length, 6);
        assert.deepEqual(m3dbPods(clusterPlan({ instancesPerGroup: 1 }, { isolationGroups })), [
            "m3-cluster-rep0-0",
            "m3-cluster-rep1-0",
            "m3-cluster-rep2-0",
        ]);
    });

    it("namespaces have each of their options", () => {
        const defaults = optionsOf({});
        assert.deepEqual(defaults, {
            bootstrapEnabled: true,
            flushEnabled: true,
            writesToCommitLog: true,
            cleanupEnabled: true,
            snapshotEnabled: true,
            coldWritesEnabled: true,
            retentionOptions: {
                retentionPeriod: "48h",
                blockSize: "2h",
                bufferFuture: "10m",
                bufferPast: "20m",
                blockDataExpiry: true,
                blockDataExpiryAfterNotAccessPeriod: "5m",
            },
            indexOptions: { enabled: true, blockSize: "2h" },
            aggregationOptions: { aggregations: [{ attributes: {} }] },
        });
        assert.equal(optionsOf({ bufferPast: "1h" })?.retentionOptions.bufferPast, "1h");
        assert.equal(optionsOf({ bufferFuture: "2m" })?.retentionOptions.bufferFuture, "2m");
        assert.deepEqual(optionsOf({ repair: true }), { ...defaults, repairEnabled: true });
        const { coldWritesEnabled, ...warm } = defaults ?? {};
        assert.ok(coldWritesEnabled);
        assert.deepEqual(optionsOf({ coldWrites: false }), warm);
        const { snapshotEnabled, writesToCommitLog, ...rest } = defaults ?? {};
        assert.ok(snapshotEnabled && writesToCommitLog);
        assert.deepEqual(optionsOf({ snapshots: false, commitLog: false }), rest);
        assert.equal(optionsOf({ indexBlockSize: "4h" })?.indexOptions.blockSize, "4h");
        assert.equal(optionsOf({ blockSize: "4h" })?.indexOptions.blockSize, "4h", "the block size unless told");
        // As Go writes `all: false` back: empty, which is not absent (absent means all).
        assert.deepEqual(optionsOf({ resolution: "1m", samples: "mapped" })?.aggregationOptions.aggregations, [
            { aggregated: true, attributes: { resolution: "1m", downsampleOptions: {} } },
        ]);
    });
});

describe("the digest of what pods are made of", () => {
    it("comes first among the variables: the operator does not see that a list has become shorter", () => {
        assert.equal(specOf().envVars[0]?.name, "M3PERF_POD_DIGEST");
        assert.match(digestOf() ?? "", /^[0-9a-f]{10}$/);
        assert.equal(digestOf(), digestOf({}));
    });

    const rolling = {
        cpu: { cpu: "2" },
        tolerations: { tolerations: [{ key: "a" }] },
        nodeAffinity: { nodeAffinity: [{ key: "a", values: ["b"] }] },
        env: { env: { A: "b" } },
        priorityClass: { priorityClass: "a" },
        annotations: { annotations: { a: "b" } },
        limits: { limits: { maxEncodersPerBlock: 5 } },
        pools: { pools: "small" },
        config: { config: { db: { gcPercentage: 50 } } },
    };
    for (const [name, settings] of Object.entries(rolling)) {
        it(`changes with ${name}`, () => assert.notEqual(digestOf(settings), digestOf()));
    }

    it("changes with memory and image", () => {
        for (const more of [{ memoryMi: 2000 }, { image: "a/b:1" }])
            assert.notEqual(m3dbCluster(clusterPlan({}, more)).spec.envVars[0]?.value, digestOf());
    });

    const still = {
        instancesPerGroup: { instancesPerGroup: 2 },
        namespaces: { namespaces: [{ name: "default", retention: "96h" }] },
    };
    for (const [name, settings] of Object.entries(still)) {
        it(`does not change with ${name}: no pod is restarted for it`, () =>
            assert.equal(digestOf(settings), digestOf()));
    }

    it("leaves the configuration's name to Pulumi: a content that comes back must not meet its older self", () => {
        assert.ok(!("name" in m3dbConfigMap(clusterPlan()).metadata));
        assert.ok(!("configMapName" in specOf()));
    });
});

interface Schema {
    type?: string;
    properties?: Record<string, Schema>;
    items?: Schema;
    additionalProperties?: Schema;
    required?: string[];
    "x-kubernetes-preserve-unknown-fields"?: boolean;
    "x-kubernetes-int-or-string"?: boolean;
}

const types: Record<string, (value: unknown) => boolean> = {
    string: (value) => typeof value === "string",
    boolean: (value) => typeof value === "boolean",
    integer: (value) => Number.isInteger(value),
    array: (value) => Array.isArray(value),
    object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** Paths that the API server would prune or refuse, by the structural schema. */
function misfits(value: unknown, schema: Schema | undefined, path: string): string[] {
    if (!schema) return [path];
    if (schema["x-kubernetes-int-or-string"]) return ["string", "number"].includes(typeof value) ? [] : [path];
    if (schema.type && !types[schema.type]?.(value)) return [path];
    if (Array.isArray(value)) return value.flatMap((item, index) => misfits(item, schema.items, `${path}[${index}]`));
    if (typeof value !== "object" || value === null || schema["x-kubernetes-preserve-unknown-fields"]) return [];
    const missing = (schema.required ?? []).filter((key) => !(key in value)).map((key) => `${path}.${key} is missing`);
    const inner = Object.entries(value).flatMap(([key, item]) =>
        misfits(item, schema.properties?.[key] ?? schema.additionalProperties, `${path}.${key}`),
    );
    return [...inner, ...missing];
}
