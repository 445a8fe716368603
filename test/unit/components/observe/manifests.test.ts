import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { observedOf } from "../../../../components/observe/facts.ts";
import { observeValues } from "../../../../components/observe/helm.ts";
import { podMonitors, scrapeConfig } from "../../../../components/observe/scraping.ts";
import { labelsFor } from "../../../../components/observe/selected.ts";
import { helmValues, helmValuesText } from "../../../../settings/prometheus/helm-values.ts";
import { type Registered, runWithMocks } from "../../../support/pulumi-mocks.ts";
import { observedWith, settingsWith } from "./environment.ts";

interface Manifest {
    metadata: {
        name: string;
        namespace: string;
        labels: Record<string, string>;
        annotations?: Record<string, string>;
    };
    data: Record<string, string>;
    kind?: string;
    spec: Record<string, unknown>;
}

describe("what Kubernetes gets of dashboards and rules", function () {
    this.timeout(60_000);
    let folder: string;
    let run = 0;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-observe-"));
        const nodes = ["worker-1", "worker-2", "worker-3"].map((name, index) => ({
            ...{ name, roles: ["m3db", "coordinator", "aggregator", "master"], isolationGroup: `rep${index}` },
            ...{ address: `10.90.0.${index + 11}`, cpu: 16, memory: "64Gi" },
        }));
        const site = (prometheus: object) => ({ name: "observe", nodes, storageClass: "local-path", prometheus });
        const server = "prometheus-server";
        const existing = {
            deployment: server,
            configMap: server,
            configKey: "prometheus.yml",
            service: server,
            port: 80,
        };
        const kinds = {
            existing: { namespace: "monitoring", ...existing },
            operator: { kind: "operator", namespace: "monitoring", name: "k8s" },
            helm: { kind: "helm", namespace: "monitoring" },
        };
        for (const [kind, prometheus] of Object.entries(kinds))
            writeFileSync(join(folder, `${kind}.yaml`), stringify(site(prometheus)));
    });
    after(() => rmSync(folder, { recursive: true }));

    /** What the program registers of observe, by its name. */
    async function registered(kind: string, own: Record<string, unknown> = {}): Promise<Map<string, Registered>> {
        const given = Object.entries({ site: join(folder, `${kind}.yaml`), isolation: "colocated", ...own });
        const config = Object.fromEntries(
            given.map(([key, value]) => [`m3perf:${key}`, typeof value === "string" ? value : JSON.stringify(value)]),
        );
        run += 1;
        const program = () => import(`../../../../index.ts?observe=${run}`);
        const state = (name: string, inputs: Record<string, unknown>) => ({
            ...inputs,
            metadata: { name: `${name}-0a1b2c3d`, ...((inputs.metadata ?? {}) as object) },
        });
        const { resources } = await runWithMocks(config, program, state);
        return new Map([...resources].filter(([name]) => /^(observe|prometheus)-/.test(name)));
    }
    const manifest = (resources: Map<string, Registered>, name: string) => {
        const found = resources.get(name);
        assert.ok(found, `${name} is not among ${[...resources.keys()].join(", ")}`);
        return found.inputs as unknown as Manifest;
    };
    const attached = (resources: Map<string, Registered>) =>
        JSON.parse(String(resources.get("prometheus-attach")?.inputs.stdin)) as {
            config: { rule_file?: string };
            pod?: { configMaps?: { configMap: string; mountPath: string }[] };
        };

    it("dashboards are ConfigMaps that Grafana's sidecar finds, in fixed names, each in its folder", async () => {
        const resources = await registered("existing");
        const { metadata, data } = manifest(resources, "observe-overview");
        assert.equal(metadata.name, "m3perf-m3db-overview");
        assert.equal(metadata.namespace, "monitoring");
        assert.equal(metadata.labels.grafana_dashboard, "1");
        assert.deepEqual(metadata.annotations, { grafana_folder: "M3" });
        const [[file, text] = ["", ""]] = Object.entries(data);
        assert.equal(file, "m3perf-m3db-overview.json");
        assert.equal(JSON.parse(text).uid, "m3perf-m3db-overview");
        assert.equal(resources.get("observe-overview")?.deleteBeforeReplace, true);
        const size = [...resources.values()].reduce((sum, { inputs }) => sum + JSON.stringify(inputs).length, 0);
        assert.ok(size < 500_000, `${size}: a ConfigMap takes 1 MiB`);
    });

    it("an existing server gets the rules as a ConfigMap that is mounted and named in rule_files", async () => {
        const resources = await registered("existing");
        const { metadata, data } = manifest(resources, "observe-rules");
        assert.match(metadata.name, /^m3perf-m3db-rules-[0-9a-f]{10}$/);
        const { config, pod } = attached(resources);
        assert.equal(config.rule_file, "/etc/m3perf/rules/*.yml");
        assert.deepEqual(pod?.configMaps, [
            { name: "m3perf-rules", configMap: metadata.name, mountPath: "/etc/m3perf/rules" },
        ]);
        assert.deepEqual(Object.keys(data), ["m3perf-m3db.yml"]);
        const changed = await registered("existing", { observe: { thresholds: { memoryPercent: 50 } } });
        assert.notEqual(
            manifest(changed, "observe-rules").metadata.name,
            metadata.name,
            "another content, another name",
        );
    });

    it("nothing of it where it is switched off, and no rules for an agent", async () => {
        const off = { observe: { dashboards: { enabled: false }, rules: { enabled: false } } };
        for (const own of [off, { ...off, prometheus: { localStorage: "agent" } }]) {
            const resources = await registered("existing", own);
            assert.deepEqual([...resources.keys()], ["prometheus-attach"]);
            const { config, pod } = attached(resources);
            assert.equal(config.rule_file, undefined);
            assert.equal(pod?.configMaps, undefined);
        }
        const agent = await registered("existing", { prometheus: { localStorage: "agent" } });
        assert.ok(!agent.has("observe-rules") && agent.has("observe-overview"));
        assert.equal(attached(agent).config.rule_file, undefined);
    });

    it("an operator gets a PrometheusRule and PodMonitors, with labels that are asked for", async () => {
        const own = { observe: { rules: { resourceLabels: { release: "kps" } } } };
        const resources = await registered("operator", own);
        const rule = manifest(resources, "observe-rules");
        assert.equal(rule.kind, "PrometheusRule");
        assert.equal(rule.metadata.name, "m3perf-m3db");
        assert.equal(rule.metadata.labels.release, "kps");
        const groups = rule.spec.groups as { name: string }[];
        assert.ok(groups.length >= 8);
        const monitor = manifest(resources, "observe-scrape-dbnode");
        assert.equal(monitor.kind, "PodMonitor");
        assert.deepEqual(monitor.spec, {
            namespaceSelector: { matchNames: ["m3db"] },
            selector: { matchLabels: { "operator.m3db.io/app": "m3db", "operator.m3db.io/cluster": "m3-cluster" } },
            podMetricsEndpoints: [{ port: "debug", path: "/metrics" }],
        });
        assert.equal(monitor.metadata.labels.release, "kps");
        const quiet = await registered("operator", { observe: { scrape: false } });
        assert.ok(!quiet.has("observe-scrape-dbnode") && quiet.has("observe-rules"));
    });

    it("of a Helm release nothing is touched but for the dashboards", async () => {
        const resources = await registered("helm");
        assert.ok(resources.has("observe-overview"));
        assert.deepEqual(
            [...resources.keys()].filter((name) => /rules|scrape|attach/.test(name)),
            [],
        );
    });
});

