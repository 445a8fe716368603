import assert from "node:assert/strict";
import { parse } from "yaml";
import { attachTo } from "../../../components/prometheus/attaching.ts";
import {
    type Attachment,
    digest,
    driftOf,
    type Kept,
    planOf,
    type Server,
} from "../../../components/prometheus/attachment.ts";
import { hasRemotes, notForAgents, withoutRemotes, withRemotes } from "../../../components/prometheus/remote-config.ts";
import { notRolled } from "../../../components/prometheus/workload.ts";
import { remoteConfig, rulesPattern } from "../../../settings/prometheus/entries.ts";
import { prometheusSchema } from "../../../settings/schema/prometheus.ts";

const configWith = (settings: object = {}) => remoteConfig(prometheusSchema.parse(settings));
const endpoints = configWith();
const labelled = configWith({ externalLabels: { cluster: "a", tier: "1" } });
const elsewhere = "http://elsewhere/api/v1/prom/remote/write";
const moved = configWith({ remoteWrite: { url: elsewhere } });

const original = `# The site's own Prometheus
global:
  scrape_interval: 10s   # often

scrape_configs:
# itself
- job_name: prometheus
  static_configs: [{targets: ["localhost:9090"]}]
rule_files:
    - '/etc/rules/*.yml'
`;

const withOthers = `remote_write:
  # the archive
  - url: http://archive/write
    name: archive
scrape_configs: []
`;

describe("prometheus.yml", () => {
    it("gets remote write and read, named, at the end; comments, order and values stay", () => {
        const text = withRemotes(original, endpoints);
        const parsed = parse(text);
        assert.deepEqual(parsed.remote_write, [endpoints.remote_write]);
        assert.deepEqual(parsed.remote_read, [endpoints.remote_read]);
        for (const comment of ["# The site's own Prometheus", "# often", "# itself"])
            assert.ok(text.includes(comment), comment);
        assert.deepEqual(Object.keys(parsed), [
            "global",
            "scrape_configs",
            "rule_files",
            "remote_write",
            "remote_read",
        ]);
        const { remote_write, remote_read, ...rest } = parsed;
        assert.deepEqual(rest, parse(original));
        assert.ok(remote_write && remote_read);
    });

    it("is the same after merging twice, and follows a changed URL", () => {
        const once = withRemotes(original, endpoints);
        assert.equal(withRemotes(once, endpoints), once);
        assert.deepEqual(parse(withRemotes(once, moved)).remote_write, [{ ...endpoints.remote_write, url: elsewhere }]);
    });

    it("keeps the entries of others, and takes out only ours", () => {
        const text = withRemotes(withOthers, endpoints);
        assert.deepEqual(
            parse(text).remote_write.map(({ name }: { name: string }) => name),
            ["archive", "m3perf"],
        );
        assert.ok(hasRemotes(text));
        assert.deepEqual(parse(withoutRemotes(text)), parse(withOthers));
        assert.ok(withoutRemotes(text).includes("# the archive"));
    });

    it("is left as it is, byte for byte, where nothing is ours", () => {
        assert.equal(withoutRemotes(original), original);
        assert.equal(withoutRemotes(original, labelled, original), original);
        assert.ok(!hasRemotes(original));
    });

    it("works on an empty file, and names what is not YAML", () => {
        assert.ok(hasRemotes(withRemotes("", endpoints)));
        assert.throws(() => withRemotes("a: [", endpoints), /prometheus\.yml is not valid YAML/);
        assert.throws(() => withRemotes("- a", endpoints), /not a mapping/);
    });

    for (const [title, text] of [
        ["flow lists without padding", "a:\n  - job: x\n    targets: [one, two]\n"],
        ["flow lists with padding", "a:\n  - job: x\n    targets: [ one, two ]\n"],
        ["lists that are not indented", "a:\n# note\n- job: x\n  targets:\n  - one\n"],
        ["lists that are indented", "a:\n  # note\n  - job: x\n    targets:\n      - one\n"],
        ["long lines", `a: ${"word ".repeat(60).trim()}\n`],
    ] as const) {
        it(`keeps its owner's way of writing: ${title}`, () => {
            const merged = withRemotes(text, endpoints);
            assert.ok(merged.startsWith(text), merged);
            assert.equal(withoutRemotes(merged, endpoints, text), text);
        });
    }

    it("names our rules beside the rule files of others, and gives those back", () => {
        const ruled = { ...endpoints, rule_file: rulesPattern };
        const text = withRemotes(original, ruled);
        assert.deepEqual(parse(text).rule_files, ["/etc/rules/*.yml", "/etc/m3perf/rules/*.yml"]);
        assert.equal(withRemotes(text, ruled), text);
        assert.deepEqual(parse(withRemotes(text, endpoints)).rule_files, ["/etc/rules/*.yml"], "no longer asked for");
        assert.deepEqual(parse(withoutRemotes(text, ruled, original)), parse(original));
        const alone = withRemotes("scrape_configs: []\n", ruled);
        assert.deepEqual(parse(alone).rule_files, ["/etc/m3perf/rules/*.yml"]);
        assert.equal(withoutRemotes(alone, ruled), "scrape_configs: []\n");
        const left = withRemotes("rule_files: [/etc/m3perf/rules/*.yml]\n", endpoints);
        assert.equal(parse(left).rule_files, undefined);
        assert.ok(hasRemotes("rule_files: [/etc/m3perf/rules/*.yml]\n"));
    });

    it("has no remote read of ours for an agent", () => {
        const agent = parse(withRemotes(withRemotes(original, endpoints), configWith({ localStorage: "agent" })));
        assert.equal(agent.remote_read, undefined);
        assert.equal(agent.remote_write.length, 1);
    });

    it("says what an agent would refuse: rules, alerts, remote reads of others", () => {
        assert.deepEqual(notForAgents(original), ["rule_files (1)"]);
        assert.deepEqual(notForAgents("rule_files: []\nalerting: {alertmanagers: []}\n"), []);
        const all =
            "rule_files: [a, b]\nalerting: {alertmanagers: [{static_configs: []}]}\nremote_read: [{url: 'http://x'}]\n";
        assert.deepEqual(notForAgents(all), ["rule_files (2)", "alerting", "remote_read of others (1)"]);
    });
});

