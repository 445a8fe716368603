import assert from "node:assert/strict";
import { parse } from "yaml";
import { describePrometheus } from "../../../components/prometheus/describe.ts";
import { remoteConfig, secretMounts } from "../../../settings/prometheus/entries.ts";
import { helmValues, helmValuesText } from "../../../settings/prometheus/helm-values.ts";
import { resourceConfig } from "../../../settings/prometheus/resource.ts";
import { remoteStorage } from "../../../settings/rules/remote-storage.ts";
import { scenarioSchema } from "../../../settings/scenario.ts";
import { prometheusSchema } from "../../../settings/schema/prometheus.ts";
import type { SitePrometheus } from "../../../settings/site.ts";
import { sitePrometheus } from "../../../settings/site-prometheus.ts";
import { smallSite } from "./sites.ts";

const write = "http://m3coordinator.m3db:7201/api/v1/prom/remote/write";
const read = "http://m3query.m3db:7201/api/v1/prom/remote/read";

/** Every setting, away from its default. */
const all = prometheusSchema.parse({
    remoteWrite: {
        queue: {
            capacity: 20_000,
            maxShards: 10,
            minShards: 3,
            maxSamplesPerSend: 5000,
            batchSendDeadline: "1m",
            minBackoff: "50ms",
            maxBackoff: "10s",
            sampleAgeLimit: "2h",
        },
        headers: { "M3-Map-Tags-JSON": "{}" },
        writeRelabelConfigs: [{ sourceLabels: ["__name__"], regex: "go_.*", action: "drop" }],
        credentials: { kind: "basic", secretName: "m3-writer" },
    },
    remoteRead: {
        readRecent: false,
        requiredMatchers: { cluster: "a" },
        credentials: { kind: "bearer", secretName: "m3-reader", tokenKey: "jwt" },
    },
    externalLabels: { cluster: "a" },
});

describe("Prometheus' settings", () => {
    it("are those of Prometheus 3 by default but for the deadline, written out", () => {
        assert.deepEqual(remoteConfig(prometheusSchema.parse({})), {
            external_labels: {},
            remote_write: {
                name: "m3perf",
                url: write,
                queue_config: {
                    capacity: 10_000,
                    max_shards: 50,
                    min_shards: 1,
                    max_samples_per_send: 2000,
                    batch_send_deadline: "1s",
                    min_backoff: "30ms",
                    max_backoff: "5s",
                },
            },
            remote_read: { name: "m3perf", url: read, read_recent: true },
        });
    });

    it("all reach prometheus.yml, the credentials as files of mounted Secrets", () => {
        assert.deepEqual(remoteConfig(all), {
            external_labels: { cluster: "a" },
            remote_write: {
                name: "m3perf",
                url: write,
                headers: { "M3-Map-Tags-JSON": "{}" },
                write_relabel_configs: [{ source_labels: ["__name__"], regex: "go_.*", action: "drop" }],
                basic_auth: {
                    username_file: "/etc/m3perf/remote-write/username",
                    password_file: "/etc/m3perf/remote-write/password",
                },
                queue_config: {
                    capacity: 20_000,
                    max_shards: 10,
                    min_shards: 3,
                    max_samples_per_send: 5000,
                    batch_send_deadline: "1m",
                    min_backoff: "50ms",
                    max_backoff: "10s",
                    sample_age_limit: "2h",
                },
            },
            remote_read: {
                name: "m3perf",
                url: read,
                read_recent: false,
                required_matchers: { cluster: "a" },
                authorization: { type: "Bearer", credentials_file: "/etc/m3perf/remote-read/jwt" },
            },
        });
        assert.deepEqual(secretMounts(all), [
            {
                name: "m3perf-remote-write-credentials",
                secretName: "m3-writer",
                mountPath: "/etc/m3perf/remote-write",
            },
            { name: "m3perf-remote-read-credentials", secretName: "m3-reader", mountPath: "/etc/m3perf/remote-read" },
        ]);
    });

    it("all reach a custom resource, the credentials as references to Secrets", () => {
        const of = (name: string, key: string) => ({ name, key });
        assert.deepEqual(resourceConfig({ ...all, localStorage: "minimal" }), {
            externalLabels: { cluster: "a" },
            remoteWrite: {
                name: "m3perf",
                url: write,
                headers: { "M3-Map-Tags-JSON": "{}" },
                writeRelabelConfigs: [{ sourceLabels: ["__name__"], regex: "go_.*", action: "drop" }],
                basicAuth: { username: of("m3-writer", "username"), password: of("m3-writer", "password") },
                queueConfig: all.remoteWrite.queue,
            },
            remoteRead: {
                name: "m3perf",
                url: read,
                readRecent: false,
                requiredMatchers: { cluster: "a" },
                authorization: { type: "Bearer", credentials: of("m3-reader", "jwt") },
            },
            storage: { emptyDir: {} },
        });
        assert.equal(resourceConfig(all).storage, undefined);
    });

    it("tell later tools where Prometheus is, for each kind", () => {
        const at = { namespace: "monitoring", service: "p", port: 9090 };
        const inspect = (site: SitePrometheus) => describePrometheus(site, all).inspect?.join("; ");
        assert.match(
            inspect({ ...at, deployment: "d", configMap: "c", configKey: "k" }) ?? "",
            /configmap c -o yaml; .*logs deployment\/d$/,
        );
        assert.match(
            inspect({ ...at, statefulSet: "s", configMap: "c", configKey: "k" }) ?? "",
            /logs statefulset\/s$/,
        );
        assert.match(
            inspect({ ...at, kind: "operator", name: "k8s" }) ?? "",
            /prometheuses\.monitoring\.coreos\.com k8s/,
        );
        assert.match(inspect({ ...at, kind: "helm", chart: "prometheus" }) ?? "", /helm-values/);
        const described = describePrometheus({ ...at, kind: "operator", name: "k8s" }, all);
        assert.equal(described.kind, "operator");
        assert.equal(described.agent, false);
        assert.deepEqual(described.externalLabels, { cluster: "a" });
        assert.equal(described.queue?.max_shards, 10);
        const plain = { ...all, remoteWrite: { ...all.remoteWrite, writeRelabelConfigs: [] } };
        const keeping = {
            ...all,
            remoteWrite: { ...all.remoteWrite, writeRelabelConfigs: [{ action: "drop" as const }] },
        };
        assert.deepEqual(
            [plain, keeping].map((one) => describePrometheus({ ...at, kind: "operator", name: "k8s" }, one).relabels),
            [undefined, true],
        );
    });
});

