import assert from "node:assert/strict";
import { parse } from "yaml";
import type { PrometheusConfig } from "../../operations/access/prometheus.ts";
import { waitFor } from "../../support/wait.ts";
import {
    kubectl,
    kubectlJson,
    m3perf,
    m3perfJson,
    settingsWith,
    standsOn,
    type UpJson,
    type VerifyJson,
} from "./environment.ts";

interface Deployment {
    spec: { template: { spec: { containers: { name: string; args: string[] }[]; volumes: { name: string }[] } } };
}

/** What the running Prometheus says of itself. */
async function ask<T>(path: string): Promise<T> {
    const proxy = "/api/v1/namespaces/monitoring/services/prometheus-server:9090/proxy";
    return (JSON.parse(await kubectl("get", "--raw", `${proxy}${path}`)) as { data: T }).data;
}
const running = async () => parse((await ask<{ yaml: string }>("/api/v1/status/config")).yaml) as PrometheusConfig;
const flags = () => ask<Record<string, string>>("/api/v1/status/flags");
const upAt = async (time: number) =>
    (await ask<{ result: unknown[] }>(`/api/v1/query?query=up%7Bjob%3D%22prometheus%22%7D&time=${time}`)).result.length;

/** Time of the newest sample that M3 has of Prometheus' own `up` with our label; undefined: it has none. */
async function lastInM3(): Promise<number | undefined> {
    const proxy = "/api/v1/namespaces/m3db/services/m3query:7201/proxy/api/v1/query";
    const query = encodeURIComponent('timestamp(up{job="prometheus",cluster="e2e"})');
    const text = await kubectl("get", "--raw", `${proxy}?query=${query}`);
    const { data } = JSON.parse(text) as { data: { result: { value: [number, string] }[] } };
    const [first] = data.result;
    return first && Math.ceil(Number(first.value[1]));
}

const monitoring = ["-n", "monitoring"];
const deployment = () => kubectlJson<Deployment>(...monitoring, "get", "deployment", "prometheus-server");
const argsOf = ({ spec }: Deployment) =>
    spec.template.spec.containers.find(({ name }) => name === "prometheus-server")?.args ?? [];
const dataOf = ({ spec }: Deployment) => spec.template.spec.volumes.find(({ name }) => name === "data");

/** In somebody else's place: an argument more for Prometheus. */
async function setArgs(args: string[]): Promise<void> {
    const patch = { spec: { template: { spec: { containers: [{ name: "prometheus-server", args }] } } } };
    await kubectl(...monitoring, "patch", "deployment", "prometheus-server", "-p", JSON.stringify(patch));
    await kubectl(...monitoring, "rollout", "status", "deployment/prometheus-server", "--timeout=120s");
}

/** Changes settings, and has everything verified; what is not Prometheus' is not touched. */
async function upWith(prometheus: Record<string, unknown>, expected: Record<string, number> = { update: 1 }) {
    const settings = await settingsWith({ "m3perf:prometheus": prometheus });
    const result = await m3perfJson<UpJson>(["up", "--settings", settings]);
    assert.equal(result.failed, 0);
    const changed = Object.entries(result.changes).filter(([kind, count]) => kind !== "same" && count > 0);
    assert.deepEqual(Object.fromEntries(changed), expected);
    const { unchanged, changes } = await m3perfJson<UpJson>(["preview", "--settings", settings]);
    assert.equal(unchanged, true, `a second time: ${JSON.stringify(changes)}`);
}

