/** The programs that components run (local.Command), against a real API server; pods are played (kubelets.ts). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { m3dbCluster } from "../../../components/m3/cluster-manifests.ts";
import { m3Identity } from "../../../components/m3/identity.ts";
import { m3dbClusterDefinition } from "../../../components/m3/operator-crd.ts";
import type { Attachment } from "../../../components/prometheus/attachment.ts";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";
import { waitFor } from "../../../support/wait.ts";
import { type ApiServer, startApiServer } from "../../support/apiserver.ts";
import { behaviour, createNode, type Kubelets, startKubelets } from "../../support/kubelets.ts";
import { clusterPlan, everySetting } from "../../unit/components/m3db-plan.ts";

interface Node {
    metadata: { annotations?: Record<string, string> };
    spec: { taints?: { key: string; value?: string; effect: string }[] };
}

interface Deployment {
    spec: { template: { metadata: { annotations?: Record<string, string> } } };
}

describe("programs that components run", function () {
    this.timeout(120_000);
    let api: ApiServer;
    let kubelets: Kubelets;

    const program = (file: string, action: string, input: object) =>
        exec(process.execPath, [file, action], {
            cwd: projectRoot,
            env: { PATH: process.env.PATH, M3PERF_KUBECONFIG: readFileSync(api.kubeconfig, "utf8") },
            input: JSON.stringify(input),
            timeout: 60,
        });
    const must = async (file: string, action: string, input: object) => {
        const result = await program(file, action, input);
        assert.equal(result.code, 0, result.stdout + result.stderr);
        return result.stdout;
    };

    before(async () => {
        api = await startApiServer();
        for (const name of ["one", "two", "stage"]) await createNode(api, name);
        kubelets = startKubelets(api, "stage");
    });
    after(async () => {
        await kubelets.stop();
        await api.stop();
    });

    describe("taint.ts", () => {
        const taint = { key: "dedicated", value: "m3db", effect: "NoSchedule" };
        const other = { key: "example.com/maintenance", effect: "NoSchedule" };
        const node = async (name: string) => (await api.call<Node>("GET", `/api/v1/nodes/${name}`)).body;
        const setTaints = (name: string, taints: object[]) =>
            api.call("PATCH", `/api/v1/nodes/${name}`, { spec: { taints } }, "application/merge-patch+json");

        it("adds the taint beside others, once, and takes it back after somebody rewrote the list", async () => {
            await setTaints("one", [other]);
            assert.match(
                await must("components/nodes/taint.ts", "add", { taint, nodes: ["one", "two"] }),
                /one: added[\s\S]*two: added/,
            );
            assert.match(
                await must("components/nodes/taint.ts", "add", { taint, nodes: ["one", "two"] }),
                /one: as it should be/,
            );
            assert.deepEqual((await node("one")).spec.taints, [other, taint]);
            // As the node lifecycle controller does it: the whole list, by another manager.
            await setTaints("one", [taint]);
            await must("components/nodes/taint.ts", "remove", { taint, nodes: ["one", "two"] });
            const left = await node("one");
            assert.equal(left.spec.taints, undefined);
            assert.equal(left.metadata.annotations?.["m3perf.io/taint-added"], undefined);
        });

        it("leaves a taint that was there before it", async () => {
            await setTaints("one", [taint]);
            await must("components/nodes/taint.ts", "add", { taint, nodes: ["one"] });
            await must("components/nodes/taint.ts", "remove", { taint, nodes: ["one"] });
            assert.deepEqual((await node("one")).spec.taints, [taint]);
            await setTaints("one", []);
        });

        it("names the node that is not there, and does not mind when it only had to be cleaned", async () => {
            const result = await program("components/nodes/taint.ts", "add", { taint, nodes: ["nobody"] });
            assert.equal(result.code, 1);
            assert.match(result.stderr, /node nobody could not be changed[\s\S]*not found/);
            await must("components/nodes/taint.ts", "remove", { taint, nodes: ["nobody"] });
        });
    });

    describe("attach.ts", () => {
        const original = "# ours\nscrape_configs: []   # none yet\n";
        const input: Attachment = {
            prometheus: {
                namespace: "monitoring",
                deployment: "prometheus-server",
                configMap: "prometheus-server",
                configKey: "prometheus.yml",
            },
            endpoints: {
                remote_write: { url: "http://m3coordinator.m3db:7201/api/v1/prom/remote/write" },
                remote_read: { url: "http://m3query.m3db:7201/api/v1/prom/remote/read", read_recent: true },
            },
            rolloutLimit: 20,
        };
        const attachProgram = "components/prometheus/attach.ts";
        const configMap = async (name: string) =>
            (
                await api.call<{ data?: Record<string, string> }>(
                    "GET",
                    `/api/v1/namespaces/monitoring/configmaps/${name}`,
                )
            ).body.data;
        const deployment = async () =>
            (await api.call<Deployment>("GET", "/apis/apps/v1/namespaces/monitoring/deployments/prometheus-server"))
                .body;

        before(async () => {
            const create = async (path: string, body: object) => {
                const { status } = await api.call("POST", path, body);
                assert.equal(status, 201, path);
            };
            await create("/api/v1/namespaces", { metadata: { name: "monitoring" } });
            const metadata = { name: "prometheus-server", namespace: "monitoring" };
            await create("/api/v1/namespaces/monitoring/configmaps", {
                metadata,
                data: { "prometheus.yml": original, "rules.yml": "{}" },
            });
            const labels = { app: "prometheus" };
            const spec = { containers: [{ name: "prometheus", image: "prometheus" }] };
            await create("/apis/apps/v1/namespaces/monitoring/deployments", {
                metadata,
                spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
            });
            await waitFor({ what: "the service account of pods", timeout: 20 }, async () => {
                const { status } = await api.call("GET", "/api/v1/namespaces/monitoring/serviceaccounts/default");
                return status === 200;
            });
        });

        it("puts the entries in, rolls the pods, and changes nothing a second time", async () => {
            assert.match(await must(attachProgram, "attach", input), /writes to http:\/\/m3coordinator/);
            const live = await configMap("prometheus-server");
            assert.match(live?.["prometheus.yml"] ?? "", /remote_write:[\s\S]*name: m3perf[\s\S]*remote_read:/);
            assert.equal(live?.["rules.yml"], "{}");
            const before = await deployment();
            assert.ok(before.spec.template.metadata.annotations?.["m3perf.io/prometheus-config"]);
            await must(attachProgram, "attach", input);
            assert.deepEqual((await deployment()).spec, before.spec);
        });

        it("gives the original back to the byte, with annotation and copy gone", async () => {
            await must(attachProgram, "detach", input);
            assert.deepEqual(await configMap("prometheus-server"), { "prometheus.yml": original, "rules.yml": "{}" });
            assert.equal(await configMap("prometheus-server-before-m3perf"), undefined);
            assert.equal(
                (await deployment()).spec.template.metadata.annotations?.["m3perf.io/prometheus-config"],
                undefined,
            );
            await must(attachProgram, "detach", input);
        });

        it("restores the original when Prometheus does not come up with the new one", async () => {
            // Its pods crash whatever their configuration is: the restored one cannot come up either, and both are told.
            const path = "/apis/apps/v1/namespaces/monitoring/deployments/prometheus-server";
            const set = (value: string | null) =>
                api.call(
                    "PATCH",
                    path,
                    { spec: { template: { metadata: { annotations: { [behaviour]: value } } } } },
                    "application/merge-patch+json",
                );
            await set("crash");
            const result = await program(attachProgram, "attach", { ...input, rolloutLimit: 4 });
            assert.equal(result.code, 1);
            assert.match(
                result.stderr,
                /did not come up with remote write and read; its own configuration was restored/,
            );
            assert.equal(await configMap("prometheus-server-before-m3perf"), undefined);
            assert.match(
                result.stderr,
                /waited 4 s for Deployment monitoring\/prometheus-server to be rolled[\s\S]*with it, too/,
            );
            assert.equal((await configMap("prometheus-server"))?.["prometheus.yml"], original);
            await set(null);
        });

        it("names what it does not find", async () => {
            const elsewhere = { ...input, prometheus: { ...input.prometheus, configMap: "prometheus" } };
            const result = await program(attachProgram, "attach", elsewhere);
            assert.equal(result.code, 1);
            assert.match(
                result.stderr,
                /there is no Prometheus configuration monitoring\/prometheus, key prometheus\.yml[\s\S]*kubectl -n monitoring get configmaps/,
            );
            assert.match(await must(attachProgram, "detach", elsewhere), /is gone: nothing to give back/);
        });
    });

    describe("the definition of M3DBCluster", () => {
        it("is taken by the API server, and keeps every field of ours and of the operator's status", async () => {
            const definition = {
                apiVersion: "apiextensions.k8s.io/v1",
                kind: "CustomResourceDefinition",
                ...m3dbClusterDefinition(),
            };
            const created = await api.call(
                "POST",
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                definition,
            );
            assert.equal(created.status, 201, JSON.stringify(created.body));
            const identity = m3Identity("default", ["http://etcd-0.etcd.m3db:2379"]);
            const wanted = m3dbCluster(clusterPlan(everySetting, { identity }));
            const path = "/apis/operator.m3db.io/v1alpha1/namespaces/default/m3dbclusters";
            const { body } = await waitFor({ what: "the new kind to be served", timeout: 20 }, async () => {
                const answer = await api.call<{ spec: object }>("POST", path, wanted);
                return answer.status === 201 && answer;
            });
            assert.deepEqual(body.spec, wanted.spec);
            const conditions = [
                {
                    type: "PlacementInitialized",
                    status: "True",
                    reason: "PlacementCreated",
                    message: "Created placement",
                    lastUpdateTime: "2026-01-01T00:00:00Z",
                },
            ];
            const status = await api.call<{ status: object }>(
                "PATCH",
                `${path}/m3-cluster/status`,
                { status: { conditions, observedGeneration: 1 } },
                "application/merge-patch+json",
            );
            assert.deepEqual(status.body.status, { conditions, observedGeneration: 1 });
        });
    });
});
