/**
 * The provider under Pulumi's own CLI. The shapes of the state are those that the official provider 4.32 wrote for the
 * same objects (ids, keys, field managers); the official provider itself was never run by these tests.
 */
import assert from "node:assert/strict";
import { type ApiServer, sharedApiServer } from "../../support/apiserver.ts";
import { createNode } from "../../support/kubelets.ts";
import { type PulumiProject, pulumiProject } from "../../support/pulumi.ts";
import "./harness.ts"; // stops the shared API server at the end

const program = `
import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
const config = new pulumi.Config();
const provider = new k8s.Provider("k8s", { kubeconfig: process.env.TEST_KUBECONFIG });
const o = { provider };
const n = "cli";
const ns = new k8s.core.v1.Namespace("ns", { metadata: { name: n } }, o);
const m = { namespace: ns.metadata.name };
new k8s.core.v1.ConfigMap("named", { metadata: { ...m, name: "named", labels: { a: config.get("label") ?? "b" } }, data: { x: config.get("value") ?? "1" } }, o);
const auto = new k8s.core.v1.ConfigMap("auto", { metadata: m, data: { x: config.get("value") ?? "1" } }, o);
new k8s.core.v1.Secret("cred", { metadata: m, stringData: { password: "hunter22" } }, o);
const svc = new k8s.core.v1.Service("svc", { metadata: m, spec: { clusterIP: "None", selector: { app: "x" }, ports: [{ port: 80 }] } }, o);
new k8s.apps.v1.StatefulSet("sts", { metadata: { ...m, annotations: { "pulumi.com/skipAwait": "true" } }, spec: { serviceName: svc.metadata.name, replicas: 0, selector: { matchLabels: { app: "x" } }, template: { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "c", image: "busybox", env: [{ name: "MAP", value: auto.metadata.name }], resources: { limits: { cpu: "1000m" } } }] } } } }, o);
new k8s.rbac.v1.ClusterRole("role", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }, o);
const crd = new k8s.apiextensions.v1.CustomResourceDefinition("crd", { metadata: { name: "widgets." + n + ".example.com" }, spec: { group: n + ".example.com", scope: "Namespaced", names: { plural: "widgets", singular: "widget", kind: "Widget" }, versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } }] } }, o);
new k8s.apiextensions.CustomResource("widget", { apiVersion: n + ".example.com/v1", kind: "Widget", metadata: m, spec: { size: 3 } }, { ...o, dependsOn: crd });
const target = new k8s.core.v1.ConfigMap("target", { metadata: { ...m, name: "target" }, data: { keep: "1" } }, o);
new k8s.core.v1.ConfigMapPatch("patch", { metadata: { ...m, name: target.metadata.name }, data: { added: "2" } }, o);
new k8s.core.v1.NodePatch("nodepatch", { metadata: { name: "cli-node", labels: { pool: "m3db" } } }, o);
export const map = auto.metadata.name;
`;