describe("e2e: Prometheus' settings", function () {
    this.timeout(30 * 60_000);
    const prometheus = {
        remoteWrite: { queue: { maxShards: 7, minShards: 2, batchSendDeadline: "3s" } },
        externalLabels: { cluster: "e2e", tier: "test" },
    };
    let attached: Deployment;
    before(async () => {
        standsOn("up", "up");
        attached = await deployment();
        assert.ok(
            argsOf(attached).some((arg) => arg.startsWith("--storage.tsdb.path")),
            "the lab's Prometheus has no tsdb arguments",
        );
    });

    it("queue settings and labels arrive, and what Prometheus sends carries the labels", async () => {
        await upWith(prometheus);
        const { remote_write = [], global } = await running();
        const queue = remote_write[0]?.queue_config ?? {};
        assert.deepEqual(
            [queue.max_shards, queue.min_shards, queue.batch_send_deadline, queue.capacity, queue.max_samples_per_send],
            [7, 2, "3s", 10_000, 2000],
        );
        assert.deepEqual(global?.external_labels, { cluster: "e2e", tier: "test" });
    });

    it("minimal: the tsdb arguments and the claim go, and Prometheus goes on storing, by its defaults", async () => {
        // A sample that M3 has under the labels of now: by those Prometheus asks for it.
        const then = await waitFor({ what: "a sample with the new labels in M3", timeout: 120, every: 2 }, lastInM3);
        assert.equal(await upAt(then), 1);
        await upWith({ ...prometheus, localStorage: "minimal" });
        const now = await deployment();
        assert.deepEqual(
            argsOf(now),
            argsOf(attached).filter((arg) => !arg.startsWith("--storage.tsdb.")),
        );
        assert.deepEqual(dataOf(now), { name: "data", emptyDir: {} });
        // docs/prometheus.md: local storage is not off.
        const { "storage.tsdb.path": path, "storage.tsdb.retention.time": retention } = await flags();
        assert.equal(path, "data/");
        assert.equal(retention, "0s", "not set: 15 d");
        const { headStats } = await ask<{ headStats: { numSeries: number } }>("/api/v1/status/tsdb");
        assert.ok(headStats.numSeries > 100, `${headStats.numSeries} series in its own storage`);
        assert.equal(await upAt(then), 1, "what its own storage lost is not read from M3");
    });

    it("others' edits: those of ours are shown and set again, their own stay", async () => {
        await setArgs([...argsOf(await deployment()), "--web.enable-admin-api", "--storage.tsdb.retention.time=2d"]);
        const map = await kubectlJson<{ data: Record<string, string> }>(
            ...monitoring,
            "get",
            "configmap",
            "prometheus-server",
        );
        const text = map.data["prometheus.yml"] ?? "";
        const edited = text
            .replace("max_shards: 7", "max_shards: 1")
            .replace("scrape_interval: 30s", "scrape_interval: 14s");
        const patch = JSON.stringify({ data: { "prometheus.yml": edited } });
        await kubectl(...monitoring, "patch", "configmap", "prometheus-server", "--type=merge", "-p", patch);

        const settings = await settingsWith({ "m3perf:prometheus": { ...prometheus, localStorage: "minimal" } });
        const preview = await m3perf(["preview", "--settings", settings]);
        assert.match(
            preview.stdout + preview.stderr,
            /others have changed .*remote_write, arguments or volumes of its pods/,
        );
        assert.match(preview.stdout, /Would change/);
        await upWith({ ...prometheus, localStorage: "minimal" });
        const { remote_write = [], global } = await running();
        assert.equal(remote_write[0]?.queue_config?.max_shards, 7);
        assert.equal(global?.scrape_interval, "14s");
        const args = argsOf(await deployment());
        assert.ok(args.includes("--web.enable-admin-api"));
        assert.ok(!args.some((arg) => arg.startsWith("--storage.tsdb.")));
    });

    it("agent: it collects and sends, and answers no queries", async () => {
        // An agent evaluates no rules: their ConfigMap goes.
        await upWith({ ...prometheus, localStorage: "agent" }, { update: 1, delete: 1 });
        const now = await flags();
        assert.match(now["enable-feature"] ?? "", /agent/);
        assert.equal(now["storage.agent.path"], "/prometheus/agent");
        assert.equal((await running()).remote_read, undefined);
        await assert.rejects(upAt(Math.floor(Date.now() / 1000)), "an agent answered a query");
        const { checks } = await m3perfJson<VerifyJson>(["verify", "--only", "prometheus"]);
        const series = checks.find(({ id }) => id === "prometheus.series");
        assert.equal(series?.ok, true, "what it collects is not in M3");
    });

    it("back: arguments, claim and configuration are what they were, with others' edits", async () => {
        // The retention that somebody else had set in our place is theirs now.
        const theirs = ["--web.enable-admin-api", "--storage.tsdb.retention.time=2d"];
        const { unchanged } = await m3perfJson<UpJson>(["up"]);
        assert.equal(unchanged, false);
        const now = await deployment();
        assert.deepEqual(dataOf(now), dataOf(attached));
        const wanted = argsOf(attached).filter((arg) => !arg.startsWith("--storage.tsdb.retention.time"));
        assert.deepEqual(argsOf(now).toSorted(), [...wanted, ...theirs].toSorted());
        const { global } = await running();
        assert.equal(global?.scrape_interval, "14s");
        assert.deepEqual(global?.external_labels, { cluster: "lab" });

        // Leaves the ground as the next stages expect it.
        await setArgs(argsOf(attached));
        const map = await kubectlJson<{ data: Record<string, string> }>(
            ...monitoring,
            "get",
            "configmap",
            "prometheus-server",
        );
        const text = (map.data["prometheus.yml"] ?? "").replace("scrape_interval: 14s", "scrape_interval: 30s");
        const patch = JSON.stringify({ data: { "prometheus.yml": text } });
        await kubectl(...monitoring, "patch", "configmap", "prometheus-server", "--type=merge", "-p", patch);
        const { failed } = await m3perfJson<UpJson>(["up"]);
        assert.equal(failed, 0);
        assert.deepEqual(argsOf(await deployment()), argsOf(attached));
    });
});
