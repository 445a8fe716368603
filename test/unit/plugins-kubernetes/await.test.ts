import assert from "node:assert/strict";
import { parseJsonPath, select } from "../../../lab/plugins/kubernetes/await/jsonpath.ts";
import { podTrouble, selectorText } from "../../../lab/plugins/kubernetes/await/pods.ts";
import { generic } from "../../../lab/plugins/kubernetes/await/status.ts";
import type { AwaitContext } from "../../../lab/plugins/kubernetes/await/types.ts";
import { parseExpression } from "../../../lab/plugins/kubernetes/await/wait-for.ts";
import { deployment, statefulSet } from "../../../lab/plugins/kubernetes/await/workloads.ts";
import type { JsonObject, KubeObject } from "../../../lab/plugins/kubernetes/cluster/objects.ts";

const object = (rest: JsonObject): KubeObject => ({
    apiVersion: "v1",
    kind: "X",
    metadata: { name: "x", generation: 2 },
    ...rest,
});
const nobody = {} as AwaitContext;

describe("kubernetes substitute: readiness", () => {
    it("reads the JSONPath that waiting needs and refuses the rest", () => {
        const value = {
            a: { "b.c": [1, 2] },
            list: [
                { t: "x", v: 1 },
                { t: "y", v: 2 },
            ],
        };
        const found = (path: string) => select(value, parseJsonPath(path));
        assert.deepEqual(found("{.a['b.c'][-1]}"), [2]);
        assert.deepEqual(found("{.a.b\\.c[0]}"), [1]);
        assert.deepEqual(found("{.list[*].v}"), [1, 2]);
        assert.deepEqual(found('{.list[?(@.t=="y")].v}'), [2]);
        assert.deepEqual(found("{.list[?(@.v!=2)].t}"), ["x"]);
        assert.deepEqual(found("{.none.such}"), []);
        for (const path of ["{status}", "{..a}", "{.a[1:2]}", "{.list[?(@.a>1)]}"])
            assert.throws(() => parseJsonPath(path), /cannot be understood/);
    });

    it("pulumi.com/waitFor: jsonpath and condition", () => {
        const live = object({
            status: {
                phase: "Up",
                observedGeneration: 2,
                conditions: [{ type: "Ready", status: "False", reason: "Why" }],
            },
        });
        assert.equal(parseExpression("jsonpath={.status.phase}=Up")(live), undefined);
        assert.equal(parseExpression("jsonpath={.status.phase}")(live), undefined);
        assert.equal(parseExpression("jsonpath={.status.phase}=Down")(live), "{.status.phase} to be Down (now Up)");
        assert.equal(parseExpression("condition=ready=False")(live), undefined);
        assert.match(parseExpression("condition=Ready")(live) ?? "", /now False: Why/);
        const stale = object({ status: { observedGeneration: 1, conditions: [{ type: "Ready", status: "True" }] } });
        assert.match(parseExpression("condition=Ready")(stale) ?? "", /newest generation/);
        assert.throws(() => parseExpression("Ready"), /cannot be understood/);
    });

    it("any kind by its conditions", async () => {
        const assess = (status: JsonObject) => generic.assess(object({ status }), nobody);
        assert.equal((await assess({})).ready, true);
        assert.equal((await assess({ observedGeneration: 1 })).ready, false);
        assert.equal((await assess({ conditions: [{ type: "Ready", status: "False" }] })).ready, false);
        assert.match(
            (await assess({ conditions: [{ type: "Stalled", status: "True", message: "m" }] })).failed ?? "",
            /m/,
        );
    });

    it("workloads: the newest spec, everywhere", async () => {
        const roll = (status: JsonObject, spec: JsonObject = { replicas: 3 }) =>
            deployment.assess(object({ spec, status: { observedGeneration: 2, ...status } }), nobody);
        assert.match((await roll({ observedGeneration: 1 })).waitingFor ?? "", /not seen/);
        assert.match(
            (await roll({ updatedReplicas: 1, replicas: 3, availableReplicas: 3 })).waitingFor ?? "",
            /1 of 3/,
        );
        assert.match(
            (await roll({ updatedReplicas: 3, replicas: 4, availableReplicas: 3 })).waitingFor ?? "",
            /old template/,
        );
        assert.equal((await roll({ updatedReplicas: 3, replicas: 3, availableReplicas: 3 })).ready, true);
        assert.equal((await roll({}, { replicas: 0 })).ready, true);
        const late = { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" };
        assert.match((await roll({ conditions: [late] })).failed ?? "", /ProgressDeadlineExceeded/);
        const status = {
            observedGeneration: 2,
            replicas: 3,
            readyReplicas: 3,
            updatedReplicas: 1,
            currentRevision: "a",
            updateRevision: "b",
        };
        const set = (updateStrategy: JsonObject) =>
            statefulSet.assess(object({ spec: { replicas: 3, updateStrategy }, status }), nobody);
        assert.equal((await set({ type: "RollingUpdate" })).ready, false);
        assert.equal((await set({ type: "RollingUpdate", rollingUpdate: { partition: 2 } })).ready, true);
        assert.equal((await set({ type: "OnDelete" })).ready, true);
    });

    it("a pod's trouble in words", () => {
        const pod = (status: JsonObject): JsonObject => ({ metadata: { name: "p" }, status });
        const scheduled = { type: "PodScheduled", status: "True" };
        const container = (rest: JsonObject) => ({
            conditions: [scheduled],
            containerStatuses: [{ name: "c", ready: false, ...rest }],
        });
        assert.equal(podTrouble(pod({ conditions: [scheduled, { type: "Ready", status: "True" }] })), "");
        assert.equal(podTrouble(pod({})), "waits for the scheduler");
        assert.equal(
            podTrouble(pod(container({ state: { waiting: { reason: "ErrImagePull" } } }))),
            "container c: ErrImagePull",
        );
        const running = {
            state: { running: {} },
            restartCount: 2,
            lastState: { terminated: { reason: "Error", exitCode: 1 } },
        };
        assert.equal(
            podTrouble(pod(container(running))),
            "container c runs but is not ready, 2 restarts (last: Error, exit code 1)",
        );
    });

    it("label selectors", () => {
        const matchExpressions = [
            { key: "a", operator: "In", values: ["1", "2"] },
            { key: "b", operator: "DoesNotExist" },
        ];
        assert.equal(selectorText({ matchLabels: { x: "y" }, matchExpressions }), "x=y,a in (1,2),!b");
    });
});