describe("kubernetes plugin under the Pulumi CLI", function () {
    this.timeout(120_000);
    let api: ApiServer;
    let project: PulumiProject;
    before(async () => {
        api = await sharedApiServer();
        await createNode(api, "cli-node");
        process.env.TEST_KUBECONFIG = api.kubeconfig;
        project = await pulumiProject(program, ["kubernetes"]);
    });
    after(async () => {
        await project?.remove();
        await api?.call("DELETE", "/api/v1/nodes/cli-node");
    });

    const pulumi = async (...args: string[]) => {
        const result = await project.run(args);
        assert.equal(result.code, 0, result.stdout + result.stderr);
        return result.stdout;
    };

    it("previews, creates, and finds nothing to do afterwards", async () => {
        assert.match(await pulumi("preview", "--diff"), /\+ 14 to create/);
        await project.up();
        await pulumi("preview", "--expect-no-changes");
        await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
        await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    });

    it("writes the state that the official provider writes", async () => {
        const hex = "[0-9a-f]{8}";
        const ids: Record<string, RegExp> = {
            ns: /^cli$/,
            named: /^cli\/named$/,
            auto: new RegExp(`^cli/auto-${hex}$`),
            cred: new RegExp(`^cli/cred-${hex}$`),
            role: new RegExp(`^role-${hex}$`),
            crd: /^widgets\.cli\.example\.com$/,
            widget: new RegExp(`^cli/widget-${hex}$`),
            patch: /^cli\/target$/,
            nodepatch: /^cli-node$/,
        };
        for (const [name, id] of Object.entries(ids)) {
            const { outputs = {}, inputs = {}, id: written = "" } = await project.resource(name);
            assert.match(written, id);
            assert.match(String(outputs.__fieldManager), new RegExp(`^pulumi-kubernetes-${hex}$`));
            assert.equal(outputs.__initialApiVersion, inputs.apiVersion);
            const kept = outputs.__inputs as Record<string, unknown>;
            assert.deepEqual(Object.keys(kept).sort(), Object.keys(inputs).sort());
            const metadata = outputs.metadata as { managedFields: { manager: string; operation: string }[] };
            const patch = name.endsWith("patch");
            const manager = patch ? outputs.__fieldManager : "pulumi-kubernetes";
            const operation = patch ? "Apply" : "Update";
            assert.ok(
                metadata.managedFields.some((entry) => entry.manager === manager && entry.operation === operation),
                name,
            );
        }
        const { inputs: secret = {} } = await project.resource("cred");
        assert.deepEqual(Object.keys(secret).sort(), ["apiVersion", "data", "kind", "metadata"]);
        const crd = JSON.stringify((await project.resource("crd")).outputs);
        assert.match(crd, /"x_kubernetes_preserve_unknown_fields":true/);
        assert.ok(!crd.includes('"x-kubernetes-preserve-unknown-fields"'));
        for (const text of ["hunter22", Buffer.from("hunter22").toString("base64")]) {
            assert.ok(!project.state().includes(text), "the secret is nowhere in plain text");
        }
    });

    it("shows property diffs and replacements, and makes them", async () => {
        await pulumi("config", "set", "label", "c");
        assert.match(await pulumi("preview", "--diff"), /a: "b" => "c"/);
        await project.up();
        await pulumi("config", "set", "value", "2");
        const shown = await pulumi("preview", "--diff");
        assert.match(shown, /\+- 2 to replace|2 to replace/);
        await project.up();
        const { body } = await api.call<{ data: object }>("GET", "/api/v1/namespaces/cli/configmaps/named");
        assert.deepEqual(body.data, { x: "2" });
        await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    });

    it("refresh finds drift, up repairs it; what was deleted comes back", async () => {
        const path = "/api/v1/namespaces/cli/configmaps";
        await api.call(
            "PATCH",
            `${path}/named?fieldManager=kubectl-edit`,
            { metadata: { labels: { a: "by-hand" } } },
            "application/merge-patch+json",
        );
        assert.match(await pulumi("refresh", "--yes", "--skip-preview", "--diff"), /"by-hand"/);
        assert.match(await pulumi("preview", "--diff"), /"by-hand" => "c"/);
        await api.call("DELETE", `${path}/target`);
        await pulumi("refresh", "--yes", "--skip-preview");
        await project.up();
        const { body } = await api.call<{ data: object; metadata: { labels: object } }>("GET", `${path}/named`);
        assert.deepEqual(body.metadata.labels, { a: "c" });
        assert.deepEqual((await api.call<{ data: object }>("GET", `${path}/target`)).body.data, {
            keep: "1",
            added: "2",
        });
    });

    it("imports what exists", async () => {
        await api.call("POST", "/api/v1/namespaces/cli/configmaps", { metadata: { name: "found" }, data: { x: "1" } });
        const provider = (await project.resource("k8s")).urn;
        await pulumi(
            "import",
            "kubernetes:core/v1:ConfigMap",
            "found",
            "cli/found",
            "--yes",
            "--protect=false",
            "--generate-code=false",
            "--provider",
            `k8s=${provider}`,
        );
        const { inputs } = await project.resource("found");
        assert.deepEqual(inputs, {
            apiVersion: "v1",
            kind: "ConfigMap",
            data: { x: "1" },
            metadata: { name: "found", namespace: "cli" },
        });
    });

    it("destroys everything; the patched node has its own fields back", async () => {
        await pulumi("destroy", "--yes", "--skip-preview");
        assert.equal((await api.call("GET", "/api/v1/namespaces/cli")).status, 404);
        const { body } = await api.call<{ metadata: { labels?: object } }>("GET", "/api/v1/nodes/cli-node");
        assert.equal(body.metadata.labels, undefined);
    });
});
