import assert from "node:assert/strict";
import { notReconciled } from "../../../components/prometheus/live-resource.ts";
import {
    type ResourceKept,
    type ResourceParts,
    resourceDrift,
    resourcePlan,
} from "../../../components/prometheus/resource-attachment.ts";
import { resourceConfig } from "../../../settings/prometheus/resource.ts";
import { prometheusSchema } from "../../../settings/schema/prometheus.ts";

const planWith = (settings: object = {}) =>
    resourcePlan({
        prometheus: { namespace: "monitoring", name: "k8s" },
        config: resourceConfig(prometheusSchema.parse(settings)),
        rolloutLimit: 1,
        since: "then",
    });

const empty: ResourceParts = {
    externalLabels: undefined,
    remoteWrite: undefined,
    remoteRead: undefined,
    storage: undefined,
};
const owned: ResourceParts = {
    externalLabels: { cluster: "lab", zone: "z" },
    remoteWrite: [{ name: "archive", url: "http://archive/write" }],
    remoteRead: undefined,
    storage: { volumeClaimTemplate: { spec: { resources: { requests: { storage: "50Gi" } } } } },
};
const settings = { externalLabels: { cluster: "a", tier: "1" }, localStorage: "minimal" };

describe("a Prometheus custom resource", () => {
    it("gets our entries beside others', the labels, and an emptyDir in the claim's place", () => {
        const { state } = planWith(settings).attach(owned, undefined);
        assert.deepEqual(
            state.remoteWrite?.map(({ name }) => name),
            ["archive", "m3perf"],
        );
        assert.deepEqual(
            state.remoteRead?.map(({ name }) => name),
            ["m3perf"],
        );
        assert.deepEqual(state.externalLabels, { cluster: "a", zone: "z", tier: "1" });
        assert.deepEqual(state.storage, { emptyDir: {} });
    });

    it("keeps storage that is no claim, and its claim with localStorage keep", () => {
        assert.equal(planWith(settings).attach(empty, undefined).state.storage, undefined);
        const own = { ...owned, storage: { emptyDir: { sizeLimit: "5Gi" } } };
        assert.deepEqual(planWith(settings).attach(own, undefined).state.storage, own.storage);
        assert.deepEqual(planWith().attach(owned, undefined).state.storage, owned.storage);
    });

    for (const [title, before] of [
        ["with nothing set", empty],
        ["with entries of others", owned],
    ] as const) {
        it(`goes back to what it was, ${title}`, () => {
            const plan = planWith(settings);
            const first = plan.attach(before, undefined);
            assert.deepEqual(plan.attach(first.state, first.kept), first, "attaching twice changes nothing");
            assert.deepEqual(plan.detach(first.state, first.kept), before);
            const other = planWith().attach(first.state, first.kept);
            assert.deepEqual(planWith().detach(other.state, other.kept), before, "also after other settings");
        });
    }

    it("keeps what others changed since", () => {
        const plan = planWith(settings);
        const { state, kept } = plan.attach(owned, undefined);
        const theirs: ResourceParts = {
            externalLabels: { ...state.externalLabels, cluster: "theirs", more: "1" },
            remoteWrite: [...(state.remoteWrite ?? []), { name: "second", url: "http://second/write" }],
            remoteRead: state.remoteRead,
            storage: { ephemeral: {} },
        };
        const restored = plan.detach(theirs, kept);
        assert.deepEqual(restored.externalLabels, { cluster: "theirs", zone: "z", more: "1" });
        assert.deepEqual(
            restored.remoteWrite?.map(({ name }) => name),
            ["archive", "second"],
        );
        assert.equal(restored.remoteRead, undefined);
        assert.deepEqual(restored.storage, { ephemeral: {} });
    });

    it("has drifted when ours is not as we set it, not when others' is", () => {
        const { state, kept } = planWith(settings).attach(owned, undefined);
        const drift = (change: ResourceParts) => resourceDrift({ ...state, ...change }, kept as ResourceKept);
        assert.deepEqual(drift({}), []);
        assert.deepEqual(drift({ remoteWrite: [...(state.remoteWrite ?? []), { name: "x", url: "http://x" }] }), []);
        assert.deepEqual(drift({ remoteWrite: owned.remoteWrite }), ["remoteWrite"]);
        assert.deepEqual(drift({ externalLabels: owned.externalLabels, remoteRead: [] }), [
            "externalLabels",
            "remoteRead",
        ]);
        assert.deepEqual(drift({ storage: owned.storage }), ["storage"]);
    });

    it("is waited for until the operator tells of this very change", () => {
        const of = (conditions: object[] | undefined, paused = false) =>
            notReconciled({
                metadata: { generation: 3 },
                spec: { paused },
                status: { conditions: conditions as [] },
            });
        const told = (type: string, status = "True", observedGeneration = 3) => ({ type, status, observedGeneration });
        assert.match(of(undefined) ?? "", /no prometheus-operator looks after it/);
        assert.match(of([], true) ?? "", /paused/);
        assert.match(of([told("Reconciled", "True", 2), told("Available")]) ?? "", /Reconciled does not tell/);
        const failed = { ...told("Reconciled", "False"), message: "no such secret" };
        assert.match(of([failed, told("Available")]) ?? "", /Reconciled is False: no such secret/);
        assert.match(of([told("Reconciled"), told("Available", "Degraded")]) ?? "", /Available is Degraded/);
        assert.equal(of([told("Reconciled"), told("Available")]), undefined);
    });
});