describe("labels that a Prometheus custom resource selects by", () => {
    it("are those of its selector", () => {
        assert.deepEqual(labelsFor("ruleSelector", { matchLabels: { release: "kps" } }), {
            labels: { release: "kps" },
        });
        const expressions = [
            { key: "role", operator: "In", values: ["alerts", "rules"] },
            { key: "team", operator: "Exists" },
            { key: "old", operator: "DoesNotExist" },
        ];
        assert.deepEqual(labelsFor("ruleSelector", { matchExpressions: expressions }), {
            labels: { role: "alerts", team: "m3perf" },
        });
        assert.deepEqual(labelsFor("ruleSelector", {}), { labels: {} }, "an empty one takes everything");
    });

    it("would not do where it takes nothing, or contradicts itself", () => {
        assert.match(labelsFor("ruleSelector", undefined).problem ?? "", /ruleSelector is not set/);
        const twice = { matchLabels: { a: "b" }, matchExpressions: [{ key: "a", operator: "In", values: ["c"] }] };
        assert.match(labelsFor("ruleSelector", twice).problem ?? "", /asks for a twice/);
        const not = { matchLabels: { a: "b" }, matchExpressions: [{ key: "a", operator: "NotIn", values: ["b"] }] };
        assert.match(labelsFor("ruleSelector", not).problem ?? "", /takes nothing with a: b/);
    });
});

