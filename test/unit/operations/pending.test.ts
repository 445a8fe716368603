import assert from "node:assert/strict";
import { type ExportedState, pendingCount, withCreated } from "../../../operations/stack/pending.ts";

const kubernetes = (kind: string, name: string, metadata?: { name?: unknown; namespace?: unknown }) => ({
    urn: `urn:pulumi:dev::m3perf::kubernetes:${kind}::${name}`,
    type: `kubernetes:${kind}`,
    inputs: metadata ? { metadata } : {},
});
const stateOf = (
    resources: ReturnType<typeof kubernetes>[],
    pending: { type: string; resource: ReturnType<typeof kubernetes> }[],
): ExportedState => ({ deployment: { resources, pending_operations: pending } });

describe("what a killed update was creating", () => {
    const config = kubernetes("core/v1:ConfigMap", "config", { name: "config-1a2b", namespace: "m3db" });
    const set = kubernetes("apps/v1:StatefulSet", "etcd-workload", { name: "etcd", namespace: "m3db" });
    const space = kubernetes("core/v1:Namespace", "namespace", { name: "m3db" });

    it("is put behind what was there, under the id that the provider gives it", () => {
        const state = stateOf(
            [config],
            [
                { type: "creating", resource: set },
                { type: "creating", resource: space },
            ],
        );
        const { deployment } = withCreated(state) ?? {};
        assert.deepEqual(deployment?.resources, [config, { ...set, id: "m3db/etcd" }, { ...space, id: "m3db" }]);
        assert.equal(pendingCount(state), 2);
        const twice = [set, set].map((resource) => ({ type: "creating", resource }));
        assert.deepEqual(withCreated(stateOf([], twice))?.deployment?.resources, [{ ...set, id: "m3db/etcd" }]);
    });

    for (const [what, type, resource] of [
        ["an update", "updating", set],
        ["a deletion", "deleting", set],
        ["an object without a name", "creating", kubernetes("core/v1:ConfigMap", "x")],
        [
            "an object whose name is not known",
            "creating",
            kubernetes("core/v1:ConfigMap", "x", { name: { sealed: 1 } }),
        ],
        ["a patch", "creating", kubernetes("core/v1:NodePatch", "labels", { name: "worker-1" })],
        ["a command", "creating", { ...set, type: "command:local:Command" }],
        ["what is made beside the one that it replaces", "creating", config],
    ] as const) {
        it(`is not ${what}`, () => {
            assert.equal(withCreated(stateOf([config], [{ type, resource }])), null);
        });
    }

    it("is nothing in a stack that is empty, or has none", () => {
        assert.equal(withCreated({}), null);
        assert.equal(withCreated({ deployment: {} }), null);
        assert.equal(pendingCount({}), 0);
    });
});
