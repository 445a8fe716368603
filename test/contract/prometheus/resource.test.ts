/**
 * What goes into a Prometheus custom resource, against the official definition of the prometheus-operator (out of its Go module and out
 * of kube-prometheus-stack): field by field, and by a real API server. No prometheus-operator runs here: the test plays its status.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { lookAt } from "../../../components/prometheus/look.ts";
import type { ResourceAttachment } from "../../../components/prometheus/resource-attachment.ts";
import { resourceConfig } from "../../../settings/prometheus/resource.ts";
import { prometheusSchema } from "../../../settings/schema/prometheus.ts";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";
import { waitFor } from "../../../support/wait.ts";
import { type ApiServer, startApiServer } from "../../support/apiserver.ts";
import { goModule, helmCharts, operatorApi } from "../../support/go-module.ts";
import { misfits, type Schema } from "../../support/openapi.ts";
import { everything } from "./settings.ts";

interface Definition {
    metadata: { annotations: Record<string, string> };
    spec: { versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
}

interface Resource {
    metadata: { generation: number };
    spec: Record<string, unknown> & { remoteWrite?: { name: string }[]; externalLabels?: Record<string, string> };
}

const crd = "charts/kube-prometheus-stack/charts/crds/crds/crd-prometheuses.yaml";

describe("a Prometheus custom resource and its official definition", function () {
    this.timeout(300_000);
    let definition: Definition;
    let goSource: string;

    before(async () => {
        const [charts, api] = await Promise.all([goModule(helmCharts), goModule(operatorApi)]);
        definition = parse(readFileSync(join(charts, crd), "utf8"));
        goSource = ["types.go", "prometheus_types.go", "http_config.go"]
            .map((file) => readFileSync(join(api, "v1", file), "utf8"))
            .join("\n");
    });

    const specSchema = () => {
        const v1 = definition.spec.versions.find(({ name }) => name === "v1");
        return v1?.schema.openAPIV3Schema.properties?.spec ?? {};
    };
    /** The fields of ours as a spec has them. */
    const specOf = (settings: ReturnType<typeof everything>) => {
        const { remoteWrite, remoteRead, ...rest } = resourceConfig(settings);
        return { ...rest, remoteWrite: [remoteWrite], remoteRead: [remoteRead] };
    };

    it("is the release that docs/prometheus.md names", () => {
        assert.equal(definition.metadata.annotations["operator.prometheus.io/version"], "0.93.1");
    });

    for (const kind of ["basic", "bearer"] as const) {
        it(`knows every field of ours with its type, credentials ${kind}`, () => {
            assert.deepEqual(misfits(specOf(everything("minimal", kind)), specSchema(), "spec"), []);
        });
    }

    it("is held against a schema that does refuse", () => {
        const wrong = { remoteWrite: [{ queueConfig: { maxShards: "50", max_shards: 1, minBackoff: "30 ms" } }] };
        assert.deepEqual(
            misfits(wrong, specSchema(), "spec")
                .map((text) => text.split(":")[0])
                .sort(),
            [
                "spec.remoteWrite[0].queueConfig.maxShards",
                "spec.remoteWrite[0].queueConfig.max_shards",
                "spec.remoteWrite[0].queueConfig.minBackoff",
                "spec.remoteWrite[0].url",
            ],
        );
    });

    it("names every field as the operator's Go API of 0.86 does", () => {
        const keys = (value: unknown, inMap: boolean): string[] => {
            if (Array.isArray(value)) return value.flatMap((item) => keys(item, false));
            if (typeof value !== "object" || value === null) return [];
            return Object.entries(value).flatMap(([key, inner]) => [
                ...(inMap ? [] : [key]),
                // Maps whose keys are the user's.
                ...keys(inner, ["externalLabels", "headers", "requiredMatchers"].includes(key)),
            ]);
        };
        const used = new Set([
            ...keys(specOf(everything("minimal", "basic")), false),
            ...keys(specOf(everything("minimal", "bearer")), false),
        ]);
        const core = ["key", "name", "emptyDir"]; // of Kubernetes' own API: SecretKeySelector, EmptyDirVolumeSource
        const unknown = [...used].filter((key) => !core.includes(key) && !goSource.includes(`json:"${key}`));
        assert.deepEqual(unknown, []);
        assert.ok(used.size > 25, String(used.size));
    });

    describe("on a real API server", () => {
        let api: ApiServer;
        const path = "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheuses";
        const own = {
            replicas: 1,
            externalLabels: { cluster: "lab", zone: "z" },
            remoteWrite: [{ name: "archive", url: "http://archive/write" }],
            storage: { volumeClaimTemplate: { spec: { resources: { requests: { storage: "50Gi" } } } } },
        };
        const resource = async () => (await api.call<Resource>("GET", `${path}/k8s`)).body;
        const patch = (spec: object) => api.call("PATCH", `${path}/k8s`, { spec }, "application/merge-patch+json");
        const kept = () => api.call("GET", "/api/v1/namespaces/monitoring/configmaps/prometheus-k8s-before-m3perf");
        const input = (settings: object, since = "then"): ResourceAttachment => ({
            prometheus: { namespace: "monitoring", name: "k8s" },
            config: resourceConfig(prometheusSchema.parse(settings)),
            rolloutLimit: 30,
            since,
        });
        const program = (action: string, attachment: ResourceAttachment) =>
            exec(process.execPath, ["components/prometheus/attach-resource.ts", action], {
                cwd: projectRoot,
                env: { PATH: process.env.PATH, M3PERF_KUBECONFIG: readFileSync(api.kubeconfig, "utf8") },
                input: JSON.stringify(attachment),
                timeout: 100,
            });
        const must = async (action: string, attachment: ResourceAttachment) => {
            const result = await program(action, attachment);
            assert.equal(result.code, 0, result.stdout + result.stderr);
            return result.stdout;
        };
        const look = () => {
            const site = { kind: "operator" as const, namespace: "monitoring", name: "k8s", service: "p", port: 9090 };
            return lookAt(site, readFileSync(api.kubeconfig, "utf8"), () => "now");
        };
        /** In the operator's place: tells that every generation runs. */
        let playing = true;
        const play = async () => {
            while (playing) {
                const { body, status } = await api.call<Resource>("GET", `${path}/k8s`);
                if (status === 200) {
                    const conditions = ["Reconciled", "Available"].map((type) => ({
                        type,
                        status: "True",
                        observedGeneration: body.metadata.generation,
                        lastTransitionTime: "2026-01-01T00:00:00Z",
                    }));
                    const counts = {
                        replicas: 1,
                        updatedReplicas: 1,
                        availableReplicas: 1,
                        unavailableReplicas: 0,
                        paused: false,
                    };
                    const told = { status: { ...counts, conditions } };
                    await api.call("PATCH", `${path}/k8s/status`, told, "application/merge-patch+json");
                }
                await new Promise((done) => setTimeout(done, 500));
            }
        };
        let played: Promise<void>;

        before(async () => {
            api = await startApiServer();
            await api.call("POST", "/api/v1/namespaces", { metadata: { name: "monitoring" } });
            const made = await api.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
            assert.equal(made.status, 201, JSON.stringify(made.body).slice(0, 500));
            const body = {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "Prometheus",
                metadata: { name: "k8s" },
                spec: own,
            };
            await waitFor({ what: "the kind to be served", timeout: 60 }, async () => {
                const { status } = await api.call("POST", path, body);
                return status === 201;
            });
            played = play();
        });
        after(async () => {
            playing = false;
            await played;
            await api.stop();
        });

        for (const kind of ["basic", "bearer"] as const) {
            it(`is taken with strict validation of fields, credentials ${kind}`, async () => {
                const body = {
                    apiVersion: "monitoring.coreos.com/v1",
                    kind: "Prometheus",
                    metadata: { name: "strict" },
                    spec: specOf(everything("minimal", kind)),
                };
                const query = "?fieldValidation=Strict&dryRun=All";
                const taken = await api.call("POST", `${path}${query}`, body);
                assert.equal(taken.status, 201, JSON.stringify(taken.body));
                const refused = await api.call("POST", `${path}${query}`, {
                    ...body,
                    spec: { ...body.spec, remote_write: [] },
                });
                assert.equal(refused.status, 400);
            });
        }

        const settings = { externalLabels: { cluster: "a", tier: "1" }, localStorage: "minimal" };

        it("gets ours beside others', twice the same, and goes back to what it was", async () => {
            const before = (await resource()).spec;
            assert.match(await must("attach", input(settings)), /k8s writes to http:\/\/m3coordinator/);
            const { spec, metadata } = await resource();
            assert.deepEqual(
                spec.remoteWrite?.map(({ name }) => name),
                ["archive", "m3perf"],
            );
            assert.deepEqual(spec.externalLabels, { cluster: "a", zone: "z", tier: "1" });
            assert.deepEqual(spec.storage, { emptyDir: {} });
            assert.deepEqual(await look(), { since: "then" }, "what the API server has made of it is no drift");
            await must("attach", input(settings));
            assert.equal((await resource()).metadata.generation, metadata.generation, "attaching again changed it");
            await must("detach", input(settings));
            assert.deepEqual((await resource()).spec, before);
            assert.equal((await kept()).status, 404);
        });

        it("keeps others' edits, and shows those of ours until they are set again", async () => {
            const { spec: first } = await resource();
            await must("attach", input(settings));
            const { remoteWrite = [] } = (await resource()).spec;
            await patch({ replicas: 2, remoteWrite: [...remoteWrite, { name: "second", url: "http://second/write" }] });
            assert.deepEqual(await look(), { since: "then" });
            await patch({ externalLabels: { cluster: "theirs" } });
            const { since, warning } = await look();
            assert.equal(since, "now");
            assert.match(warning ?? "", /externalLabels; up sets it again/);
            await must("attach", input(settings, "later"));
            assert.deepEqual(await look(), { since: "later" });
            assert.equal((await resource()).spec.externalLabels?.cluster, "a");
            await must("detach", input(settings));
            const { spec } = await resource();
            assert.deepEqual(spec, {
                ...first,
                replicas: 2,
                // The last that others had set before ours was set again.
                externalLabels: { cluster: "theirs", zone: "z" },
                remoteWrite: [...own.remoteWrite, { name: "second", url: "http://second/write" }],
            });
        });

        it("names what it does not find, and has nothing to give back then", async () => {
            const elsewhere = { ...input({}), prometheus: { namespace: "monitoring", name: "nobody" } };
            const result = await program("attach", elsewhere);
            assert.equal(result.code, 1);
            assert.match(
                result.stderr,
                /no Prometheus custom resource monitoring\/nobody[\s\S]*kubectl get prometheuses/,
            );
            assert.match(await must("detach", elsewhere), /is gone: nothing to give back/);
        });

        it("goes back to what it was when no operator works on it", async () => {
            playing = false;
            await played;
            const before = (await resource()).spec;
            const result = await program("attach", { ...input(settings), rolloutLimit: 3 });
            assert.equal(result.code, 1);
            assert.match(result.stderr, /restored[\s\S]*Reconciled does not tell of this change yet/);
            assert.deepEqual((await resource()).spec, before);
            assert.equal((await kept()).status, 404);
        });
    });
});
