/** label.ts, which gives the nodes of a large site their labels, against a real API server: node objects without kubelets. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { LabelsByNode } from "../../../components/nodes/labels.ts";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";
import { type ApiServer, startApiServer } from "../../support/apiserver.ts";
import { createNode } from "../../support/kubelets.ts";

interface Node {
    metadata: { resourceVersion: string; labels?: Record<string, string> };
}

describe("label.ts", function () {
    this.timeout(120_000);
    const key = "m3perf.io/role-m3db";
    const group = "m3perf.io/isolation-group";
    const names = Array.from({ length: 12 }, (_, index) => `node-${index}`);
    const all: LabelsByNode = Object.fromEntries(names.map((name) => [name, { [key]: "true", [group]: "rep0" }]));
    let api: ApiServer;

    const label = (action: string, nodes: LabelsByNode = {}, namespace = "m3db") =>
        exec(process.execPath, ["components/nodes/label.ts", action], {
            cwd: projectRoot,
            env: { PATH: process.env.PATH, M3PERF_KUBECONFIG: readFileSync(api.kubeconfig, "utf8") },
            input: JSON.stringify({ namespace, nodes }),
            timeout: 60,
        });
    const node = async (name: string) => (await api.call<Node>("GET", `/api/v1/nodes/${name}`)).body.metadata;
    /** A node's labels but those that Kubernetes gives. */
    const labels = async (name: string) => {
        const found = Object.entries((await node(name)).labels ?? {});
        return Object.fromEntries(found.filter(([name]) => !name.includes("kubernetes.io")));
    };
    const merge = async (name: string, body: object) => {
        const { status } = await api.call("PATCH", `/api/v1/nodes/${name}`, body, "application/merge-patch+json");
        assert.equal(status, 200);
    };

    before(async () => {
        api = await startApiServer();
        for (const name of names) await createNode(api, name);
        await createNode(api, "other");
    });
    after(() => api.stop());

    it("labels every node, beside the labels of others, and a second time changes none", async () => {
        await merge("node-3", { metadata: { labels: { rack: "7" } } });
        const { code, stdout, stderr } = await label("add", all);
        assert.equal(code, 0, stderr);
        assert.equal(stdout, "12 of 13 nodes changed\n");
        assert.deepEqual(await labels("node-0"), all["node-0"]);
        assert.deepEqual(await labels("node-3"), { ...all["node-3"], rack: "7" });
        assert.deepEqual(await labels("other"), {});
        const { resourceVersion } = await node("node-0");
        assert.equal((await label("add", all)).stdout, "0 of 13 nodes changed\n");
        assert.equal((await node("node-0")).resourceVersion, resourceVersion);
    });

    it("takes back what is wanted no more: a label, and all of a node that is not named any longer", async () => {
        const { "node-11": _, ...fewer } = all;
        const changed = { ...fewer, "node-1": { [key]: "true" }, "node-2": { [key]: "true", [group]: "rep2" } };
        assert.equal((await label("add", changed)).stdout, "3 of 13 nodes changed\n");
        assert.deepEqual(await labels("node-1"), { [key]: "true" });
        assert.deepEqual(await labels("node-2"), { [key]: "true", [group]: "rep2" });
        assert.deepEqual(await labels("node-11"), {});
    });

    it("puts right what other hands took away", async () => {
        await label("add", all);
        await merge("node-5", { metadata: { labels: { [key]: null } } });
        assert.equal((await label("add", all)).stdout, "1 of 13 nodes changed\n");
        assert.deepEqual(await labels("node-5"), all["node-5"]);
    });

    it("leaves a label that others have with another value, names its node and theirs, and labels the rest", async () => {
        await merge("other", { metadata: { labels: { [group]: "theirs" } } });
        const { code, stdout, stderr } = await label("add", { ...all, other: { [group]: "rep1" }, "node-0": {} });
        assert.equal(code, 1);
        assert.equal(stdout, "1 of 13 nodes changed\n");
        assert.match(stderr, /^1 node could not be labelled\n {2}node other\n {4}why: .*conflict/m);
        assert.doesNotMatch(stderr, /Headers|managedFields/);
        assert.deepEqual(await labels("other"), { [group]: "theirs" });
        assert.deepEqual(await labels("node-0"), {});
    });

    it("changes nothing when a node is not there, and makes none", async () => {
        const { code, stderr } = await label("add", { ...all, absent: { [key]: "true" } });
        assert.equal(code, 1);
        assert.match(stderr, /no label was changed\n {2}not in the cluster: absent/);
        assert.deepEqual(await labels("node-0"), {});
        assert.equal((await api.call("GET", "/api/v1/nodes/absent")).status, 404);
    });

    it("leaves the nodes of another environment of the cluster alone", async () => {
        await merge("other", { metadata: { labels: { [group]: null } } });
        const theirs = { other: { [key]: "true" } };
        assert.equal((await label("add", theirs, "m3db-2")).code, 0);
        assert.equal((await label("add", all)).code, 0);
        assert.deepEqual(await labels("other"), theirs.other);
        assert.equal((await label("remove", {}, "m3db-2")).stdout, "1 of 13 nodes changed\n");
        assert.deepEqual(await labels("other"), {});
        assert.deepEqual(await labels("node-4"), all["node-4"]);
    });

    it("leaves the labels that another manager has given, too, when it takes its own back", async () => {
        const path = "/api/v1/nodes/node-7?fieldManager=pulumi";
        const body = { apiVersion: "v1", kind: "Node", metadata: { name: "node-7", labels: { [key]: "true" } } };
        assert.equal((await api.call("PATCH", path, body, "application/apply-patch+yaml")).status, 200);
        const { code, stdout } = await label("remove");
        assert.equal(code, 0);
        assert.equal(stdout, "12 of 13 nodes changed\n");
        assert.deepEqual(await labels("node-7"), { [key]: "true" });
        assert.deepEqual(await labels("node-3"), { rack: "7" });
        assert.deepEqual(await labels("node-4"), {});
        assert.equal((await label("remove")).stdout, "0 of 13 nodes changed\n");
    });
});