describe("external labels in prometheus.yml", () => {
    const owned = "global:\n  external_labels:\n    cluster: lab # whose it is\n    zone: z\n";

    it("are merged into those that are there, with their comments, and go back to what they were", () => {
        const text = withRemotes(owned, labelled);
        assert.deepEqual(parse(text).global.external_labels, { cluster: "a", zone: "z", tier: "1" });
        assert.ok(text.includes("# whose it is"));
        assert.equal(withRemotes(text, labelled), text);
        assert.equal(withoutRemotes(text, labelled, owned), owned);
    });

    for (const before of [
        "scrape_configs: []\n",
        "global:\n  scrape_interval: 10s\n",
        "global:\nscrape_configs: []\n",
    ]) {
        it(`are made where there are none, and leave nothing behind: ${JSON.stringify(before)}`, () => {
            const text = withRemotes(before, labelled);
            assert.deepEqual(parse(text).global.external_labels, { cluster: "a", tier: "1" });
            const { global, ...rest } = parse(withoutRemotes(text, labelled, before));
            const { global: globalBefore, ...restBefore } = parse(before);
            assert.deepEqual(rest, restBefore);
            assert.deepEqual(global ?? {}, globalBefore ?? {});
        });
    }

    it("stay as others have set them meanwhile", () => {
        const text = withRemotes(owned, labelled).replace("cluster: a", "cluster: theirs");
        assert.deepEqual(parse(withoutRemotes(text, labelled, owned)).global.external_labels, {
            cluster: "theirs",
            zone: "z",
        });
    });
});

const pod = {
    image: "quay.io/prometheus/prometheus:v2.42.0",
    args: ["--config.file=/etc/config/prometheus.yml", "--storage.tsdb.path=/prometheus/"],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName: "prometheus-server" } }],
    mounts: [{ name: "data", mountPath: "/prometheus" }],
    claims: [],
};

function attachment(settings: object = {}, since = "then"): Attachment {
    const { localStorage } = prometheusSchema.parse(settings);
    return {
        prometheus: {
            namespace: "monitoring",
            workload: { kind: "Deployment", name: "prometheus-server" },
            configMap: "prometheus-server",
            configKey: "prometheus.yml",
        },
        config: configWith(settings),
        pod: { localStorage, secrets: [] },
        rolloutLimit: 1,
        since,
    };
}