describe("Helm values", () => {
    it("of the chart prometheus hold what prometheus.yml does, and mount the Secrets", () => {
        const { server } = helmValues("prometheus", all) as { server: Record<string, unknown> };
        const { external_labels, remote_write, remote_read } = remoteConfig(all);
        assert.deepEqual(server.global, { external_labels });
        assert.deepEqual(server.remoteWrite, [remote_write]);
        assert.deepEqual(server.remoteRead, [remote_read]);
        assert.equal((server.extraSecretMounts as object[]).length, 2);
        assert.equal(server.persistentVolume, undefined);
        assert.equal(server.defaultFlagsOverride, undefined);
    });

    it("of kube-prometheus-stack hold what a custom resource does", () => {
        const values = helmValues("kube-prometheus-stack", { ...all, localStorage: "minimal" });
        const { externalLabels, remoteWrite, remoteRead } = resourceConfig(all);
        assert.deepEqual(values, {
            prometheus: {
                prometheusSpec: {
                    externalLabels,
                    remoteWrite: [remoteWrite],
                    remoteRead: [remoteRead],
                    storageSpec: { emptyDir: {} },
                },
            },
        });
        const agent = helmValues("kube-prometheus-stack", { ...all, localStorage: "agent" }) as {
            prometheus: { agentMode: boolean; prometheusSpec: object };
        };
        assert.equal(agent.prometheus.agentMode, true);
        assert.ok(!("remoteRead" in agent.prometheus.prometheusSpec));
    });

    it("take tsdb flags and claim away, or make an agent of it", () => {
        const minimal = helmValues("prometheus", { ...all, localStorage: "minimal" }).server as Record<string, unknown>;
        assert.deepEqual(minimal.persistentVolume, { enabled: false });
        const flags = minimal.defaultFlagsOverride as string[];
        assert.ok(flags.includes("--config.file=/etc/config/prometheus.yml"));
        assert.ok(!flags.some((flag) => flag.startsWith("--storage.tsdb")));
        const agent = helmValues("prometheus", { ...all, localStorage: "agent" });
        const server = agent.server as Record<string, unknown>;
        assert.ok((server.defaultFlagsOverride as string[]).includes("--agent"));
        assert.equal(server.remoteRead, undefined);
        assert.deepEqual(agent.serverFiles, { "prometheus.yml": { rule_files: [] } });
        assert.deepEqual(agent.alertmanager, { enabled: false });
    });

    it("are printed with what a person has to know", () => {
        const text = helmValuesText("prometheus", { ...all, localStorage: "minimal" });
        assert.deepEqual(parse(text), helmValues("prometheus", { ...all, localStorage: "minimal" }));
        assert.match(
            text,
            /^# M3 as the long-term store[\s\S]*Secret m3-writer, Secret m3-reader[\s\S]*still stores samples/,
        );
        assert.match(
            helmValuesText("kube-prometheus-stack", { ...all, localStorage: "agent" }),
            /no queries, no rules/,
        );
    });
});

