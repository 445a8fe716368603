import assert from "node:assert/strict";
import { checkInputs } from "../../../lab/plugins/kubernetes/resource/check.ts";
import { changesBetween, diffResource } from "../../../lab/plugins/kubernetes/resource/diff.ts";
import { driftedInputs } from "../../../lab/plugins/kubernetes/resource/drift.ts";
import { kindOf, refusalOf } from "../../../lab/plugins/kubernetes/resource/kinds.ts";
import { withName } from "../../../lab/plugins/kubernetes/resource/names.ts";
import { takeOver } from "../../../lab/plugins/kubernetes/resource/ownership.ts";
import { parsePath, pathText } from "../../../lab/plugins/kubernetes/resource/paths.ts";
import { mergeOf } from "../../../lab/plugins/kubernetes/resource/requests.ts";
import { secretInputs } from "../../../lab/plugins/kubernetes/resource/secrets.ts";
import { type PropertyMap, Secret, unknown } from "../../../lab/plugins/shared/index.ts";

const options = { configMapMutable: false, secretMutable: false };

function diff(type: string, old: PropertyMap, news: PropertyMap, live: PropertyMap = old) {
    const request = { urn: "u", type: `kubernetes:${type}`, name: "n", id: "i", ignoreChanges: [] };
    const { changes, deleteBeforeReplace } = diffResource(
        { ...request, olds: { ...live, __inputs: old }, oldInputs: old, news },
        options,
    );
    return {
        kinds: Object.fromEntries(Object.entries(changes).map(([path, { kind }]) => [path, kind])),
        deleteBeforeReplace,
    };
}

