/** fit.ts, which holds the topology against the cluster's nodes, against a real API server: node objects without kubelets. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { fitInput } from "../../../settings/fit/input.ts";
import { scenarioSchema } from "../../../settings/scenario.ts";
import type { Site } from "../../../settings/site.ts";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";
import { waitFor } from "../../../support/wait.ts";
import { type ApiServer, startApiServer } from "../../support/apiserver.ts";
import { createNode } from "../../support/kubelets.ts";

describe("fit.ts", function () {
    this.timeout(120_000);
    const site = parse(readFileSync(join(projectRoot, "test/unit/components/site.yaml"), "utf8")) as Site;
    let api: ApiServer;

    const check = (config: object = {}, where = site) =>
        exec(process.execPath, ["components/nodes/fit.ts", "check"], {
            cwd: projectRoot,
            env: { PATH: process.env.PATH, M3PERF_KUBECONFIG: readFileSync(api.kubeconfig, "utf8") },
            input: JSON.stringify(fitInput(where, scenarioSchema.parse(config))),
            timeout: 60,
        });
    const create = async (path: string, body: object) => {
        const { status, body: answer } = await api.call("POST", path, body);
        assert.equal(status, 201, JSON.stringify(answer));
    };
    const patchNode = async (name: string, body: object, part = "") => {
        const path = `/api/v1/nodes/${name}${part}`;
        const { status, body: answer } = await api.call("PATCH", path, body, "application/merge-patch+json");
        assert.equal(status, 200, JSON.stringify(answer));
    };
    const allocatable = (name: string, memory: string, cpu = "4") =>
        patchNode(name, { status: { capacity: { memory, cpu }, allocatable: { memory, cpu } } }, "/status");
    /** What a program could change of a node; the controller manager writes annotations of its own when it gets to it. */
    const asked = async (name: string) => {
        const { body } = await api.call<{ metadata: { labels?: object }; spec: object }>(
            "GET",
            `/api/v1/nodes/${name}`,
        );
        return { labels: body.metadata.labels, spec: body.spec };
    };

    before(async () => {
        api = await startApiServer();
        for (const { name } of site.nodes) {
            await createNode(api, name);
            await patchNode(name, { status: { nodeInfo: { architecture: "amd64" } } }, "/status");
        }
    });
    after(() => api.stop());

    it("says by how much each node fits, and changes none", async () => {
        const before = await asked("worker-1");
        const { code, stdout, stderr } = await check();
        assert.equal(code, 0, stderr);
        assert.match(
            stdout,
            /^worker-1: asks for 1936Mi and 600m beside 0Mi and 0m of others; it has 16384Mi and 8000m$/m,
        );
        assert.equal(stdout.split("\n").filter((line) => line.includes("asks for")).length, 5);
        assert.deepEqual(await asked("worker-1"), before);
    });

    it("counts what others ask for, not the environment's own pods", async () => {
        await allocatable("worker-2", "2100Mi");
        const pod = (name: string, labels: object, memory: string) => ({
            metadata: { name, labels },
            spec: {
                nodeName: "worker-2",
                containers: [{ name: "c", image: "c", resources: { requests: { memory } } }],
            },
        });
        await create("/api/v1/namespaces", { metadata: { name: "m3db" } });
        await waitFor({ what: "the service account of pods", timeout: 20 }, async () => {
            const { status } = await api.call("GET", "/api/v1/namespaces/m3db/serviceaccounts/default");
            return status === 200;
        });
        await create("/api/v1/namespaces/m3db/pods", pod("etcd-1", { app: "etcd" }, "256Mi"));
        assert.equal((await check()).code, 0);
        await create("/api/v1/namespaces/default/pods", pod("cart", {}, "300Mi"));
        const { code, stderr } = await check();
        assert.equal(code, 1);
        assert.match(stderr, /^site test does not fit its cluster; nothing was changed$/m);
        assert.match(
            stderr,
            /node worker-2: 136Mi of memory too little: its pods ask for 1936Mi beside 300Mi of others \(default\/cart 300Mi\), and it has 2100Mi/,
        );
        assert.match(stderr, /what to do: .*m3perf:m3db\.memory to 1544Mi at most/);
        assert.equal((await check({ m3db: { memory: "1544Mi" } })).code, 0, "what it advises does");
    });

    it("names everything that is wrong at once: nodes that are absent, cordoned, tainted, too small", async () => {
        await patchNode("worker-4", { spec: { unschedulable: true } });
        await patchNode("worker-5", { spec: { taints: [{ key: "gpu", effect: "NoSchedule" }] } });
        await allocatable("worker-3", "16Gi", "500m");
        const nodes = site.nodes.map((node) => (node.name === "worker-1" ? { ...node, name: "worker1" } : node));
        const { stderr } = await check({}, { ...site, nodes });
        assert.match(stderr, /node worker1: is not in the cluster[\s\S]*did you mean worker-1\?/);
        assert.match(stderr, /node worker-2: 136Mi of memory too little/);
        assert.match(stderr, /node worker-3: 100m of cpu too little/);
        assert.match(stderr, /node worker-4: is cordoned[\s\S]*kubectl uncordon worker-4/);
        assert.match(stderr, /node worker-5: has the taint gpu:NoSchedule/);
    });

    it("does not mind the taint that is M3DB's own, nor one of ours that is about to go", async () => {
        const own = { key: "dedicated", value: "m3db", effect: "NoSchedule" };
        await patchNode("worker-1", { spec: { taints: [own] } });
        await patchNode("worker-4", { spec: { unschedulable: false } });
        await patchNode("worker-5", {
            metadata: { annotations: { "m3perf.io/taint-added": "dedicated" } },
            spec: { taints: [own] },
        });
        const { stderr } = await check();
        assert.doesNotMatch(stderr, /worker-1|worker-4|worker-5/);
        assert.match(stderr, /worker-2/);
    });

    it("says that it could not look, when the cluster does not answer", async () => {
        await api.pause();
        const { code, stderr } = await check();
        await api.resume();
        assert.equal(code, 1);
        assert.match(stderr, /the nodes of site test could not be looked at\n.*ECONNREFUSED/);
    });

    it("tells of volumes on NFS", async () => {
        await create("/apis/storage.k8s.io/v1/storageclasses", {
            metadata: { name: "nfs-client" },
            provisioner: "cluster.local/nfs-subdir-external-provisioner",
        });
        const { stdout } = await check({}, { ...site, storageClass: "nfs-client" });
        assert.match(
            stdout,
            /note: site test: storageClass nfs-client is of cluster\.local\/nfs-subdir\S+: .* on NFS lose/,
        );
    });
});