describe("wrong settings of Prometheus", () => {
    const refused: [string, object, RegExp][] = [
        ["a queue of none", { remoteWrite: { queue: { maxShards: 0 } } }, /at least 1/],
        ["too many shards", { remoteWrite: { queue: { maxShards: 5000 } } }, /at most 1000/],
        ["a pause of nothing", { remoteWrite: { queue: { maxBackoff: "0s" } } }, /above 0/],
        ["a duration without a unit", { remoteWrite: { queue: { minBackoff: "30" } } }, /like "30ms"/],
        ["an empty duration", { remoteWrite: { queue: { maxBackoff: "" } } }, /like "30ms"/],
        ["an unknown queue setting", { remoteWrite: { queue: { max_shards: 5 } } }, /max_shards/],
        [
            "Authorization as a header",
            { remoteWrite: { headers: { Authorization: "Bearer x" } } },
            /not one of its own/,
        ],
        ["a header that Prometheus sets", { remoteWrite: { headers: { "User-Agent": "x" } } }, /not one of its own/],
        ["a secret as a header", { remoteWrite: { headers: { "X-Api-Key": "x" } } }, /no secret/],
        ["a header with a space", { remoteWrite: { headers: { "X Y": "x" } } }, /name of an HTTP header/],
        ["a credential of no kind", { remoteWrite: { credentials: { secretName: "x" } } }, /basic or bearer/],
        ["a password in settings", { remoteRead: { credentials: { kind: "basic", password: "x" } } }, /password/],
        [
            "a Secret with a bad name",
            { remoteRead: { credentials: { kind: "bearer", secretName: "A_b" } } },
            /name of a Secret/,
        ],
        ["a label with a dash", { externalLabels: { "my-cluster": "a" } }, /label name/],
        ["a label of Prometheus' own", { externalLabels: { __replica__: "a" } }, /not __ at its start/],
        ["a label without a value", { externalLabels: { cluster: "" } }, /without one is none/],
        ["a mode that there is not", { localStorage: "none" }, /keep, minimal or agent/],
        [
            "a relabelling that there is not",
            { remoteWrite: { writeRelabelConfigs: [{ action: "keepp" }] } },
            /one of replace, keep/,
        ],
    ];
    for (const [title, settings, message] of refused) {
        it(`refuses ${title}`, () => {
            const { error } = prometheusSchema.safeParse(settings);
            assert.match(JSON.stringify(error?.issues ?? []).replaceAll('\\"', '"'), message);
        });
    }

    const site = (prometheus: Partial<SitePrometheus> = {}) => {
        const made = smallSite();
        return { ...made, prometheus: { ...made.prometheus, ...prometheus } as SitePrometheus };
    };
    const rules: [string, object, RegExp, Partial<SitePrometheus>?][] = [
        [
            "more shards at least than at most",
            { remoteWrite: { queue: { minShards: 9, maxShards: 8 } } },
            /at most maxShards, 8/,
        ],
        ["requests larger than the buffer", { remoteWrite: { queue: { capacity: 100 } } }, /at most capacity, 100/],
        [
            "a backoff that starts above its end",
            { remoteWrite: { queue: { minBackoff: "1m" } } },
            /at most maxBackoff, 5s/,
        ],
        [
            "a password in the URL",
            { remoteWrite: { url: write.replace("//", "//me:hunter2@") } },
            /use credentials, from a Secret/,
        ],
        [
            "a replacement without a target",
            { remoteWrite: { writeRelabelConfigs: [{}] } },
            /targetLabel .*action replace/,
        ],
        [
            "a hash without a modulus",
            { remoteWrite: { writeRelabelConfigs: [{ action: "hashmod", targetLabel: "a" }] } },
            /modulus/,
        ],
        ["a drop of nothing", { remoteWrite: { writeRelabelConfigs: [{ action: "drop" }] } }, /sourceLabels/],
        [
            "an agent that is to read",
            { localStorage: "agent", remoteRead: { readRecent: false } },
            /answers no queries/,
        ],
        [
            "an agent of a custom resource",
            { localStorage: "agent" },
            /PrometheusAgent/,
            { kind: "operator", name: "k8s" },
        ],
    ];
    for (const [title, prometheus, message, where] of rules) {
        it(`refuses ${title}`, () => {
            const problems = remoteStorage(site(where), scenarioSchema.parse({ prometheus }));
            assert.equal(problems.length, 1, JSON.stringify(problems));
            const [{ path, value, reason } = { path: "", value: "", reason: "" }] = problems;
            assert.match(`${path} ${reason}`, message);
            assert.ok(!JSON.stringify({ value, reason }).includes("hunter2"));
        });
    }

    it("takes every setting, and agent mode as it is", () => {
        assert.deepEqual(remoteStorage(site(), scenarioSchema.parse({ prometheus: all })), []);
        assert.deepEqual(remoteStorage(site(), scenarioSchema.parse({ prometheus: { localStorage: "agent" } })), []);
    });
});