describe("attaching", () => {
    const attach = (server: Server, kept?: Kept, settings: object = {}) =>
        planOf(attachment(settings)).attach(server, kept);
    const detach = (server: Server, kept?: Kept) => planOf(attachment()).detach(server, kept);
    const labels = { externalLabels: { cluster: "a" }, localStorage: "minimal" };

    it("and detaching restores the original exactly: text, arguments and volumes", () => {
        const { state, kept } = attach({ text: original, pod }, undefined, labels);
        assert.notEqual(state.text, original);
        assert.deepEqual(state.pod?.args, ["--config.file=/etc/config/prometheus.yml"]);
        assert.equal(state.version, digest(state.text ?? ""));
        assert.deepEqual(detach(state, kept), { text: original, pod, version: undefined });
    });

    it("twice, also with other settings, keeps the first original", () => {
        const first = attach({ text: original, pod });
        assert.deepEqual(attach(first.state, first.kept), first);
        const other = attach(first.state, first.kept, { remoteWrite: { url: elsewhere }, ...labels });
        assert.deepEqual(detach(other.state, other.kept), { text: original, pod, version: undefined });
        const back = attach(other.state, other.kept);
        assert.deepEqual(back, first);
    });

    it("keeps what others changed meanwhile, on update and on detaching", () => {
        const { state, kept } = attach({ text: original, pod }, undefined, labels);
        const edited = { ...state, text: state.text?.replace("scrape_interval: 10s", "scrape_interval: 30s") };
        const again = attach(edited, kept, labels);
        assert.equal(parse(again.state.text ?? "").global.scrape_interval, "30s");
        for (const restored of [detach(edited, kept), detach(again.state, again.kept)]) {
            const { global, remote_write } = parse(restored.text ?? "");
            assert.deepEqual(global, { scrape_interval: "30s" });
            assert.equal(remote_write, undefined);
        }
    });

    it("without a kept original takes out what is ours", () => {
        const { text = "" } = detach({ text: attach({ text: original, pod }).state.text });
        assert.deepEqual(parse(text), parse(original));
    });

    it("gives back what is left when the ConfigMap or the workload is gone", () => {
        const { state, kept } = attach({ text: original, pod }, undefined, labels);
        assert.deepEqual(detach({ pod: state.pod }, kept).pod, pod);
        assert.equal(detach({ text: state.text }, kept).text, original);
    });

    it("refuses an agent that has rules, before anything is changed", () => {
        assert.throws(
            () => attach({ text: original, pod }, undefined, { localStorage: "agent" }),
            /does more than collect and send[\s\S]*rule_files \(1\)[\s\S]*what to do: move rules/,
        );
    });

    it("refuses a queue setting that this release does not know", () => {
        const settings = { remoteWrite: { queue: { sampleAgeLimit: "1h" } } };
        assert.throws(
            () => attach({ text: original, pod }, undefined, settings),
            /needs Prometheus 2\.50[\s\S]*v2\.42\.0/,
        );
        const newer = { ...pod, image: "prom/prometheus:v3.1.0" };
        assert.match(
            attach({ text: original, pod: newer }, undefined, settings).state.text ?? "",
            /sample_age_limit: 1h/,
        );
    });

    it("sees what others changed of ours, and nothing else", () => {
        const { state, kept } = attach({ text: original, pod }, undefined, labels);
        const { text = "" } = state;
        assert.deepEqual(driftOf(state, kept), []);
        assert.deepEqual(driftOf({ ...state, text: text.replace("10s", "30s") }, kept), [], "not ours");
        assert.deepEqual(driftOf({ ...state, text: text.replace("capacity: 10000", "capacity: 9") }, kept), [
            "remote_write",
        ]);
        assert.deepEqual(driftOf({ ...state, text: text.replace("cluster: a", "cluster: b") }, kept), [
            "external_labels",
        ]);
        assert.deepEqual(driftOf({ ...state, text: original }, kept), [
            "external_labels",
            "remote_write",
            "remote_read",
        ]);
        const args = [...(state.pod?.args ?? []), "--storage.tsdb.path=/elsewhere"];
        assert.deepEqual(driftOf({ ...state, pod: { ...pod, ...state.pod, args } }, kept), [
            "arguments or volumes of its pods",
        ]);
        const others = [...(state.pod?.args ?? []), "--web.enable-admin-api"];
        assert.deepEqual(driftOf({ ...state, pod: { ...pod, ...state.pod, args: others } }, kept), []);
    });

    it("sees that our rule file is gone", () => {
        const own = attachment();
        const ruled = planOf({ ...own, config: { ...own.config, rule_file: rulesPattern } });
        const { state, kept } = ruled.attach({ text: original, pod }, undefined);
        assert.deepEqual(driftOf(state, kept), []);
        const without = (state.text ?? "").replace(/\n.*\/etc\/m3perf\/rules.*/, "");
        assert.notEqual(without, state.text);
        assert.deepEqual(driftOf({ ...state, text: without }, kept), ["rule_files"]);
        assert.equal(ruled.detach(state, kept).text, original);
    });
});

