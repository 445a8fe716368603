import assert from "node:assert/strict";
import { driftOf, type StepState } from "../../../operations/stack/drift.ts";
import { follow, startFollowing } from "../../../operations/stack/events.ts";
import { othersText } from "../../../operations/stack/other-hands.ts";

const urn = "urn:pulumi:dev::m3perf::m3perf:m3:Query$kubernetes:core/v1:ConfigMap::m3query-config";
const inputs = {
    metadata: { labels: { app: "m3query", "m3perf.io/x": "1" } },
    data: { "m3query.yml": "a" },
    list: [1, 2],
};
const written = (manager: string, time: string, subresource?: string) => ({
    manager,
    time,
    ...(subresource === undefined ? {} : { subresource }),
});

describe("changes by other hands", () => {
    it("none, where an object is as the state has it; what the provider notes for itself is none", () => {
        const found = { inputs: { ...inputs, __defaults: ["x"] } };
        assert.equal(driftOf(urn, { inputs }, found), undefined);
    });

    it("are told by their places, never by values, and by the hand that wrote last", () => {
        const found = {
            inputs: {
                metadata: { labels: { app: "other", "m3perf.io/x": "1" } },
                data: { "m3query.yml": "s3cret" },
                list: [1, 3],
            },
            outputs: {
                metadata: {
                    managedFields: [
                        written("pulumi-kubernetes", "2026-11-28T05:00:00Z"),
                        written("kubectl-edit", "2026-11-28T04:00:00Z"),
                        written("kubectl-label", "2026-11-28T03:00:00Z"),
                        written("kube-controller-manager", "2026-11-28T06:00:00Z", "status"),
                    ],
                },
            },
        };
        const drift = driftOf(urn, { inputs }, found);
        const paths = ["metadata.labels.app", 'data["m3query.yml"]', "list[1]"];
        assert.deepEqual(drift, { urn, gone: false, paths, by: "kubectl-edit" });
        assert.ok(!JSON.stringify(drift).includes("s3cret"));
    });

    it("a list that was made longer or shorter is one place: an argument, a container, a port", () => {
        for (const list of [[1, 2, 3], [1], []]) {
            const drift = driftOf(urn, { inputs }, { inputs: { ...inputs, list } });
            assert.deepEqual(drift?.paths, ["list"], JSON.stringify(list));
        }
    });

    it("a sealed value counts as one place", () => {
        const sealed = (ciphertext: string) => ({ "4dabf18193072939515e22adb298388d": "1b47", ciphertext });
        const drift = driftOf(urn, { inputs: { data: sealed("a") } }, { inputs: { data: sealed("b") } });
        assert.deepEqual(drift?.paths, ["data"]);
    });

    it("are taken from the engine's refresh, and told to a person", () => {
        const state = startFollowing();
        const metadata = (op: string, name: string, found: object | null) => ({
            op,
            urn: urn.replace("m3query-config", name),
            type: "kubernetes:core/v1:ConfigMap",
            old: { inputs },
            new: found as StepState | null,
        });
        const looked = (op: string, name: string, found: object | null) => {
            follow(state, { resourcePreEvent: { metadata: metadata("refresh", name, { inputs }) } });
            const { lines } = follow(state, { resOutputsEvent: { metadata: metadata(op, name, found) } });
            assert.deepEqual(lines, [], "a look is no change");
        };
        looked("same", "same", { inputs });
        looked("delete", "gone", null);
        looked("update", "changed", { inputs: { ...inputs, data: {} } });
        const ours = metadata("update", "ours", { inputs: { ...inputs, data: {} } });
        assert.equal(follow(state, { resOutputsEvent: { metadata: ours } }).lines.length, 1);
        assert.equal(
            othersText(state.drift),
            [
                "Changed by other hands: 2 objects. A plain `up` leaves them so; `m3perf up --refresh` makes them again what the settings say.",
                "  - ConfigMap gone: is gone",
                '  ~ ConfigMap changed: data["m3query.yml"]',
                "",
            ].join("\n"),
        );
        assert.equal(othersText([]), "");
    });
});