describe("a site's Prometheus", () => {
    const existing = { namespace: "m", deployment: "p", configMap: "p", configKey: "k", service: "p", port: 80 };
    const { deployment, ...rest } = existing;

    it("is an existing server unless told, a custom resource or a Helm release", () => {
        assert.deepEqual(sitePrometheus.parse(existing), existing);
        assert.deepEqual(sitePrometheus.parse({ ...existing, kind: "existing" }), { ...existing, kind: "existing" });
        assert.deepEqual(sitePrometheus.parse({ kind: "operator", namespace: "m", name: "k8s" }), {
            kind: "operator",
            namespace: "m",
            name: "k8s",
            service: "prometheus-operated",
            port: 9090,
        });
        assert.deepEqual(sitePrometheus.parse({ kind: "helm", namespace: "m" }), {
            kind: "helm",
            namespace: "m",
            chart: "prometheus",
            service: "prometheus-server",
            port: 80,
        });
    });

    it("of a Helm release answers where its chart has it, unless the site says where", () => {
        const stack = { kind: "helm", namespace: "m", chart: "kube-prometheus-stack" };
        assert.deepEqual(sitePrometheus.parse(stack), { ...stack, service: "prometheus-operated", port: 9090 });
        const own = { ...stack, service: "kps-prometheus", port: 9091 };
        assert.deepEqual(sitePrometheus.parse(own), own);
        const { port, service, ...other } = { ...own, chart: "prometheus" };
        assert.deepEqual(sitePrometheus.parse({ ...other, service }), { ...other, service, port: 80 });
        assert.deepEqual(sitePrometheus.parse({ ...other, port }), { ...other, service: "prometheus-server", port });
    });

    for (const [title, wrong, message] of [
        ["neither Deployment nor StatefulSet", rest, /one of the two runs Prometheus/],
        ["both", { ...existing, statefulSet: "p" }, /one of the two runs Prometheus/],
        ["an unknown kind", { ...existing, kind: "docker" }, /existing .*operator .*helm/],
        ["an unknown chart", { kind: "helm", namespace: "m", chart: "thanos" }, /prometheus or kube-prometheus-stack/],
        ["a port of none", { ...existing, port: 0 }, /a port/],
        ["a custom resource without a name", { kind: "operator", namespace: "m" }, /name/],
        [
            "a Deployment of a custom resource",
            { kind: "operator", namespace: "m", name: "x", deployment },
            /deployment/,
        ],
    ] as [string, object, RegExp][]) {
        it(`is not ${title}`, () => {
            const { error } = sitePrometheus.safeParse(wrong);
            assert.match(JSON.stringify(error?.issues ?? []), message);
        });
    }
});
