import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { credentialsOf } from "../../../lab/plugins/kubernetes/cluster/credentials.ts";
import { loadKubeconfig, targetOf } from "../../../lab/plugins/kubernetes/cluster/kubeconfig.ts";

const cluster = (name: string, server: string) => `
- name: ${name}
  cluster: { server: "${server}", certificate-authority: ca.crt }`;
const config = (name: string, more = "") => `apiVersion: v1
kind: Config
current-context: ${name}
clusters:${cluster(name, `https://${name}:6443`)}
users:
- name: ${name}
  user: { token: secret-${name} }
contexts:
- name: ${name}
  context: { cluster: ${name}, user: ${name}, namespace: ns-${name} }
${more}`;

describe("kubeconfig", () => {
    let dir: string;
    before(() => {
        dir = mkdtempSync(join(tmpdir(), "m3perf-kubeconfig-"));
        writeFileSync(join(dir, "a"), config("a"));
        writeFileSync(join(dir, "b"), config("b"));
        writeFileSync(join(dir, "ca.crt"), "AUTHORITY");
    });
    after(() => rmSync(dir, { recursive: true }));

    it("is content or a path; relative files in it are relative to its folder", async () => {
        assert.equal(targetOf(loadKubeconfig(config("x"), {})).cluster.server, "https://x:6443");
        const target = targetOf(loadKubeconfig(join(dir, "a"), {}));
        assert.equal(target.namespace, "ns-a");
        const credentials = await credentialsOf(target);
        assert.equal(credentials.tls.ca, "AUTHORITY");
        assert.equal(await credentials.authorization(), "Bearer secret-a");
    });

    it("several documents and several paths are merged; what is set first wins", () => {
        const documents = loadKubeconfig(`${config("x")}---\n${config("y")}`, {});
        assert.deepEqual([...documents.contexts.keys()], ["x", "y"]);
        assert.equal(documents.currentContext, "x");
        const env = { KUBECONFIG: [join(dir, "a"), join(dir, "missing"), join(dir, "b")].join(delimiter) };
        const merged = loadKubeconfig(undefined, env);
        assert.equal(targetOf(merged).clusterName, "a");
        assert.equal(targetOf(merged, { context: "b" }).cluster.server, "https://b:6443");
        assert.equal(targetOf(merged, { cluster: "b" }).clusterName, "b");
    });

    it("what is missing is named, with what there is", () => {
        const encoded = Buffer.from(config("secret").repeat(3)).toString("base64");
        assert.throws(
            () => loadKubeconfig(encoded, {}),
            (error: Error) => !error.message.includes(encoded.slice(0, 30)),
        );
        assert.throws(() => loadKubeconfig("/no/such/file", {}), /\/no\/such\/file \(no such file\)/);
        const loaded = loadKubeconfig(config("x"), {});
        assert.throws(() => targetOf(loaded, { context: "y" }), /no context "y"[\s\S]*it has: x/);
        assert.throws(() => targetOf(loaded, { cluster: "y" }), /no cluster "y"/);
        assert.throws(() => targetOf(loadKubeconfig("clusters: []\n", {})), /names no context/);
    });

    it("its keys are never in a message", () => {
        const broken = `${config("x")}\n  bad: [secret-token\n: :`;
        assert.throws(
            () => loadKubeconfig(broken, {}),
            (error: Error) => /not valid YAML/.test(error.message) && !error.message.includes("secret"),
        );
    });

    it("a credential plugin's token is used; a proxy is refused in words", async () => {
        const target = targetOf(loadKubeconfig(config("x"), {}));
        const answer = JSON.stringify({ kind: "ExecCredential", status: { token: "from-plugin" } });
        const exec = { command: "sh", args: ["-c", `echo '${answer}'`] };
        const credentials = await credentialsOf({ ...target, cluster: { server: "https://x" }, user: { exec } });
        assert.equal(await credentials.authorization(), "Bearer from-plugin");
        const proxied = { ...target, cluster: { server: "https://x", "proxy-url": "http://p" } };
        await assert.rejects(credentialsOf(proxied), /proxy-url of cluster x is not supported/);
    });
});
