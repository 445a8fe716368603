import assert from "node:assert/strict";
import { kubectlJson, m3perf, m3perfJson, settingsWith, standsOn, type UpJson } from "./environment.ts";

interface Nodes {
    items: { metadata: { name: string }; spec: { taints?: { key: string }[] } }[];
}
interface Pods {
    items: { spec: { containers: { resources: { limits?: Record<string, string> } }[] } }[];
}

const dedicated = async () => {
    const { items } = await kubectlJson<Nodes>("get", "nodes");
    return items
        .filter(({ spec }) => (spec.taints ?? []).some(({ key }) => key === "dedicated"))
        .map(({ metadata }) => metadata.name)
        .sort();
};
const up = async (changes: Record<string, unknown>) => {
    const result = await m3perfJson<UpJson>(["up", "--settings", await settingsWith(changes)]);
    assert.equal(result.failed, 0);
    return result;
};

/** Groups of settings that no other end-to-end test changes. */
describe("e2e: isolation, etcd, planned load and namespace", function () {
    this.timeout(20 * 60_000);

    before(() => standsOn("up", "up"));

    it("colocated: M3DB's nodes are open to others, and dedicated again", async () => {
        assert.deepEqual(await dedicated(), ["worker-1", "worker-2", "worker-3"]);
        await up({ "m3perf:isolation": "colocated" });
        assert.deepEqual(await dedicated(), []);
        await up({});
        assert.deepEqual(await dedicated(), ["worker-1", "worker-2", "worker-3"]);
    });

    it("etcd gets other resources, one member after the other, and is healthy", async () => {
        await up({ "m3perf:etcd": { memory: "300Mi", cpu: "120m" } });
        const { items } = await kubectlJson<Pods>("-n", "m3db", "get", "pods", "-l", "app=etcd");
        assert.equal(items.length, 3);
        for (const { spec } of items) assert.equal(spec.containers[0]?.resources.limits?.memory, "300Mi");
    });

    it("a planned load that is too much is warned of, and changes nothing", async () => {
        await up({});
        const settings = await settingsWith({ "m3perf:load": { series: 10_000_000, scrapeInterval: "15s" } });
        const { code, stdout, stderr } = await m3perf(["up", "--settings", settings]);
        assert.equal(code, 0, stderr);
        assert.match(stdout + stderr, /load: too little memory for m3db/);
        const again = await m3perfJson<UpJson>(["up", "--settings", settings]);
        assert.equal(again.unchanged, true, JSON.stringify(again.changes));
    });

    it("another namespace is refused: it would delete the cluster and its samples", async () => {
        const settings = await settingsWith({ "m3perf:namespace": "elsewhere" });
        for (const verb of ["preview", "up"]) {
            const { code, stdout, stderr } = await m3perf([verb, "--settings", settings]);
            assert.notEqual(code, 0, `${verb} did not refuse`);
            assert.match(stdout + stderr, /this stack's M3DBCluster is in m3db/, verb);
        }
        const { unchanged } = await m3perfJson<UpJson>(["preview"]);
        assert.equal(unchanged, true, "something was changed");
    });

    after(async function () {
        this.timeout(10 * 60_000);
        await m3perf(["up"]); // the stages after this one have the stack's own settings
    });
});
