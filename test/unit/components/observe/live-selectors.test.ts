import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { certain, selectionOf } from "../../../../components/observe/live-selectors.ts";
import { withApi } from "../fake-api.ts";

const prometheus = {
    kind: "operator",
    namespace: "monitoring",
    name: "k8s",
    service: "prometheus",
    port: 9090,
} as const;

/** What is found of a server that answers everything with this status. */
const found = (status: number) => withApi({}, status, (kubeconfig) => selectionOf(prometheus, kubeconfig));

describe("labels that a live Prometheus resource selects by", () => {
    const as = (preview: boolean) =>
        pulumi.runtime.setMocks(
            { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
            "m3perf",
            "test",
            preview,
        );
    const refusal = (error: Error) =>
        pulumi.RunError.isInstance(error) &&
        /Prometheus monitoring\/k8s could not be read: [\s\S]*observe\.rules\.resourceLabels/.test(error.message);

    it("stop an update where the read of them fails, and only there", async () => {
        const selection = await found(500);
        assert.match(selection.unread ?? "", /500|no more today/);
        assert.equal(selection.warnings.length, 1);
        await as(false);
        assert.throws(() => certain(selection, prometheus, {}), refusal);
        assert.equal(certain(selection, prometheus, { release: "kps" }), selection);
        await as(true);
        assert.equal(certain(selection, prometheus, {}), selection);
    });

    it("are none where there is no such resource, which is an answer", async () => {
        const selection = await found(404);
        assert.equal(selection.unread, undefined);
        assert.match(selection.warnings.join(), /there is no such resource/);
        await as(false);
        assert.equal(certain(selection, prometheus, {}), selection);
    });
});
