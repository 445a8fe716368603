import assert from "node:assert/strict";
import { Secret, unknown } from "../../../lab/plugins/shared/index.ts";
import { freePort, kubeconfig } from "../../support/apiserver.ts";
import { failureOf, type Harness, official, startPlugin, useHarness, widgets, workload } from "./harness.ts";

describe("kubernetes plugin: previews", function () {
    this.timeout(60_000);
    const harness = useHarness();
    let h: Harness;
    before(() => {
        h = harness();
    });
    const preview = async (type: string, name: string, news: Parameters<Harness["create"]>[2]) => {
        const inputs = await h.check(type, name, news);
        return h.plugin.create(h.urn(type, name), inputs, { preview: true });
    };

    it("the server's refusal fails the preview with the field named", async () => {
        const spec = { replicas: -1, ...workload("bad") };
        assert.match((await failureOf(preview("apps/v1:Deployment", "bad", { spec }))).message, /spec\.replicas/);
        const failure = await failureOf(preview("core/v1:Service", "bad", { spec: { ports: [{ port: 99_999 }] } }));
        assert.match(failure.message, /spec\.ports\[0\]\.port/);
    });

    it("a misspelt field is a warning of the server", async () => {
        await preview("apps/v1:Deployment", "typo", { spec: { replica: 2, ...workload("typo") } });
        assert.ok(h.plugin.log.some(({ severity, message }) => severity === 2 && /spec\.replica"/.test(message)));
    });

    it("nothing is made; what the server will choose is unknown, what it completes is known", async () => {
        const { outputs } = await preview("core/v1:Service", "later", {
            metadata: { name: "later" },
            spec: { ports: [{ port: 80 }] },
        });
        assert.equal((await h.api.call("GET", `/api/v1/namespaces/${h.namespace}/services/later`)).status, 404);
        const spec = outputs.spec as Record<string, unknown>;
        assert.equal(spec.clusterIP, unknown);
        assert.equal(spec.type, "ClusterIP");
        assert.equal((outputs.metadata as Record<string, unknown>).uid, unknown);
    });

    it("unknown inputs are not sent to the server", async () => {
        const { outputs } = await preview("core/v1:ConfigMap", "unknown", { data: { x: unknown } });
        assert.deepEqual(outputs.data, { x: unknown });
    });

    it("a replacement with the same name is checked although the old object is still there", async () => {
        const inputs = { metadata: { name: "again" }, data: { x: "1" } };
        const old = await h.create("core/v1:ConfigMap", "again", inputs);
        const news = await h.check("core/v1:ConfigMap", "again", { ...inputs, data: { x: "2" } }, old.inputs);
        const { outputs } = await h.plugin.create(old.urn, news, { preview: true });
        assert.equal((outputs.metadata as Record<string, unknown>).name, "again");
        const stranger = preview("core/v1:ConfigMap", "stranger", inputs);
        if (!official) assert.match((await failureOf(stranger)).message, /already exists/);
    });

    it("a CRD and its resource, a namespace and what is in it, preview in one run", async () => {
        const group = `${h.namespace}new`;
        await preview("apiextensions.k8s.io/v1:CustomResourceDefinition", "crd", widgets(group));
        const apiVersion = `${group}.example.com/v1`;
        const widget = { apiVersion, kind: "Widget", spec: { size: 1 } };
        const { outputs } = await preview(`${apiVersion}:Widget`, "widget", widget);
        assert.equal((outputs.metadata as Record<string, unknown>).namespace, h.namespace);
        await preview("core/v1:Namespace", "fresh", { metadata: { name: group } });
        await preview("core/v1:ConfigMap", "inside", { metadata: { namespace: group }, data: {} });
        assert.deepEqual(
            h.plugin.log.filter(({ message }) => message.includes(group)),
            [],
        );
        await preview("core/v1:ConfigMap", "lost", { metadata: { namespace: "nowhere" }, data: {} });
        if (!official)
            assert.ok(h.plugin.log.some(({ message }) => /namespace nowhere does not exist yet/.test(message)));
    });

    it("a CRD and its resource come up in one run, even when the resource is first", async () => {
        const group = `${h.namespace}both`;
        const apiVersion = `${group}.example.com/v1`;
        const widget = h.create(`${apiVersion}:Widget`, "early", {
            apiVersion,
            kind: "Widget",
            metadata: { name: "early" },
            spec: {},
        });
        await h.create("apiextensions.k8s.io/v1:CustomResourceDefinition", "crd2", widgets(group));
        assert.equal((await widget).id, `${h.namespace}/early`);
    });

    it("without a cluster the preview goes on with one warning, and an update fails clearly", async () => {
        const plugin = await startPlugin();
        try {
            const url = `https://127.0.0.1:${await freePort()}`;
            await plugin.configure({ kubeconfig: kubeconfig(url, h.api.authority, "token") });
            for (const name of ["one", "two"]) {
                const urn = h.urn("core/v1:ConfigMap", name);
                const { inputs } = await plugin.check(urn, { apiVersion: "v1", kind: "ConfigMap", data: { x: "1" } });
                const { outputs } = await plugin.create(urn, inputs, { preview: true });
                assert.deepEqual(outputs.data, { x: "1" });
                const failure = await failureOf(plugin.create(urn, inputs));
                assert.match(failure.message, official ? /./ : /cannot be reached/);
            }
            const warnings = plugin.log.filter(({ severity }) => severity === 2);
            if (!official) {
                assert.equal(warnings.length, 1);
                assert.match(warnings[0]?.message ?? "", /cannot be reached.*Not checked/s);
            }
        } finally {
            await plugin.stop();
        }
    });

    it("a kubeconfig that is not there fails no preview either", async () => {
        const plugin = await startPlugin();
        try {
            await plugin.configure({ kubeconfig: "/no/such/kubeconfig" });
            const urn = h.urn("core/v1:ConfigMap", "one");
            const { inputs } = await plugin.check(urn, { apiVersion: "v1", kind: "ConfigMap", data: {} });
            await plugin.create(urn, inputs, { preview: true });
            const failure = await failureOf(plugin.create(urn, inputs));
            if (!official) assert.match(failure.message, /\/no\/such\/kubeconfig/);
        } finally {
            await plugin.stop();
        }
    });

    it("secrets stay sealed", async () => {
        const sealed = { stringData: new Secret({ password: "hunter22" }), type: "Opaque" };
        const made = await h.create("core/v1:Secret", "sealed", { apiVersion: "v1", kind: "Secret", ...sealed });
        const base64 = Buffer.from("hunter22").toString("base64");
        assert.deepEqual(made.inputs.data, new Secret({ password: base64 }));
        assert.equal(made.inputs.stringData, undefined);
        assert.deepEqual(made.outputs.data, new Secret({ password: base64 }));
        assert.deepEqual((made.outputs.__inputs as Record<string, unknown>).data, new Secret({ password: base64 }));
        const env = { metadata: { annotations: { token: new Secret("t0ken") } }, data: { x: "1" } };
        const map = await h.create("core/v1:ConfigMap", "annotated", env);
        assert.ok(!JSON.stringify(plain(map.outputs)).includes("t0ken"));
    });
});

/** What would be written in plain text. */
function plain(value: unknown): unknown {
    if (value instanceof Secret) return "(sealed)";
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
