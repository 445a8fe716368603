import assert from "node:assert/strict";
import { m3dbCluster, tagsAnnotation } from "../../../components/m3/cluster-manifests.ts";
import { type Allowed, type Guarded, refusals } from "../../../components/m3/m3db/guard-rules.ts";
import { clusterGuard } from "../../../components/m3/m3db/inputs.ts";
import { clusterPlan, everySetting } from "./m3db-plan.ts";

const liveOf = (settings: object = {}): Guarded => {
    const { metadata, spec } = structuredClone(m3dbCluster(clusterPlan(settings)));
    return { ...spec, tags: metadata.annotations[tagsAnnotation] } as Guarded;
};
const nothing: Allowed = { removeNamespaces: [], shortenRetention: [], update: "rolling" };
const asked = (settings: object, removeNamespaces: string[] = [], live: object = {}) =>
    refusals(liveOf(live), clusterGuard(clusterPlan(settings), { ...nothing, removeNamespaces }));
const raw = { name: "default", retention: "48h" };
const aggregated = { name: "metrics-10s_2d", retention: "48h", resolution: "10s" };

describe("the guard before the M3DBCluster", () => {
    it("has nothing against what is there, whatever its settings", () => {
        assert.deepEqual(asked({}), []);
        assert.deepEqual(asked(everySetting, [], everySetting), []);
    });

    it("has nothing against new namespaces, more or fewer instances, other pods", () => {
        const more = { name: "metrics-1m_40d", retention: "960h", resolution: "1m" };
        const settings = { namespaces: [raw, aggregated, more], instancesPerGroup: 2, cpu: "2", env: { A: "b" } };
        assert.deepEqual(asked({ ...settings, annotations: { a: "b" }, pools: "small" }), []);
    });

    it("refuses to lose a namespace, and says what would be lost and what to write", () => {
        const [problem, ...others] = asked({ namespaces: [raw] });
        assert.deepEqual(others, []);
        assert.match(problem?.what ?? "", /does not have metrics-10s_2d, which the cluster has/);
        assert.match(problem?.why ?? "", /would delete metrics-10s_2d \(48h at 10s\) with all samples in it/);
        assert.match(problem?.next ?? "", /removeNamespaces: \[metrics-10s_2d\]/);
    });

    it("lets it go with the word for it, and only that one", () => {
        assert.deepEqual(asked({ namespaces: [raw] }, ["metrics-10s_2d"]), []);
        const other = asked({ namespaces: [raw] }, ["metrics-10s"]);
        assert.match(other[0]?.what ?? "", /metrics-10s_2d/);
        assert.deepEqual(asked({}, ["gone-long-ago"]), []);
    });

    it("sees a renamed namespace as a loss", () => {
        const problems = asked({ namespaces: [{ ...raw, name: "defaults" }, aggregated] });
        assert.match(problems[0]?.what ?? "", /does not have default,/);
    });

    const changed: [string, object, string][] = [
        ["retention", { retention: "96h" }, "retention from 48h to 96h"],
        ["blockSize", { blockSize: "4h" }, "blockSize from 2h to 4h, indexBlockSize from 2h to 4h"],
        ["resolution", { resolution: "30s" }, "resolution from 10s to 30s"],
        ["bufferPast", { bufferPast: "1h" }, "bufferPast from 20m to 1h"],
        ["bufferFuture", { bufferFuture: "1m" }, "bufferFuture from 10m to 1m"],
        ["indexBlockSize", { indexBlockSize: "4h" }, "indexBlockSize from 2h to 4h"],
        ["samples", { samples: "mapped" }, "samples: all from true to none"],
        ["repair", { repair: true }, "repair from none to true"],
        ["coldWrites", { coldWrites: false }, "coldWrites from true to none"],
        ["snapshots", { snapshots: false }, "snapshots from true to none"],
        ["commitLog", { commitLog: false }, "commitLog from true to none"],
    ];
    for (const [name, change, text] of changed) {
        it(`refuses another ${name} of a namespace that is there, and says how to get it`, () => {
            const [problem, ...others] = asked({ namespaces: [raw, { ...aggregated, ...change }] });
            assert.deepEqual(others, []);
            assert.equal(problem?.what, `m3perf:m3db.namespaces, metrics-10s_2d: changes ${text}`);
            assert.match(problem?.next ?? "", /a namespace of another name/);
        });
    }

    const retention = (period: string, allowed: Partial<Allowed> = {}) =>
        refusals(
            liveOf(),
            clusterGuard(clusterPlan({ namespaces: [{ ...raw, retention: period }, aggregated] }), {
                ...nothing,
                ...allowed,
            }),
        );

    it("lets the unaggregated namespace keep its samples longer", () => {
        assert.deepEqual(retention("72h"), []);
        assert.deepEqual(retention("47h60m"), [], "the same, written in another way");
    });

    it("lets it keep them shorter with the word for it only, since that deletes samples", () => {
        const [problem, ...others] = retention("24h");
        assert.deepEqual(others, []);
        assert.equal(problem?.what, "m3perf:m3db.namespaces, default: changes retention from 48h to 24h");
        assert.match(problem?.why ?? "", /would delete every sample older than 24h/);
        assert.match(problem?.next ?? "", /shortenRetention: \[default\]/);
        assert.deepEqual(retention("24h", { shortenRetention: ["default"] }), []);
        assert.equal(retention("24h", { shortenRetention: ["metrics-10s_2d"] }).length, 1);
    });

    it("changes no retention where pods are not restarted: it would not hold", () => {
        assert.match(retention("72h", { update: "manual" })[0]?.next ?? "", /update: rolling/);
    });

    it("changes no retention beside something else of a namespace", () => {
        const plan = clusterPlan({ namespaces: [{ ...raw, retention: "72h", coldWrites: false }, aggregated] });
        const [problem] = refusals(liveOf(), clusterGuard(plan, nothing));
        assert.match(problem?.what ?? "", /changes coldWrites from true to none, retention from 48h to 72h/);
    });

    it("does not take what Go leaves away for a change", () => {
        const live = liveOf();
        const [first] = live.namespaces ?? [];
        Object.assign(first?.options ?? {}, { repairEnabled: false });
        assert.deepEqual(refusals(live, clusterGuard(clusterPlan(), nothing)), []);
    });

    const fixed: [string, object, string][] = [
        [
            "numberOfShards",
            { numberOfShards: 128 },
            "m3perf:m3db.numberOfShards = 128, but the cluster was made with 64",
        ],
        [
            "replicationFactor",
            { replicationFactor: 5 },
            "m3perf:m3db.replicationFactor = 5, but the cluster was made with 3",
        ],
        ["storage", { storage: "6Gi" }, "m3perf:m3db.storage = 6Gi, but the cluster was made with 5Gi"],
        [
            "podIdentity",
            { podIdentity: ["PodUID"] },
            "m3perf:m3db.podIdentity = [PodUID], but the cluster was made with []",
        ],
        ["labels", { labels: { a: "b" } }, "m3perf:m3db.labels = a=b, but the cluster was made with nothing"],
    ];
    for (const [name, settings, what] of fixed) {
        it(`refuses another ${name}`, () => {
            const problems = asked(settings);
            assert.deepEqual(
                problems.map((problem) => problem.what),
                [what],
            );
            assert.ok(problems[0]?.why && problems[0].next);
        });
    }

    it("refuses other ids of series, of which the samples that are there have theirs", () => {
        const plan = clusterPlan({}, { tags: { idScheme: "prepend_meta", metricName: "__name__", bucketName: "le" } });
        const [problem, ...others] = refusals(liveOf(), clusterGuard(plan, nothing));
        assert.deepEqual(others, []);
        assert.match(problem?.what ?? "", /coordinator\.tags = idScheme: prepend_meta, .* made with idScheme: quoted,/);
        const before = { ...liveOf(), tags: undefined };
        assert.deepEqual(refusals(before, clusterGuard(plan, nothing)), [], "of an older m3perf it is not known");
    });

    it("takes a volume of the same size for the same", () => assert.deepEqual(asked({ storage: "5120Mi" }), []));

    it("refuses another storage class, and groups of other names or in another order", () => {
        const input = clusterGuard(clusterPlan({}, { storageClass: "fast" }), nothing);
        assert.match(refusals(liveOf(), input)[0]?.what ?? "", /storageClass = fast, but .* local-path/);
        const isolationGroups = ["rep1", "rep0", "rep2"].map((name) => ({ name, nodes: [name] }));
        const [problem] = refusals(liveOf(), clusterGuard(clusterPlan({}, { isolationGroups }), nothing));
        assert.match(problem?.what ?? "", /isolation groups of the site = rep1, rep0, rep2, but .* rep0, rep1, rep2/);
    });

    it("says everything at once", () => {
        const problems = asked({
            namespaces: [{ ...raw, retention: "1h", blockSize: "1h" }],
            numberOfShards: 8,
            storage: "1Gi",
        });
        assert.equal(problems.length, 4);
    });

    it("has no quarrel with a live cluster that says nothing of a field", () => {
        assert.deepEqual(refusals({}, clusterGuard(clusterPlan(), nothing)), []);
    });
});
