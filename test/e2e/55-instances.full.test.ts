import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { type Kubernetes, openKubernetes } from "../../operations/access/kubernetes.ts";
import { labDir } from "../../support/paths.ts";
import { loadAddresses, pods, shardsOf, uids, watch } from "./database-pods.ts";
import { kubectlJson, lab, m3perf, m3perfJson, settingsWith, snapshot, standsOn, type UpJson } from "./environment.ts";
import { lossesOf, type SteadyLoad, startLoad } from "./steady-load.ts";

interface Nodes {
    items: { metadata: { name: string; labels: Record<string, string> }; spec: { taints?: object[] } }[];
}

const added = pods.map((pod) => pod.replace(/0$/, "1"));
/** The lab's nodes beyond the reference's seven. */
const more = ["worker-6", "worker-7", "worker-8"];

describe("e2e: a database instance more in each group, and one less, under a steady write load", function () {
    this.timeout(45 * 60_000);
    const file = labDir(lab, "site.yaml");
    let sevenNodes: string;
    let kubernetes: Kubernetes;
    let load: SteadyLoad;
    let old: Record<string, string>;
    let addresses: { write: string[]; read: string };

    before(async () => {
        standsOn("up", "up");
        sevenNodes = await readFile(file, "utf8");
        kubernetes = await openKubernetes(labDir(lab, "kubeconfig"), null);
        addresses = await loadAddresses();
        load = startLoad(addresses.write, 32555);
        old = await uids();
    });

    it("lab up adds three nodes to a lab that runs, and moves no pod", async () => {
        const before = standsOn("before", "lab up");
        await m3perfJson(["lab", "up", "--m3db-nodes", "6"]);
        const status = await m3perfJson<{ state: string; nodes: { state: string }[] }>(["lab", "status"]);
        assert.equal(status.state, "up");
        assert.equal(status.nodes.filter(({ state }) => state === "running").length, 10);
        assert.deepEqual(await uids(), old);
        // For the last stage, which compares with what was there before the environment.
        const { nodes } = await snapshot();
        for (const name of more) before.nodes[name] = nodes[name] ?? { labels: {}, taints: [] };
        const fewer = await m3perf(["lab", "up", "--m3db-nodes", "3"]);
        assert.equal(fewer.code, 64, fewer.stderr);
        assert.match(fewer.stderr, /has 6 M3DB nodes/);
    });

    it("up adds an instance to each group, which takes shards over from the one that was there", async () => {
        const seen = watch(kubernetes);
        const result = await m3perfJson<UpJson>(["up"]);
        await seen.stop();
        assert.equal(result.failed, 0);
        assert.equal(seen.most, 0, "a replica was away");
        const shards = await shardsOf(kubernetes);
        assert.deepEqual(Object.keys(shards).sort(), [...pods, ...added].sort());
        for (const [index, pod] of pods.entries()) {
            const [one = 0, other = 0] = [shards[pod], shards[added[index] ?? ""]];
            assert.equal(one + other, 64, JSON.stringify(shards));
            assert.ok(Math.min(one, other) >= 24, JSON.stringify(shards));
        }
        const now = await uids();
        assert.deepEqual(Object.fromEntries(pods.map((pod) => [pod, now[pod]])), old);
        console.log(`      ${Math.round(result.phases.find(({ title }) => title === "pulumi up")?.seconds ?? 0)} s`);
    });

    it("up with instancesPerGroup: 1 removes them again, and the others have all shards", async () => {
        const seen = watch(kubernetes);
        const settings = await settingsWith({ "m3perf:m3db": { instancesPerGroup: 1 } });
        const result = await m3perfJson<UpJson>(["up", "--settings", settings]);
        await seen.stop();
        assert.equal(result.failed, 0);
        // One that takes shards back says "not bootstrapped" until it has them; it goes on serving those that it had.
        assert.ok(seen.most <= 1, `${seen.most} replicas were away at once`);
        assert.deepEqual(await shardsOf(kubernetes), Object.fromEntries(pods.map((pod) => [pod, 64])));
        assert.deepEqual(await uids(), old);
        console.log(`      ${Math.round(result.phases.find(({ title }) => title === "pulumi up")?.seconds ?? 0)} s`);
    });

    it("has lost no acknowledged sample", async () => {
        await load.stop();
        assert.ok(load.acknowledged.length > 1000, `only ${load.acknowledged.length} writes were acknowledged`);
        assert.deepEqual((await lossesOf(load, addresses.read, 32558)).slice(0, 10), []);
        console.log(`      ${load.acknowledged.length} writes acknowledged, ${load.refused} refused`);
    });

    it("a site without the three nodes gives their labels and taints back", async () => {
        await writeFile(file, sevenNodes);
        await m3perfJson<UpJson>(["up"]);
        const { items } = await kubectlJson<Nodes>("get", "nodes");
        for (const { metadata, spec } of items.filter(({ metadata }) => more.includes(metadata.name))) {
            assert.deepEqual(
                Object.keys(metadata.labels).filter((key) => key.includes("m3") || key.includes("isolation")),
                [],
            );
            assert.deepEqual(spec.taints ?? [], []);
        }
        assert.deepEqual(await uids(), old);
    });

    after(async () => {
        await load?.stop();
        await writeFile(file, sevenNodes);
    });
});
