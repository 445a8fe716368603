import assert from "node:assert/strict";
import { Secret } from "../../../lab/plugins/shared/index.ts";
import { failureOf, type Harness, official, useHarness, workload } from "./harness.ts";

const merge = "application/merge-patch+json";

describe("kubernetes plugin: read", function () {
    this.timeout(60_000);
    const harness = useHarness();
    let h: Harness;
    before(() => {
        h = harness();
    });
    const path = (name: string) => `/api/v1/namespaces/${h.namespace}/configmaps/${name}`;

    it("an unchanged object has unchanged inputs, however the server writes them", async () => {
        const annotations = { "pulumi.com/skipAwait": "true" };
        const { selector, template } = workload("same");
        const containers = [{ name: "c", image: "x", resources: { limits: { cpu: "1000m", memory: "1024Mi" } } }];
        const spec = { replicas: 0, selector, template: { ...template, spec: { containers } } };
        const made = await h.create("apps/v1:Deployment", "same", { metadata: { annotations }, spec });
        const found = await h.plugin.read(made.urn, made.id, made.outputs, made.inputs);
        assert.deepEqual(found.inputs, made.inputs);
        assert.equal((await h.plugin.diff(made.urn, made.id, found.outputs, found.inputs, made.inputs)).changes, 1);
    });

    it("what was changed outside of Pulumi shows, what others added does not", async () => {
        const inputs = { metadata: { name: "drift", labels: { a: "1" } }, data: { x: "1", y: "1" } };
        const made = await h.create("core/v1:ConfigMap", "drift", inputs);
        await h.api.call(
            "PATCH",
            path("drift"),
            { metadata: { labels: { a: "2", b: "2" } }, data: { y: null } },
            merge,
        );
        const found = await h.plugin.read(made.urn, made.id, made.outputs, made.inputs);
        assert.deepEqual((found.inputs.metadata as { labels: object }).labels, { a: "2" });
        assert.deepEqual(found.inputs.data, { x: "1" });
        const { detailed } = await h.plugin.diff(made.urn, made.id, found.outputs, found.inputs, made.inputs);
        assert.deepEqual(Object.keys(detailed).sort(), ["data.y", "metadata.labels.a"]);
    });

    it("an object that is gone has no id", async () => {
        const made = await h.create("core/v1:ConfigMap", "gone", { metadata: { name: "gone" }, data: {} });
        await h.api.call("DELETE", path("gone"));
        assert.equal((await h.plugin.read(made.urn, made.id, made.outputs, made.inputs)).id, "");
        assert.equal((await h.plugin.read(h.urn("core/v1:ConfigMap", "no"), `${h.namespace}/no`)).id, "");
    });

    it("an import takes what somebody wrote, not what the server keeps; Secrets are sealed", async () => {
        await h.api.call("POST", `/api/v1/namespaces/${h.namespace}/secrets`, {
            metadata: { name: "found" },
            stringData: { a: "b" },
        });
        const { id, inputs, outputs } = await h.plugin.read(h.urn("core/v1:Secret", "found"), `${h.namespace}/found`);
        assert.equal(id, `${h.namespace}/found`);
        assert.deepEqual(inputs.metadata, { name: "found", namespace: h.namespace });
        assert.deepEqual(inputs.data, new Secret({ a: "Yg==" }));
        assert.deepEqual(outputs.data, new Secret({ a: "Yg==" }));
        assert.match(String(outputs.__fieldManager), /^pulumi-kubernetes-[0-9a-f]{8}$/);
    });

    it("refreshing an object that is not ready says so and keeps it", async () => {
        const ports = [{ port: 80 }];
        const made = await h.create("core/v1:Service", "later", { metadata: { name: "later" }, spec: { ports } });
        await h.api.call(
            "PATCH",
            `/api/v1/namespaces/${h.namespace}/services/later`,
            { spec: { selector: { app: "nobody" } } },
            merge,
        );
        const failure = await failureOf(h.plugin.read(made.urn, made.id, made.outputs, made.inputs));
        assert.equal(failure.partial?.id, made.id);
        if (!official) assert.match(failure.partial?.reasons.join("\n") ?? "", /no pod has the labels app=nobody/);
    });
});
