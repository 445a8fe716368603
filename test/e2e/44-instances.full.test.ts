import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { type Kubernetes, openKubernetes } from "../../operations/access/kubernetes.ts";
import { labDir } from "../../support/paths.ts";
import { loadAddresses, pods, shardsOf, uids, watch } from "./database-pods.ts";
import { kubectlJson, lab, m3perf, m3perfJson, settingsWith, standsOn, type UpJson } from "./environment.ts";
import { lossesOf, type SteadyLoad, startLoad } from "./steady-load.ts";

interface Node {
    metadata: { labels: Record<string, string> };
    spec: { taints?: object[] };
}

describe("e2e: one database instance more, and one less, under a steady write load", function () {
    this.timeout(30 * 60_000);
    const file = labDir(lab, "site.yaml");
    let siteText: string;
    let kubernetes: Kubernetes;
    let load: SteadyLoad;
    let old: Record<string, string>;
    let addresses: { write: string[]; read: string };
    /** The lab's repository becomes a database node, which has less memory than the others. */
    const settings = () => settingsWith({ "m3perf:m3db": { pools: "small", memory: "1536Mi" } });

    before(async () => {
        standsOn("up", "up");
        siteText = await readFile(file, "utf8");
        kubernetes = await openKubernetes(labDir(lab, "kubeconfig"), null);
        addresses = await loadAddresses();
        await m3perfJson<UpJson>(["up", "--settings", await settings()]);
        load = startLoad(addresses.write, 32555);
        old = await uids();
    });

    it("adds an instance, which takes shards over from the other one of its group", async () => {
        const site = parseDocument(siteText);
        const nodes = site.get("nodes") as YAMLSeq<YAMLMap>;
        const repository = nodes.items.find((node) => node.get("name") === "repository");
        repository?.set("roles", ["repository", "m3db"]);
        repository?.set("isolationGroup", "rep0");
        await writeFile(file, String(site));
        const seen = watch(kubernetes);
        const result = await m3perfJson<UpJson>(["up", "--settings", await settings()]);
        assert.equal(result.failed, 0);
        await seen.stop();
        assert.equal(seen.most, 0, "a replica was away");
        const shards = await shardsOf(kubernetes);
        assert.deepEqual(Object.keys(shards).sort(), ["m3-cluster-rep0-0", "m3-cluster-rep0-1", ...pods.slice(1)]);
        assert.equal((shards["m3-cluster-rep0-0"] ?? 0) + (shards["m3-cluster-rep0-1"] ?? 0), 64);
        assert.ok((shards["m3-cluster-rep0-1"] ?? 0) >= 24, JSON.stringify(shards));
        const { "m3-cluster-rep0-1": added, ...others } = await uids();
        assert.ok(added);
        assert.deepEqual(others, old);
    });

    it("removes it again, and the other one has all shards", async () => {
        await writeFile(file, siteText);
        const seen = watch(kubernetes);
        const smaller = await m3perfJson<UpJson>(["up", "--settings", await settings()]);
        assert.equal(smaller.failed, 0);
        await seen.stop();
        assert.equal(seen.most, 0, "a replica was away");
        assert.deepEqual(await shardsOf(kubernetes), Object.fromEntries(pods.map((pod) => [pod, 64])));
        assert.deepEqual(await uids(), old);
        const { metadata, spec } = await kubectlJson<Node>("get", "node", "repository");
        assert.deepEqual(
            Object.keys(metadata.labels).filter((key) => key.includes("m3db") || key.includes("isolation")),
            [],
        );
        assert.deepEqual(spec.taints ?? [], []);
    });

    it("has lost no acknowledged sample", async () => {
        await load.stop();
        assert.ok(load.acknowledged.length > 1000, `only ${load.acknowledged.length} writes were acknowledged`);
        assert.deepEqual((await lossesOf(load, addresses.read, 32558)).slice(0, 10), []);
        console.log(`      ${load.acknowledged.length} writes acknowledged, ${load.refused} refused`);
    });

    after(async function () {
        this.timeout(15 * 60_000);
        await load?.stop();
        await writeFile(file, siteText);
        await m3perf(["up"]); // the stages after this one have the stack's own settings
    });
});
