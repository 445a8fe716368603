import assert from "node:assert/strict";
import { waitFor } from "../../../support/wait.ts";
import { TestCluster } from "../../contract/operator/cluster.ts";
import type { Answer, ApiServer } from "../../support/apiserver.ts";

describe("the operator's tests: a cluster seen from outside", () => {
    /** What lists of pods are answered with, in turn; then with one pod that waits to be ready. */
    let answers: Answer<object>[] = [];
    let patched = 0;
    const waiting = { metadata: { name: "pod-0", annotations: { "operator.m3db.io/pod-identity": "{}" } } };

    const api = {
        async call(method: string, path: string): Promise<Answer<unknown>> {
            if (method === "PATCH") patched++;
            if (method !== "GET") return { status: 201, body: {} };
            if (!path.endsWith("/pods")) return answers[0] ?? { status: 200, body: {} };
            return answers.shift() ?? { status: 200, body: { items: [waiting] } };
        },
    } as Pick<ApiServer, "call"> as ApiServer;

    it("its kubelet goes on over an API server that is starting and answers no list", async () => {
        answers = [429, 500, 503].map((status) => ({ status, body: { kind: "Status", code: status } }));
        const cluster = new TestCluster(api, "space");
        await cluster.create({});
        await waitFor({ what: "a pod to be made ready", timeout: 5, every: 0.05 }, () => patched > 0);
        await cluster.stop();
    });

    it("a refusal is told, and is neither a cluster nor none", async () => {
        answers = [{ status: 503, body: { kind: "Status", message: "starting" } }];
        const cluster = new TestCluster(api, "space");
        await assert.rejects(cluster.get(), /503 .*starting/);
        await assert.rejects(cluster.pods(), /503 .*starting/);
        answers = [{ status: 404, body: { kind: "Status" } }];
        assert.equal(await cluster.get(), undefined);
    });
});