describe("Helm values for rules and scraping", () => {
    const values = (chart: "prometheus" | "kube-prometheus-stack", own: Record<string, unknown> = {}) => {
        const settings = settingsWith(own);
        const { observe, prometheus } = settings.scenario;
        return { prometheus, observe: observeValues(chart, observedOf(settings), observe, prometheus) };
    };

    it("are merged with those of remote write, and read back as they are", () => {
        for (const chart of ["prometheus", "kube-prometheus-stack"] as const) {
            const { prometheus, observe } = values(chart);
            const all = helmValues(chart, prometheus, observe);
            assert.deepEqual(parse(helmValuesText(chart, prometheus, observe)), all);
            assert.ok(JSON.stringify(all).includes('"name":"m3perf"'), "remote write is still there");
        }
        const { observe } = values("prometheus");
        assert.deepEqual(Object.keys(observe.serverFiles as object), ["recording_rules.yml", "alerting_rules.yml"]);
        assert.deepEqual(Object.keys(observe.scrapeConfigs as object), ["m3perf-m3db"]);
        const stack = helmValues(
            "kube-prometheus-stack",
            values("kube-prometheus-stack").prometheus,
            values("kube-prometheus-stack").observe,
        );
        const { prometheusSpec, additionalPodMonitors } = stack.prometheus as Record<string, unknown[]>;
        assert.ok(prometheusSpec && additionalPodMonitors?.length === 5);
    });

    it("have no rules for an agent, and none where they are switched off", () => {
        const agent = values("prometheus", { prometheus: { localStorage: "agent" } }).observe;
        assert.deepEqual(Object.keys(agent), ["scrapeConfigs"]);
        const off = { observe: { rules: { enabled: false }, scrape: false } };
        assert.deepEqual(values("kube-prometheus-stack", off).observe, {});
    });

    it("scrape every pod that tells of itself, on the port on which it does", () => {
        const observed = observedWith();
        const [keep] = scrapeConfig(observed).relabel_configs as { regex: string }[];
        const kept = new RegExp(`^(?:${keep?.regex})$`);
        for (const one of [
            "m3-cluster-rep0-0;9004",
            "m3coordinator-5d-x;7203",
            "m3query-5d-x;7203",
            "m3aggregator-0;6002",
            "etcd-2;2379",
        ])
            assert.match(one, kept);
        for (const one of ["m3-cluster-rep0-0;7203", "m3db-operator-0;8080", "m3coordinator-5d-x;7201"])
            assert.doesNotMatch(one, kept);
        const ofEtcd = (own: object) =>
            podMonitors(observedWith(own as Record<string, unknown>)).find(({ component }) => component === "etcd");
        assert.deepEqual(ofEtcd({})?.podMetricsEndpoints, [{ port: "client", path: "/metrics" }]);
        const secured = { tls: { etcd: true } };
        assert.deepEqual(ofEtcd(secured)?.podMetricsEndpoints, [{ port: "metrics", path: "/metrics" }]);
        assert.match(JSON.stringify(scrapeConfig(observedWith(secured))), /etcd-\.\+;2381/);
        assert.equal(podMonitors(observed).length, 5);
        assert.equal(podMonitors(observedWith({ query: { mode: "integrated" } })).length, 4, "no pods of m3query");
    });
});