describe("kubernetes substitute: resources", () => {
    it("property paths are written and read as Pulumi does", () => {
        const path = ["metadata", "annotations", "a.b/c", "spec", 0, "x-y"];
        assert.equal(pathText(path), 'metadata.annotations["a.b/c"].spec[0].x-y');
        assert.deepEqual(parsePath(pathText(path)), path);
        assert.deepEqual(parsePath("spec.containers[*].image"), ["spec", "containers", "*", "image"]);
        assert.equal(parsePath("a["), undefined);
    });

    it("apiVersion and kind come from the inputs or the token; Patch kinds are known by the token", () => {
        assert.deepEqual(kindOf("kubernetes:core/v1:ConfigMap", {}), {
            apiVersion: "v1",
            kind: "ConfigMap",
            patch: false,
        });
        const patch = { apiVersion: "v1", kind: "Node" };
        assert.deepEqual(kindOf("kubernetes:core/v1:NodePatch", patch), { ...patch, patch: true });
        const custom = { apiVersion: "g/v1", kind: "JsonPatch" };
        assert.deepEqual(kindOf("kubernetes:g/v1:JsonPatch", custom), { ...custom, patch: false });
        assert.match(refusalOf("kubernetes:helm.sh/v3:Release") ?? "", /official Kubernetes plugin/);
    });

    it("changes are the leaves that differ", () => {
        const old = { a: 1, b: { c: [1, 2], d: "x" }, s: new Secret("k") };
        const now = { a: 1, b: { c: [1, 3, 4] }, e: unknown };
        const texts = changesBetween({ ...old, s: "k" }, { ...now, s: "k" }).map(
            ({ path, kind }) => `${kind} ${pathText(path)}`,
        );
        assert.deepEqual(texts, ["update b.c[1]", "add b.c[2]", "delete b.d", "add e"]);
    });

    it("replaces what the API server does not change", () => {
        const named = (apiVersion: string, kind: string, rest: PropertyMap): PropertyMap => ({
            apiVersion,
            kind,
            metadata: { name: "n" },
            ...rest,
        });
        const job = (image: string) =>
            named("batch/v1", "Job", { spec: { template: { spec: { containers: [{ image }] } } } });
        assert.deepEqual(diff("batch/v1:Job", job("a"), job("b")), {
            kinds: { "spec.template.spec.containers[0].image": "update-replace" },
            deleteBeforeReplace: true,
        });
        const set = (spec: PropertyMap) => named("apps/v1", "StatefulSet", { spec });
        assert.deepEqual(diff("apps/v1:StatefulSet", set({ replicas: 1 }), set({ replicas: 2 })).kinds, {
            "spec.replicas": "update",
        });
        assert.deepEqual(diff("apps/v1:StatefulSet", set({ serviceName: "a" }), set({ serviceName: "b" })).kinds, {
            "spec.serviceName": "update-replace",
        });
        const claim = (storage: string) =>
            named("v1", "PersistentVolumeClaim", { spec: { resources: { requests: { storage } } } });
        assert.deepEqual(diff("core/v1:PersistentVolumeClaim", claim("1Gi"), claim("2Gi")).kinds, {
            "spec.resources.requests.storage": "update",
        });
        const other = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "other" } };
        const renamed = diff("core/v1:ConfigMap", named("v1", "ConfigMap", {}), other);
        assert.deepEqual(renamed, { kinds: { "metadata.name": "update-replace" }, deleteBeforeReplace: false });
        const patch = diff(
            "core/v1:ConfigMapPatch",
            named("v1", "ConfigMap", { data: { a: "1" } }),
            named("v1", "ConfigMap", { data: { a: "2" } }),
        );
        assert.deepEqual(patch.kinds, { "data.a": "update" });
    });

    it("a failed Job is run again with replaceUnready", () => {
        const metadata = { name: "n", annotations: { "pulumi.com/replaceUnready": "true" } };
        const inputs: PropertyMap = { apiVersion: "batch/v1", kind: "Job", metadata, spec: {} };
        const live = { ...inputs, status: { conditions: [{ type: "Failed", status: "True" }] } };
        assert.deepEqual(diff("batch/v1:Job", inputs, inputs, live), {
            kinds: { "metadata.name": "update-replace" },
            deleteBeforeReplace: true,
        });
        assert.deepEqual(diff("batch/v1:Job", inputs, inputs).kinds, {});
    });

    it("names end in eight hex digits, stay at later updates, and follow the engine's autonaming", () => {
        const request = {
            inputs: {},
            olds: null,
            resource: "web",
            randomSeed: new Uint8Array([1]),
            autonaming: null,
            patch: false,
        };
        const made = withName(request);
        assert.ok("inputs" in made);
        const metadata = made.inputs.metadata as { name: string; annotations: object };
        assert.match(metadata.name, /^web-[0-9a-f]{8}$/);
        assert.deepEqual(metadata.annotations, { "pulumi.com/autonamed": "true" });
        assert.deepEqual(withName({ ...request, olds: made.inputs, randomSeed: new Uint8Array([2]) }), made);
        const enforced = withName({ ...request, autonaming: { proposedName: "p", mode: "enforce" } });
        assert.equal("inputs" in enforced && (enforced.inputs.metadata as { name: string }).name, "p");
        assert.ok("problem" in withName({ ...request, autonaming: { proposedName: "", mode: "disable" } }));
        assert.ok("problem" in withName({ ...request, patch: true }));
        const named = { metadata: { generateName: "x-" } };
        assert.deepEqual(withName({ ...request, inputs: named }), { inputs: named });
    });

    it("wrong inputs are told all at once, each with its path", async () => {
        const news = {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { namespace: "Bad_NS", labels: { a: 1 }, name: "a/b" },
            data: { n: 1, "x.y": true },
        };
        const request = {
            urn: "u",
            type: "kubernetes:core/v1:ConfigMap",
            name: "n",
            olds: null,
            news,
            randomSeed: new Uint8Array(),
            autonaming: null,
        };
        const { failures = [] } = await checkInputs(request, {
            namespace: "default",
            namespaced: async () => true,
            serverSideApply: true,
        });
        assert.deepEqual(
            failures.map(({ property }) => property),
            ["metadata.name", "metadata.namespace", "metadata.labels.a", "data.n", 'data["x.y"]'],
        );
    });

    it("stringData becomes sealed base64 data", () => {
        const inputs = { kind: "Secret", data: { a: "QQ==" }, stringData: { b: "B", c: unknown } };
        assert.deepEqual(secretInputs(inputs), {
            kind: "Secret",
            data: new Secret({ a: "QQ==", b: "Qg==", c: unknown }),
        });
    });

    it("drift is what changed since the last update, not what the server writes in its own way", () => {
        const inputs = { spec: { cpu: "1000m", list: [{ name: "a", image: "1" }], gone: "x", ports: [1, 2] } };
        const before = {
            spec: { cpu: "1", list: [{ name: "a", image: "1", extra: true }], gone: "x", ports: [1, 2], other: 1 },
        };
        const list = [{ name: "injected" }, { name: "a", image: "2", extra: true }];
        const live = { spec: { cpu: "1", list, ports: [1, 2, 3], other: 2 } };
        assert.deepEqual(driftedInputs(inputs, before, live), {
            spec: { cpu: "1000m", list: [{ name: "a", image: "2" }], ports: [1, 2, 3] },
        });
        assert.deepEqual(driftedInputs(inputs, before, { ...before, spec: { ...before.spec, other: 9 } }), inputs);
    });

    it("takes over what Pulumi and kubectl own, and nothing else", () => {
        const entry = (manager: string, operation: string, fieldsV1: object, more = {}) => ({
            manager,
            operation,
            fieldsV1,
            apiVersion: "v1",
            fieldsType: "FieldsV1",
            ...more,
        });
        const status = entry("kubectl-edit", "Update", { "f:status": {} }, { subresource: "status" });
        const other = entry("autoscaler", "Update", { "f:spec": { "f:replicas": {} } });
        const live = {
            metadata: {
                managedFields: [
                    entry("pulumi-kubernetes", "Update", { "f:data": { "f:a": {} } }),
                    entry("kubectl-edit", "Update", { "f:data": { "f:b": {} } }),
                    status,
                    other,
                ],
            },
        } as never;
        assert.deepEqual(takeOver(live, "mine"), [
            status,
            other,
            entry("mine", "Apply", { "f:data": { "f:a": {}, "f:b": {} } }),
        ]);
        assert.equal(takeOver({ metadata: { managedFields: [other] } } as never, "mine"), undefined);
    });

    it("without server-side apply a merge patch removes what is gone", () => {
        assert.deepEqual(mergeOf({ a: 1, b: { c: 1, d: 2 } }, { b: { c: 3 }, e: [1] }), {
            a: null,
            b: { c: 3, d: null },
            e: [1],
        });
    });
});
