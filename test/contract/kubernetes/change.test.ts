import assert from "node:assert/strict";
import { failureOf, type Harness, official, useHarness, widgets, workload } from "./harness.ts";

const skipAwait = { "pulumi.com/skipAwait": "true" };
const [update, updateReplace] = [4, 5];

interface Live {
    metadata: { uid: string; labels?: Record<string, string>; managedFields: { manager: string; operation: string }[] };
    data?: Record<string, string>;
    spec?: Record<string, unknown>;
}

describe("kubernetes plugin: changes", function () {
    this.timeout(60_000);
    const harness = useHarness();
    let h: Harness;
    before(() => {
        h = harness();
    });
    const live = async (path: string) => (await h.api.call<Live>("GET", path)).body;
    const configMaps = (name: string) => `/api/v1/namespaces/${h.namespace}/configmaps/${name}`;
    const deployments = (name: string) => `/apis/apps/v1/namespaces/${h.namespace}/deployments/${name}`;
    /** Sets a field as another tool does: server-side apply under its own name. */
    const setAs = (manager: string, path: string, body: object) =>
        h.api.call("PATCH", `${path}?fieldManager=${manager}&force=true`, body, "application/apply-patch+yaml");

    it("creates under the manager pulumi-kubernetes and updates by server-side apply under the resource's own", async () => {
        const type = "core/v1:ConfigMap";
        const made = await h.create(type, "owned", {
            metadata: { name: "owned", labels: { a: "1", b: "1" } },
            data: { x: "1" },
        });
        const managers = async () =>
            (await live(configMaps("owned"))).metadata.managedFields.map(
                ({ manager, operation }) => `${manager} ${operation}`,
            );
        assert.deepEqual(await managers(), ["pulumi-kubernetes Update"]);
        const changed = await h.update(made, type, "owned", {
            metadata: { name: "owned", labels: { a: "2" } },
            data: { x: "1" },
        });
        assert.deepEqual(await managers(), [`${made.outputs.__fieldManager} Apply`]);
        assert.deepEqual(
            (await live(configMaps("owned"))).metadata.labels,
            { a: "2" },
            "the label that is gone is removed",
        );
        assert.equal(changed.outputs.__fieldManager, made.outputs.__fieldManager);
    });

    it("a conflict names the field and the manager and says how to go on; patchForce takes the field over", async () => {
        const type = "apps/v1:Deployment";
        const inputs = (replicas: number, annotations = {}) => ({
            metadata: { name: "shared", annotations: { ...skipAwait, ...annotations } },
            spec: { replicas, ...workload("shared") },
        });
        const made = await h.create(type, "shared", inputs(1));
        const other = {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "shared" },
            spec: { replicas: 5 },
        };
        await setAs("autoscaler", deployments("shared"), other);
        const failure = await failureOf(h.update(made, type, "shared", inputs(2)));
        assert.match(failure.message, /\.spec\.replicas/);
        assert.match(failure.message, /autoscaler/);
        if (!official) assert.match(failure.message, /pulumi\.com\/patchForce/);
        const checked = await h.check(type, "shared", inputs(2), made.inputs);
        const preview = h.plugin.update(made.urn, made.id, made.outputs, made.inputs, checked, { preview: true });
        assert.match((await failureOf(preview)).message, /autoscaler/);
        await h.update(made, type, "shared", inputs(2, { "pulumi.com/patchForce": "true" }));
        assert.equal((await live(deployments("shared"))).spec?.replicas, 2);
    });

    it("a conflict on a Service and on a custom resource is named as well", async () => {
        const service = {
            metadata: { name: "svc", annotations: skipAwait },
            spec: { ports: [{ name: "a", port: 80 }] },
        };
        const made = await h.create("core/v1:Service", "svc", service);
        const path = `/api/v1/namespaces/${h.namespace}/services/svc`;
        await setAs("mesh", path, {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "svc" },
            spec: { sessionAffinity: "ClientIP" },
        });
        const wanted = { ...service, spec: { ...service.spec, sessionAffinity: "None" } };
        assert.match(
            (await failureOf(h.update(made, "core/v1:Service", "svc", wanted))).message,
            /sessionAffinity.*"mesh"|"mesh".*sessionAffinity/s,
        );

        await h.create("apiextensions.k8s.io/v1:CustomResourceDefinition", "crd", widgets(h.namespace));
        const apiVersion = `${h.namespace}.example.com/v1`;
        const widget = (size: number) => ({ apiVersion, kind: "Widget", metadata: { name: "w" }, spec: { size } });
        const custom = await h.create(`${apiVersion}:Widget`, "w", widget(1));
        await setAs("controller", `/apis/${apiVersion}/namespaces/${h.namespace}/widgets/w`, widget(7));
        assert.match(
            (await failureOf(h.update(custom, `${apiVersion}:Widget`, "w", widget(2)))).message,
            /spec\.size.*"controller"|"controller".*spec\.size/s,
        );
    });

    it("edits with kubectl are taken over, as the official provider does", async () => {
        const type = "core/v1:ConfigMap";
        const inputs = (label: string) => ({ metadata: { name: "edited", labels: { a: label } }, data: { x: "1" } });
        const made = await h.create(type, "edited", inputs("1"));
        const edit = { metadata: { labels: { a: "by hand" } } };
        await h.api.call(
            "PATCH",
            `${configMaps("edited")}?fieldManager=kubectl-edit`,
            edit,
            "application/merge-patch+json",
        );
        await h.update(made, type, "edited", inputs("2"));
        assert.deepEqual((await live(configMaps("edited"))).metadata.labels, { a: "2" });
    });

    it("an object that is there already is not taken over", async () => {
        const body = { metadata: { name: "existing" }, data: { keep: "1" } };
        await h.api.call("POST", `/api/v1/namespaces/${h.namespace}/configmaps`, body);
        const failure = await failureOf(
            h.create("core/v1:ConfigMap", "existing", { metadata: { name: "existing" }, data: {} }),
        );
        assert.match(failure.message, /already exists/);
        if (!official) assert.match(failure.message, /pulumi import/);
        assert.deepEqual((await live(configMaps("existing"))).data, { keep: "1" });
    });

    it("a Patch adds its fields, and gives them back when it is deleted", async () => {
        const body = { metadata: { name: "target" }, data: { keep: "1" } };
        await h.api.call("POST", `/api/v1/namespaces/${h.namespace}/configmaps?fieldManager=owner`, body);
        const patch = { metadata: { name: "target" }, data: { added: "2" } };
        const made = await h.create("core/v1:ConfigMapPatch", "patch", {
            apiVersion: "v1",
            kind: "ConfigMap",
            ...patch,
        });
        assert.equal(made.id, `${h.namespace}/target`);
        assert.deepEqual((await live(configMaps("target"))).data, { keep: "1", added: "2" });
        const changed = await h.update(made, "core/v1:ConfigMapPatch", "patch", {
            apiVersion: "v1",
            kind: "ConfigMap",
            ...patch,
            data: { added: "3" },
        });
        assert.deepEqual((await live(configMaps("target"))).data, { keep: "1", added: "3" });
        await h.delete(changed);
        assert.deepEqual((await live(configMaps("target"))).data, { keep: "1" });
        const conflict = h.create("core/v1:ConfigMapPatch", "clash", {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "target" },
            data: { keep: "9" },
        });
        assert.match((await failureOf(conflict)).message, /owner/);
    });

    it("a Patch without a name, or of a partial object that is not there, is refused in words", async () => {
        const nameless = await h.plugin.check(h.urn("core/v1:ConfigMapPatch", "p"), {
            apiVersion: "v1",
            kind: "ConfigMap",
            data: {},
        });
        assert.equal(nameless.failures.length, 1);
        const failure = await failureOf(
            h.create(
                "apps/v1:DeploymentPatch",
                "p",
                { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "nobody" }, spec: { replicas: 1 } },
                1,
            ),
        );
        if (!official) assert.match(failure.message, /does not exist, so there is nothing to patch/);
    });

    it("what cannot be changed is replaced; delete first only when the name is given", async () => {
        const data = (value: string, metadata = {}) => ({ metadata, data: { x: value } });
        const named = await h.create("core/v1:ConfigMap", "named", data("1", { name: "named" }));
        const first = await h.diff(named, "core/v1:ConfigMap", "named", data("2", { name: "named" }));
        assert.deepEqual(first.detailed, { "data.x": updateReplace });
        assert.equal(first.deleteBeforeReplace, true);
        const auto = await h.create("core/v1:ConfigMap", "auto", data("1"));
        assert.match(auto.id, new RegExp(`^${h.namespace}/auto-[0-9a-f]{8}$`));
        const second = await h.diff(auto, "core/v1:ConfigMap", "auto", data("2"));
        assert.deepEqual(second.detailed, { "data.x": updateReplace });
        assert.equal(second.deleteBeforeReplace, false);

        const service = (port: number) => ({ spec: { clusterIP: "None", ports: [{ port }] } });
        const made = await h.create("core/v1:Service", "service", service(80));
        assert.deepEqual((await h.diff(made, "core/v1:Service", "service", service(81))).detailed, {
            "spec.ports[0].port": update,
        });
        assert.equal((await h.diff(made, "core/v1:Service", "service", service(80))).changes, 1, "DIFF_NONE");
    });

    it("ignoreChanges leaves a field of another manager alone", async () => {
        const type = "apps/v1:Deployment";
        const inputs = (replicas: number, image: string) => {
            const { selector, template } = workload("ignored");
            const spec = { containers: [{ name: "c", image }] };
            return {
                metadata: { name: "ignored", annotations: skipAwait },
                spec: { replicas, selector, template: { ...template, spec } },
            };
        };
        const made = await h.create(type, "ignored", inputs(1, "a"));
        const other = {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "ignored" },
            spec: { replicas: 5 },
        };
        await setAs("autoscaler", deployments("ignored"), other);
        const news = await h.check(type, "ignored", inputs(1, "b"), made.inputs);
        await h.plugin.update(made.urn, made.id, made.outputs, made.inputs, news, { ignoreChanges: ["spec.replicas"] });
        assert.equal((await live(deployments("ignored"))).spec?.replicas, 5);
    });

    it("deleting what is gone succeeds; what a finalizer holds is named", async () => {
        const made = await h.create("core/v1:ConfigMap", "held", {
            metadata: { name: "held", finalizers: ["example.com/hold"] },
            data: {},
        });
        const held = h.plugin.delete(made.urn, made.id, made.outputs, made.inputs, { timeout: 1 });
        if (!official) assert.match((await failureOf(held)).message, /example\.com\/hold/);
        await h.api.call(
            "PATCH",
            configMaps("held"),
            { metadata: { finalizers: null } },
            "application/merge-patch+json",
        );
        await h.delete(made);
        await h.delete(made);
    });

    it("an update of an object that was deleted says so", async () => {
        const made = await h.create("core/v1:ConfigMap", "lost", { metadata: { name: "lost" }, data: {} });
        await h.api.call("DELETE", configMaps("lost"));
        const failure = await failureOf(
            h.update(made, "core/v1:ConfigMap", "lost", { metadata: { name: "lost", labels: { a: "b" } }, data: {} }),
        );
        if (!official) assert.match(failure.message, /pulumi refresh/);
    });
});

describe("kubernetes plugin: with mutable ConfigMaps and Secrets", function () {
    this.timeout(60_000);
    const harness = useHarness({ enableConfigMapMutable: true, enableSecretMutable: true });

    it("their data change in place, unless they are immutable", async () => {
        const h = harness();
        const data = (x: string, immutable: boolean) => ({ data: { x }, ...(immutable ? { immutable } : {}) });
        const made = await h.create("core/v1:ConfigMap", "mutable", data("1", false));
        assert.deepEqual((await h.diff(made, "core/v1:ConfigMap", "mutable", data("2", false))).detailed, {
            "data.x": update,
        });
        const changed = await h.update(made, "core/v1:ConfigMap", "mutable", data("2", false));
        assert.deepEqual(changed.outputs.data, { x: "2" });
        const fixed = await h.create("core/v1:ConfigMap", "fixed", data("1", true));
        assert.deepEqual((await h.diff(fixed, "core/v1:ConfigMap", "fixed", data("2", true))).detailed, {
            "data.x": updateReplace,
        });
    });
});
