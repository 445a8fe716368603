import assert from "node:assert/strict";
import { m3dbCluster } from "../../../components/m3/cluster-manifests.ts";
import { m3Identity } from "../../../components/m3/identity.ts";
import { officialFields } from "./m3db-official-fields.ts";
import { clusterPlan, everySetting } from "./m3db-plan.ts";

/** Every field of a spec as the definition writes its path, with the type of its value. */
function fieldsOf(value: unknown, path = ""): [string, string][] {
    if (Array.isArray(value)) return [[path, "array"], ...value.flatMap((item) => inside(item, `${path}[]`))];
    if (typeof value === "object" && value !== null)
        return [...(path === "" ? [] : ([[path, "object"]] as [string, string][])), ...inside(value, path)];
    return [[path, Number.isInteger(value) ? "integer" : typeof value]];
}

function inside(value: unknown, path: string): [string, string][] {
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => {
        const own = path === "" ? key : `${path}.${key}`;
        return fieldsOf(inner, own in officialFields || !(`${path}.*` in officialFields) ? own : `${path}.*`);
    });
}

describe("the M3DBCluster under the official definition of m3db-operator 0.14", () => {
    const { annotations: _, ...settings } = everySetting;
    const plans = [{}, settings, { ...settings, externalCoordinator: true }].map((one) => clusterPlan(one));
    const withTls = clusterPlan({}, { identity: m3Identity("m3db", ["https://etcd-0.etcd.m3db:2379"], true) });
    const specs = [...plans, withTls].map((plan) => ({ ...m3dbCluster(plan).spec, configMapName: "c" }));
    const fields = new Map(specs.flatMap((spec) => inside(spec, "")));

    it("has no field that it does not know, and each of its type", () => {
        for (const [path, type] of fields) {
            const official = officialFields[path];
            assert.ok(official !== undefined, `${path} is not in the official definition`);
            if (official !== "int-or-string") assert.equal(type, official, path);
            else assert.match(type, /string|integer/, path);
        }
    });

    it("was compared in full: every field that is listed is in some manifest", () => {
        assert.deepEqual(
            Object.keys(officialFields).filter((path) => !fields.has(path)),
            [],
        );
    });

    it("loses annotations of the pods there, and nothing else: the definition that m3perf installs keeps them", () => {
        const { spec } = m3dbCluster(clusterPlan({ ...everySetting }));
        const unknown = inside(spec, "").filter(([path]) => !(path in officialFields));
        assert.deepEqual(
            unknown.map(([path]) => path.replace(/\.prometheus.*/, "")),
            ["podMetadata.annotations", "podMetadata.annotations"],
        );
    });
});
