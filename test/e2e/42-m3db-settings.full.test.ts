import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Kubernetes, openKubernetes } from "../../operations/access/kubernetes.ts";
import type { Namespaces } from "../../operations/access/m3.ts";
import { labDir } from "../../support/paths.ts";
import { kubectl, kubectlJson, lab, m3perf, m3perfJson, settingsWith, standsOn, type UpJson } from "./environment.ts";
import { lossesOf, type SteadyLoad, startLoad } from "./steady-load.ts";

const pods = [0, 1, 2].map((index) => `m3-cluster-rep${index}-0`);
const raw = { name: "default", retention: "48h" };
const aggregated = { name: "metrics-10s_2d", retention: "48h", resolution: "10s" };
const added = { name: "metrics-1m_4d", retention: "96h", resolution: "1m" };

interface NodeList {
    items: { metadata: { name: string }; status: { addresses: { type: string; address: string }[] } }[];
}
interface Pod {
    metadata: { name: string; uid: string };
    spec: { containers: { env: { name: string; value?: string }[] }[]; volumes: { configMap?: { name: string } }[] };
}

describe("e2e: M3DB's settings, changed one at a time under a steady write load", function () {
    this.timeout(40 * 60_000);
    let kubernetes: Kubernetes;
    let addresses: { write: string[]; read: string };
    let load: SteadyLoad;

    before(async () => {
        standsOn("up", "up");
        kubernetes = await openKubernetes(labDir(lab, "kubeconfig"), null);
        const { items } = await kubectlJson<NodeList>("get", "nodes");
        const addressOf = (name: string) =>
            items
                .find(({ metadata }) => metadata.name === name)
                ?.status.addresses.find(({ type }) => type === "InternalIP")?.address ?? "";
        addresses = { write: [addressOf("worker-4"), addressOf("worker-5")], read: addressOf("worker-4") };
        load = startLoad(addresses.write, 32555);
    });

    const small = { pools: "small", env: { GOGC: "60" } };
    const m3db = (settings: object) => settingsWith({ "m3perf:m3db": settings });
    const podsNow = async () =>
        (await kubectlJson<{ items: Pod[] }>("-n", "m3db", "get", "pods", "-l", "operator.m3db.io/app=m3db")).items;
    const uids = async () => Object.fromEntries((await podsNow()).map(({ metadata }) => [metadata.name, metadata.uid]));
    const namespaces = async () => {
        const path = "/api/v1/services/m3db/namespace";
        const headers = { "Cluster-Environment-Name": "m3db/m3-cluster" };
        const { body } = await kubernetes.pod("m3db", pods[1] ?? "", 7201, path, { headers });
        const { registry } = JSON.parse(body) as Namespaces;
        return Object.entries(registry.namespaces ?? {})
            .map(([name, { stagingState }]) => `${name} ${stagingState?.status ?? "UNKNOWN"}`)
            .sort();
    };

    it("runs the configuration of this project, the one that the M3DBCluster names", async () => {
        const { spec } = await kubectlJson<{ spec: { configMapName: string } }>(
            "-n",
            "m3db",
            "get",
            "m3dbcluster",
            "m3-cluster",
        );
        assert.match(spec.configMapName, /^m3-cluster-config-[0-9a-f]{10}$/);
        for (const pod of await podsNow())
            assert.ok(
                pod.spec.volumes.some(({ configMap }) => configMap?.name === spec.configMapName),
                pod.metadata.name,
            );
        console.log(`      pools: default: ${(await memory(kubernetes)).join("; ")}`);
    });

    it("rolls another variable and other pools, one replica at a time, the next when the one before serves", async () => {
        const before = await uids();
        const settings = await m3db(small);
        const seen = watch(kubernetes);
        const { code, stdout, stderr } = await m3perf(["up", "--settings", settings]);
        await seen.stop();
        assert.equal(code, 0, stderr + stdout);
        assert.ok(seen.rounds > 10, `only ${seen.rounds} looks`);
        assert.equal(seen.most, 1, "replicas away at once");
        assert.deepEqual(seen.order, pods);
        const after = await uids();
        for (const pod of pods) assert.notEqual(after[pod], before[pod], pod);
        for (const { metadata, spec } of await podsNow()) {
            const gogc = spec.containers[0]?.env.find(({ name }) => name === "GOGC");
            assert.equal(gogc?.value, "60", metadata.name);
        }
        const configs = (
            await kubectl("-n", "m3db", "get", "configmaps", "-l", "m3perf.io/m3db-config", "-o", "name")
        ).trim();
        assert.equal(configs.split("\n").length, 1, `old configurations are left: ${configs}`);
        await sleep(20_000); // idle but for the load: what the start left behind is collected
        console.log(`      pools: small: ${(await memory(kubernetes)).join("; ")}`);
    });

    it("has nothing to do the second time", async () => {
        const again = await m3perfJson<UpJson>(["up", "--settings", await m3db(small)]);
        assert.equal(again.unchanged, true, JSON.stringify(again.changes));
    });

    it("adds a namespace, and restarts no pod for it", async () => {
        const before = await uids();
        await m3perfJson<UpJson>(["up", "--settings", await m3db({ ...small, namespaces: [raw, aggregated, added] })]);
        assert.deepEqual(await namespaces(), ["default READY", "metrics-10s_2d READY", "metrics-1m_4d READY"]);
        assert.deepEqual(await uids(), before);
    });

    it("refuses to lose one that is not declared any more, at preview and at up, and another retention", async () => {
        for (const verb of ["preview", "up"]) {
            const { code, stdout, stderr } = await m3perf([verb, "--settings", await m3db(small)]);
            assert.notEqual(code, 0, `${verb} did not refuse`);
            assert.match(stderr + stdout, /would delete metrics-1m_4d \(96h at 1m\) with all samples in it/, verb);
            assert.match(stderr + stdout, /removeNamespaces: \[metrics-1m_4d\]/, verb);
        }
        const longer = { ...small, namespaces: [{ ...raw, retention: "96h" }, aggregated, added] };
        const { code, stdout, stderr } = await m3perf(["preview", "--settings", await m3db(longer)]);
        assert.notEqual(code, 0);
        assert.match(stderr + stdout, /default: changes retention from 48h to 96h/);
        assert.equal((await namespaces()).length, 3);
    });

    it("removes it with the word for it, and only that one", async () => {
        const before = await uids();
        await m3perfJson<UpJson>(["up", "--settings", await m3db({ ...small, removeNamespaces: ["metrics-1m_4d"] })]);
        assert.deepEqual(await namespaces(), ["default READY", "metrics-10s_2d READY"]);
        assert.deepEqual(await uids(), before);
    });

    it("stops at the first replica when M3DB does not take a configuration, and mends it with a right one", async () => {
        const before = await uids();
        const wrong = { ...small, config: { db: { noSuchKey: true } } };
        const { code, stdout, stderr } = await m3perf(["up", "--settings", await m3db(wrong)]);
        assert.notEqual(code, 0, "M3DB took a key that it does not know");
        assert.match(stderr + stdout, /m3-cluster-rep0 did not come back; the replicas after it are untouched/);
        assert.match(stderr + stdout, /noSuchKey/);
        const broken = await uids();
        assert.deepEqual(
            [broken[pods[1] ?? ""], broken[pods[2] ?? ""]],
            [before[pods[1] ?? ""], before[pods[2] ?? ""]],
        );
        await m3perfJson<UpJson>(["up", "--settings", await m3db(small)]);
    });

    it("has lost no acknowledged sample in all of this", async () => {
        await load.stop();
        assert.ok(load.acknowledged.length > 2000, `only ${load.acknowledged.length} writes were acknowledged`);
        assert.deepEqual((await lossesOf(load, addresses.read, 32558)).slice(0, 10), []);
        console.log(`      ${load.acknowledged.length} writes acknowledged, ${load.refused} refused`);
    });

    after(async function () {
        this.timeout(15 * 60_000);
        await load?.stop();
        await m3perf(["up"]); // the stages after this one have the stack's own settings
    });
});

