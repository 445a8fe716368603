import assert from "node:assert/strict";
import { parse } from "yaml";
import { attachTo } from "../../../components/prometheus/attaching.ts";
import { attach, type Backup, detach } from "../../../components/prometheus/attachment.ts";
import { notRolled } from "../../../components/prometheus/live-prometheus.ts";
import { hasRemotes, withoutRemotes, withRemotes } from "../../../components/prometheus/remote-config.ts";

const endpoints = {
    remote_write: { url: "http://m3coordinator.m3db:7201/api/v1/prom/remote/write" },
    remote_read: { url: "http://m3query.m3db:7201/api/v1/prom/remote/read", read_recent: true },
};

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
        assert.deepEqual(parsed.remote_write, [{ name: "m3perf", ...endpoints.remote_write }]);
        assert.deepEqual(parsed.remote_read, [{ name: "m3perf", ...endpoints.remote_read }]);
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
        const moved = withRemotes(once, {
            ...endpoints,
            remote_write: { url: "http://elsewhere/api/v1/prom/remote/write" },
        });
        assert.deepEqual(parse(moved).remote_write, [
            { name: "m3perf", url: "http://elsewhere/api/v1/prom/remote/write" },
        ]);
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
        assert.ok(!hasRemotes(original));
    });

    it("works on an empty file, and names what is not YAML", () => {
        assert.ok(hasRemotes(withRemotes("", endpoints)));
        assert.throws(() => withRemotes("a: [", endpoints), /prometheus\.yml is not valid YAML/);
        assert.throws(() => withRemotes("- a", endpoints), /not a mapping/);
    });
});

describe("attaching", () => {
    it("and detaching restores the original exactly", () => {
        const { text, backup } = attach(original, undefined, endpoints);
        assert.notEqual(text, original);
        assert.equal(detach(text, backup), original);
    });

    it("twice, also with other endpoints, keeps the first original", () => {
        const first = attach(original, undefined, endpoints);
        const again = attach(first.text, first.backup, endpoints);
        assert.deepEqual(again, first);
        const moved = attach(first.text, first.backup, {
            ...endpoints,
            remote_write: { url: "http://x/api/v1/prom/remote/write" },
        });
        assert.equal(detach(moved.text, moved.backup), original);
    });

    it("keeps what others changed meanwhile, on update and on detaching", () => {
        const { text, backup } = attach(original, undefined, endpoints);
        const edited = text.replace("scrape_interval: 10s", "scrape_interval: 30s");
        const again = attach(edited, backup, endpoints);
        assert.equal(parse(again.text).global.scrape_interval, "30s");
        const restored = parse(detach(edited, backup));
        assert.equal(restored.global.scrape_interval, "30s");
        assert.equal(restored.remote_write, undefined);
    });

    it("without a kept original takes out what is ours", () => {
        assert.deepEqual(parse(detach(attach(original, undefined, endpoints).text, undefined)), parse(original));
    });
});

describe("a Prometheus that does not come up with what was attached", () => {
    /** A live Prometheus whose roll fails as long as our entries are in its configuration. */
    function failing(text: string, duringRoll: (text: string) => string) {
        const state = { text, backup: undefined as Backup | undefined, calls: [] as string[] };
        const live = {
            read: async () => ({ text: state.text, backup: state.backup }),
            async keep(backup: Backup) {
                state.calls.push("keep");
                state.backup = backup;
            },
            async forget() {
                state.calls.push("forget");
                state.backup = undefined;
            },
            async write(written: string) {
                state.calls.push("write");
                state.text = written;
            },
            async roll(version: string | undefined) {
                state.calls.push(version === undefined ? "roll back" : "roll");
                if (version === undefined) return;
                state.text = duringRoll(state.text);
                throw new Error("waited 300 s");
            },
        };
        return { state, live };
    }
    const failure = { message: /its own configuration was restored[\s\S]*waited 300 s[\s\S]*kubectl logs/ };

    it("gets its own configuration back, byte for byte", async () => {
        const { state, live } = failing(original, (text) => text);
        await assert.rejects(attachTo(live, endpoints, "kubectl logs"), failure);
        assert.deepEqual(state.calls, ["keep", "write", "roll", "write", "roll back", "forget"]);
        assert.equal(state.text, original);
    });

    it("keeps what others changed while it was rolled", async () => {
        const { state, live } = failing(original, (text) => text.replace("10s", "30s"));
        await assert.rejects(attachTo(live, endpoints, "kubectl logs"), failure);
        const { global, remote_write } = parse(state.text);
        assert.equal(global.scrape_interval, "30s");
        assert.equal(remote_write, undefined);
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