describe("a Prometheus that does not come up with what was attached", () => {
    /** A live Prometheus that does not settle as long as our entries are in its configuration. */
    function failing(text: string, duringRoll: (text: string) => string) {
        const state = { server: { text, pod } as Server, kept: undefined as Kept | undefined, calls: [] as string[] };
        const live = {
            read: async () => ({ state: state.server, kept: state.kept }),
            async keep(kept: Kept) {
                state.calls.push("keep");
                state.kept = kept;
            },
            async forget() {
                state.calls.push("forget");
                state.kept = undefined;
            },
            async write(server: Server) {
                state.calls.push("write");
                state.server = server;
            },
            async settle() {
                state.calls.push("settle");
                if (state.server.version === undefined) return;
                state.server.text = duringRoll(state.server.text ?? "");
                throw new Error("waited 300 s");
            },
        };
        return { state, live };
    }
    const failure = { message: /its own configuration was restored[\s\S]*waited 300 s[\s\S]*kubectl logs/ };
    const plan = planOf(attachment({ localStorage: "minimal" }));

    it("gets its own configuration back, byte for byte", async () => {
        const { state, live } = failing(original, (text) => text);
        await assert.rejects(attachTo(live, plan, "kubectl logs"), failure);
        assert.deepEqual(state.calls, ["keep", "write", "settle", "write", "settle", "forget"]);
        assert.deepEqual(state.server, { text: original, pod, version: undefined });
    });

    it("keeps what others changed while it was rolled", async () => {
        const { state, live } = failing(original, (text) => text.replace("10s", "30s"));
        await assert.rejects(attachTo(live, plan, "kubectl logs"), failure);
        const { global, remote_write } = parse(state.server.text ?? "");
        assert.equal(global.scrape_interval, "30s");
        assert.equal(remote_write, undefined);
    });

    it("is given back, too, when the API server takes only half of it", async () => {
        const { state, live } = failing(original, (text) => text);
        let writes = 0;
        const half = {
            ...live,
            async write(server: Server) {
                writes += 1;
                state.server = writes === 1 ? { ...server, pod } : server;
                if (writes === 1) throw new Error("Deployment is invalid");
            },
        };
        await assert.rejects(attachTo(half, plan, "kubectl logs"), /restored[\s\S]*Deployment is invalid/);
        assert.equal(state.server.text, original);
    });

    it("is left alone when the plan refuses it", async () => {
        const { state, live } = failing(original, (text) => text);
        const agent = planOf(attachment({ localStorage: "agent" }));
        await assert.rejects(attachTo(live, agent, "kubectl logs"), /does more than collect/);
        assert.deepEqual(state.calls, []);
    });
});

describe("a rollout", () => {
    const deployment = (status: object, generation = 2) => ({
        metadata: { generation },
        spec: { replicas: 1, selector: {}, template: {} },
        status,
    });

    it("is done when all pods are new and available, and says what is missing before", () => {
        const done = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
        assert.equal(notRolled(deployment(done)), undefined);
        assert.match(notRolled(deployment({ ...done, observedGeneration: 1 })) ?? "", /not seen the change/);
        assert.match(notRolled(deployment({ ...done, updatedReplicas: 0 })) ?? "", /0 of 1 pods are new/);
        assert.match(notRolled(deployment({ ...done, replicas: 2 })) ?? "", /1 old pod/);
        assert.match(notRolled(deployment({ ...done, availableReplicas: 0 })) ?? "", /0 of 1 pods are available/);
    });
});