/** Go heap in use after a collection, and resident memory, of each database pod. */
function memory(kubernetes: Kubernetes): Promise<string[]> {
    return Promise.all(
        pods.map(async (pod) => {
            const heap = await kubernetes.pod("m3db", pod, 9004, "/debug/pprof/heap", {
                query: { debug: "1", gc: "1" },
            });
            const metrics = await kubernetes.pod("m3db", pod, 7203, "/metrics");
            const mebibytes = (text: string, pattern: RegExp) =>
                Math.round(Number(pattern.exec(text)?.[1] ?? 0) / 2 ** 20);
            const inUse = mebibytes(heap.body, /^# HeapInuse = (\d+)/m);
            const resident = mebibytes(metrics.body, /^process_resident_memory_bytes (\S+)/m);
            return `${pod} heap ${inUse} MiB, resident ${resident} MiB`;
        }),
    );
}

/** Looks at the database pods about twice a second: how many do not serve at once, and in which order they went. */
function watch(kubernetes: Kubernetes) {
    const seen = { order: [] as string[], most: 0, rounds: 0, stop: async () => {} };
    let going = true;
    const look = async () => {
        const serving = await Promise.all(
            pods.map(async (pod) => (await kubernetes.pod("m3db", pod, 9002, "/bootstrapped")).status === 200),
        );
        const away = pods.filter((_, index) => !serving[index]);
        seen.most = Math.max(seen.most, away.length);
        for (const pod of away) if (seen.order.at(-1) !== pod) seen.order.push(pod);
        seen.rounds += 1;
    };
    const looking = (async () => {
        while (going) {
            await look().catch(() => {}); // the API server may be slow for a moment: the next look counts
            await sleep(500);
        }
    })();
    seen.stop = () => {
        going = false;
        return looking;
    };
    return seen;
}
