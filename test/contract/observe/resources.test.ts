/**
 * PrometheusRule and PodMonitor against the prometheus-operator's official definitions, and the Helm values against the charts' own. No
 * operator and no helm run here.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Observed, observedOf } from "../../../components/observe/facts.ts";
import { observeValues } from "../../../components/observe/helm.ts";
import { selectionOf } from "../../../components/observe/live-selectors.ts";
import { prometheusRule } from "../../../components/observe/manifests.ts";
import { podMonitorResource, podMonitors } from "../../../components/observe/scraping.ts";
import { loadSettings, type Settings } from "../../../settings/index.ts";
import { waitFor } from "../../../support/wait.ts";
import { type ApiServer, startApiServer } from "../../support/apiserver.ts";
import { goModule, helmCharts } from "../../support/go-module.ts";
import { misfits, type Schema } from "../../support/openapi.ts";

interface Definition {
    spec: { versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
}

describe("rules and monitors for the prometheus-operator and the charts", function () {
    this.timeout(300_000);
    let charts: string;
    let settings: Settings;
    let observed: Observed;

    before(async () => {
        charts = await goModule(helmCharts);
        settings = loadSettings({ config: { "m3perf:site": "sites/reference.yaml" }, stackFile: "Pulumi.test.yaml" });
        observed = observedOf(settings);
    });

    const chart = (file: string) => readFileSync(join(charts, "charts", file), "utf8");
    const crdFile = (plural: string) =>
        join(charts, `charts/kube-prometheus-stack/charts/crds/crds/crd-${plural}.yaml`);
    const specSchema = (plural: string) => {
        const { spec } = parse(readFileSync(crdFile(plural), "utf8")) as Definition;
        return spec.versions.find(({ name }) => name === "v1")?.schema.openAPIV3Schema.properties?.spec ?? {};
    };

    it("have fields that the definitions know, with their types", () => {
        const rule = prometheusRule(observed, "monitoring").spec;
        assert.deepEqual(misfits(rule, specSchema("prometheusrules"), "spec"), []);
        for (const monitor of podMonitors(observed)) {
            const { spec } = podMonitorResource(monitor, "monitoring");
            assert.deepEqual(misfits(spec, specSchema("podmonitors"), "spec"), [], monitor.name);
        }
        assert.notDeepEqual(misfits({ groups: [{ rules: [] }] }, specSchema("prometheusrules"), "spec"), []);
    });

    it("are where the charts look for them", () => {
        const { observe, prometheus } = settings.scenario;
        const values = (name: "prometheus" | "kube-prometheus-stack") =>
            observeValues(name, observed, observe, prometheus);
        const server = parse(chart("prometheus/values.yaml")) as Record<string, Record<string, unknown>>;
        for (const file of Object.keys(values("prometheus").serverFiles as object)) {
            assert.ok(file in (server.serverFiles ?? {}), file);
            const read = (server.serverFiles as { "prometheus.yml": { rule_files: string[] } })["prometheus.yml"]
                .rule_files;
            assert.ok(read.includes(`/etc/config/${file}`), "prometheus.yml reads it");
        }
        // A map of jobs by name: ours stands beside the chart's own.
        assert.ok(server.scrapeConfigs && "kubernetes-pods" in server.scrapeConfigs);
        assert.match(
            chart("prometheus/templates/cm.yaml"),
            /range \$scrapeKey, \$scrapeValue := \$root\.Values\.scrapeConfigs/,
        );
        // Given as they are: a template of ours ({{ $labels.pod }}) is not taken for one of Helm.
        assert.doesNotMatch(chart("prometheus/templates/cm.yaml"), /tpl[^}]*serverFiles/);

        const stack = parse(chart("kube-prometheus-stack/values.yaml")) as Record<string, Record<string, unknown>>;
        for (const [key, value] of Object.entries(values("kube-prometheus-stack"))) {
            assert.ok(key in stack, key);
            if (key === "prometheus")
                for (const below of Object.keys(value as object)) assert.ok(below in (stack.prometheus ?? {}), below);
        }
        const rules = chart("kube-prometheus-stack/templates/prometheus/additionalPrometheusRules.yaml");
        assert.match(rules, /toYaml \$prometheusRule\.groups/);
        assert.doesNotMatch(rules, /tpl/);
        const monitors = chart("kube-prometheus-stack/templates/prometheus/podmonitors.yaml");
        for (const key of ["name", "namespaceSelector", "selector", "podMetricsEndpoints"])
            assert.ok(monitors.includes(`.${key}`), key);
    });

    describe("on a real API server", () => {
        let api: ApiServer;
        const at = (plural: string, name = "") =>
            `/apis/monitoring.coreos.com/v1/namespaces/monitoring/${plural}${name}`;
        const prometheus = {
            kind: "operator" as const,
            namespace: "monitoring",
            name: "k8s",
            service: "s",
            port: 9090,
        };

        before(async () => {
            api = await startApiServer();
            await api.call("POST", "/api/v1/namespaces", { metadata: { name: "monitoring" } });
            const plurals = ["prometheuses", "prometheusrules", "podmonitors"];
            for (const plural of plurals) {
                const definition = parse(readFileSync(crdFile(plural), "utf8")) as object;
                const made = await api.call(
                    "POST",
                    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                    definition,
                );
                assert.equal(made.status, 201, JSON.stringify(made.body).slice(0, 500));
            }
            for (const plural of plurals)
                await waitFor(
                    { what: plural, timeout: 60 },
                    async () => (await api.call("GET", at(plural))).status === 200,
                );
        });
        after(() => api.stop());

        it("are taken with strict validation", async () => {
            const strict = "?fieldValidation=Strict";
            const rule = await api.call("POST", at("prometheusrules") + strict, prometheusRule(observed, "monitoring"));
            assert.equal(rule.status, 201, JSON.stringify(rule.body).slice(0, 2000));
            for (const monitor of podMonitors(observed)) {
                const made = await api.call(
                    "POST",
                    at("podmonitors") + strict,
                    podMonitorResource(monitor, "monitoring"),
                );
                assert.equal(made.status, 201, JSON.stringify(made.body).slice(0, 2000));
            }
        });

        it("get the labels that the Prometheus resource selects by, and it is said where none would do", async () => {
            const unknown = await selectionOf(prometheus, readFileSync(api.kubeconfig, "utf8"));
            assert.match(unknown.warnings.join(), /there is no such resource.*resourceLabels/);
            const spec = {
                ruleSelector: {
                    matchLabels: { release: "kps" },
                    matchExpressions: [{ key: "role", operator: "Exists" }],
                },
            };
            const body = {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "Prometheus",
                metadata: { name: "k8s" },
                spec,
            };
            assert.equal((await api.call("POST", at("prometheuses"), body)).status, 201);
            const found = await selectionOf(prometheus, readFileSync(api.kubeconfig, "utf8"));
            assert.deepEqual(found.rules, { release: "kps", role: "m3perf" });
            assert.deepEqual(found.podMonitors, {});
            assert.match(found.warnings.join(), /podMonitorSelector is not set/);
        });
    });
});
