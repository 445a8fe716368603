/** The programs that components run (local.Command), against a real API server; pods are played (kubelets.ts). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { m3dbCluster } from "../../../components/m3/cluster-manifests.ts";
import { m3Identity } from "../../../components/m3/identity.ts";
import { m3dbClusterDefinition } from "../../../components/m3/operator-crd.ts";
import type { Attachment } from "../../../components/prometheus/attachment.ts";
import { lookAt } from "../../../components/prometheus/look.ts";
import { remoteConfig, rulesFolder, rulesPattern, secretMounts } from "../../../settings/prometheus/entries.ts";
import { prometheusSchema } from "../../../settings/schema/prometheus.ts";
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
    metadata: { resourceVersion: string };
    spec: {
        template: {
            metadata: { annotations?: Record<string, string> };
            spec: {
                containers: { name: string; args?: string[]; volumeMounts?: object[]; image: string }[];
                volumes?: { name: string }[];
            };
        };
    };
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
            assert.match(result.stderr, /taint[\s\S]*node nobody\n {4}why: nodes "nobody" not found\n$/);
            await must("components/nodes/taint.ts", "remove", { taint, nodes: ["nobody"] });
        });
    });

    describe("attach.ts", () => {
        const original = "# ours\nscrape_configs: []   # none yet\n";
        const inputWith = (settings: object = {}): Attachment => {
            const parsed = prometheusSchema.parse(settings);
            return {
                prometheus: {
                    namespace: "monitoring",
                    workload: { kind: "Deployment", name: "prometheus-server" },
                    configMap: "prometheus-server",
                    configKey: "prometheus.yml",
                },
                config: remoteConfig(parsed),
                pod: { localStorage: parsed.localStorage, secrets: secretMounts(parsed) },
                rolloutLimit: 20,
                since: "then",
            };
        };
        const input = inputWith();
        const args = [
            "--storage.tsdb.no-lockfile",
            "--config.file=/etc/config/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
        ];
        const site = {
            namespace: "monitoring",
            service: "p",
            port: 80,
            deployment: "prometheus-server",
            configMap: "prometheus-server",
            configKey: "prometheus.yml",
        };
        const look = () => lookAt(site, readFileSync(api.kubeconfig, "utf8"), () => "now");
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
            const volumeMounts = [{ name: "data", mountPath: "/prometheus" }];
            const spec = {
                containers: [
                    { name: "reload", image: "reload" },
                    { name: "prometheus", image: "prometheus:v2.42.0", args, volumeMounts },
                ],
                volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
            };
            await create("/api/v1/namespaces/monitoring/secrets", {
                metadata: { name: "m3", namespace: "monitoring" },
                stringData: { username: "writer\n", password: "hunter2", token: "t0ken" },
            });
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

        it("takes arguments and claim away, mounts the Secret, and gives all back beside others' edits", async () => {
            const before = (await deployment()).spec.template.spec;
            const credentials = { kind: "basic", secretName: "m3" };
            const minimal = inputWith({
                localStorage: "minimal",
                remoteWrite: { credentials },
                externalLabels: { a: "1" },
            });
            await must(attachProgram, "attach", minimal);
            const text = (await configMap("prometheus-server"))?.["prometheus.yml"] ?? "";
            assert.match(text, /username: writer\n +password_file: \/etc\/m3perf\/remote-write\/password/);
            assert.match(text, /external_labels:\n +a: "1"/);
            const { template } = (await deployment()).spec;
            assert.deepEqual(template.spec.containers[1]?.args, ["--config.file=/etc/config/prometheus.yml"]);
            assert.deepEqual(
                template.spec.volumes?.map((one) => Object.keys(one).sort().join()),
                ["emptyDir,name", "name,secret"],
            );
            assert.deepEqual(template.spec.containers[0], before.containers[0], "the sidecar is left alone");
            const everything = JSON.stringify([text, template, await configMap("prometheus-server-before-m3perf")]);
            assert.ok(!everything.includes("hunter2"), "the password was copied");
            const { resourceVersion } = (await deployment()).metadata;
            await must(attachProgram, "attach", minimal);
            assert.deepEqual((await deployment()).spec.template, template, `changed since ${resourceVersion}`);

            // Somebody else's edit: a new image, another argument.
            const path = "/apis/apps/v1/namespaces/monitoring/deployments/prometheus-server";
            const containers = [
                {
                    name: "prometheus",
                    image: "prometheus:v2.43.0",
                    args: [...args.slice(1, 2), "--web.enable-admin-api"],
                },
            ];
            const body = { spec: { template: { spec: { containers } } } };
            await api.call("PATCH", path, body, "application/strategic-merge-patch+json");
            assert.deepEqual(await look(), { since: "then" }, "what is not ours is no drift");
            await must(attachProgram, "detach", minimal);
            const after = (await deployment()).spec.template.spec;
            assert.deepEqual(after.volumes, before.volumes);
            assert.deepEqual(after.containers[1]?.args, [...args, "--web.enable-admin-api"]);
            assert.equal(after.containers[1]?.image, "prometheus:v2.43.0");
            assert.deepEqual(after.containers[1]?.volumeMounts, before.containers[1]?.volumeMounts);
            assert.equal((await configMap("prometheus-server"))?.["prometheus.yml"], original);
            const back = {
                spec: { template: { spec: { containers: [{ ...containers[0], image: "prometheus:v2.42.0", args }] } } },
            };
            await api.call("PATCH", path, back, "application/strategic-merge-patch+json");
        });

        it("mounts rules and names them, other rules in their place, and gives both back", async () => {
            const before = (await deployment()).spec.template.spec;
            const withRules = (name: string): Attachment => ({
                ...input,
                config: { ...input.config, rule_file: rulesPattern },
                pod: { ...input.pod, configMaps: [{ name: "m3perf-rules", configMap: name, mountPath: rulesFolder }] },
            });
            const mounted = async () =>
                JSON.stringify((await deployment()).spec.template.spec.volumes).match(/rules-\w+/g);
            await must(attachProgram, "attach", withRules("rules-one"));
            assert.match(
                (await configMap("prometheus-server"))?.["prometheus.yml"] ?? "",
                /rule_files:\n +- \/etc\/m3perf/,
            );
            assert.deepEqual(await mounted(), ["rules-one"]);
            await must(attachProgram, "attach", withRules("rules-two"));
            assert.deepEqual(await mounted(), ["rules-two"]);
            assert.deepEqual(await look(), { since: "then" });
            const text = ((await configMap("prometheus-server"))?.["prometheus.yml"] ?? "").replace(
                /rule_files:\n.*\n/,
                "",
            );
            const path = "/api/v1/namespaces/monitoring/configmaps/prometheus-server";
            await api.call("PATCH", path, { data: { "prometheus.yml": text } }, "application/merge-patch+json");
            assert.match((await look()).warning ?? "", /others have changed.*: rule_files;/);
            await must(attachProgram, "attach", input);
            assert.equal(await mounted(), null, "no longer asked for");
            await must(attachProgram, "detach", input);
            assert.deepEqual((await deployment()).spec.template.spec.volumes, before.volumes);
            // Others have edited it: what is theirs stays, in the way in which YAML writes it.
            assert.deepEqual(parse((await configMap("prometheus-server"))?.["prometheus.yml"] ?? ""), parse(original));
            await api.call("PATCH", path, { data: { "prometheus.yml": original } }, "application/merge-patch+json");
        });

        it("is seen to have drifted when others change what it set, and sets it again", async () => {
            assert.deepEqual(await look(), { since: "now" }, "nothing is attached");
            await must(attachProgram, "attach", { ...input, since: "first" });
            assert.deepEqual(await look(), { since: "first" });
            const path = "/api/v1/namespaces/monitoring/configmaps/prometheus-server";
            const text = (await configMap("prometheus-server"))?.["prometheus.yml"] ?? "";
            const data = {
                "prometheus.yml": text.replace("max_shards: 50", "max_shards: 1").replace("none yet", "edited"),
            };
            await api.call("PATCH", path, { data }, "application/merge-patch+json");
            const { since, warning } = await look();
            assert.equal(since, "now");
            assert.match(
                warning ?? "",
                /others have changed what m3perf had set in Prometheus: remote_write; up sets it again/,
            );
            await must(attachProgram, "attach", { ...input, since: "second" });
            assert.deepEqual(await look(), { since: "second" });
            const again = (await configMap("prometheus-server"))?.["prometheus.yml"] ?? "";
            assert.match(again, /max_shards: 50/);
            assert.match(again, /edited/);
            await must(attachProgram, "detach", input);
            await api.call("PATCH", path, { data: { "prometheus.yml": original } }, "application/merge-patch+json");
        });

        it("waits for nothing when the cluster does not answer, and says so", async () => {
            const kubeconfig = readFileSync(api.kubeconfig, "utf8").replace(/https:\/\/\S+/, "https://127.0.0.1:1");
            const { since, warning } = await lookAt(site, kubeconfig, () => "now");
            assert.equal(since, "now");
            assert.match(warning ?? "", /whether others have changed Prometheus is not known/);
        });

        it("refuses a Secret that is not there, or lacks the key, before it changes anything", async () => {
            const before = (await deployment()).metadata.resourceVersion;
            for (const [secretName, tokenKey, message] of [
                ["nobody", "token", /there is no Secret monitoring\/nobody/],
                ["m3", "jwt", /Secret monitoring\/m3 has no key jwt/],
            ] as const) {
                const credentials = { kind: "bearer", secretName, tokenKey };
                const result = await program(attachProgram, "attach", inputWith({ remoteRead: { credentials } }));
                assert.equal(result.code, 1);
                assert.match(result.stderr, message);
            }
            assert.equal((await deployment()).metadata.resourceVersion, before);
            assert.equal(await configMap("prometheus-server-before-m3perf"), undefined);
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
            const workload = { kind: "Deployment", name: "prometheus" } as const;
            const gone = { ...elsewhere, prometheus: { ...elsewhere.prometheus, workload } };
            assert.match(await must(attachProgram, "detach", gone), /is gone: nothing to give back/);
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
