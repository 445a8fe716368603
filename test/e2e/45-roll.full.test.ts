import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Kubernetes, openKubernetes } from "../../operations/access/kubernetes.ts";
import { labDir } from "../../support/paths.ts";
import { kubectlJson, lab, m3perf, m3perfJson, settingsWith, standsOn, type UpJson } from "./environment.ts";
import { lossesOf, startLoad } from "./steady-load.ts";

/** One that collects, then the three that store: the whole of the order without the three that have nothing of M3. */
const order = ["worker-5", "worker-1", "worker-2", "worker-3"];

interface NodeList {
    items: {
        metadata: { name: string };
        spec: { unschedulable?: boolean };
        status: {
            addresses: { type: string; address: string }[];
            nodeInfo: { bootID: string };
        };
    }[];
}

describe("e2e: a roll over the nodes, under a steady write load", function () {
    this.timeout(60 * 60_000);
    let settings: string;
    before(async () => {
        standsOn("up", "up");
        settings = await settingsWith({ "m3perf:roll": { id: "e2e", nodes: order } });
    });

    it("is previewed with its order and the steps of each node", async () => {
        const { code, stdout, stderr } = await m3perf(["preview", "--settings", settings]);
        assert.equal(code, 0, stderr);
        const text = stdout + stderr;
        const lines = order.map((node, index) => `${index + 1}. ${node} (by powerCycle)`);
        for (const line of lines) assert.ok(text.includes(line), `no "${line}" in:\n${text}`);
        assert.match(text, /safe: etcd has a quorum without it/);
    });

    it("loses no acknowledged sample and never etcd's majority, one node away at a time, in that order", async () => {
        const { items } = await kubectlJson<NodeList>("get", "nodes");
        const addressOf = (name: string) =>
            items
                .find(({ metadata }) => metadata.name === name)
                ?.status.addresses.find(({ type }) => type === "InternalIP")?.address ?? "";
        const bootIds = new Map(items.map(({ metadata, status }) => [metadata.name, status.nodeInfo.bootID]));

        const kubernetes = await openKubernetes(labDir(lab, "kubeconfig"), null);
        const load = startLoad([addressOf("worker-4"), addressOf("master")], 32555);
        const seen = watch(kubernetes);
        const { code, stdout, stderr } = await m3perf(["up", "--settings", settings], { minutes: 55 });
        await seen.stop();
        await load.stop();
        assert.equal(code, 0, stderr + stdout);

        assert.deepEqual(seen.order, order);
        assert.ok(seen.most === 1, `${seen.most} nodes were cordoned at once`);
        assert.equal(seen.withoutMajority, 0, "etcd was without a majority twice in a row");
        assert.ok(seen.rounds > 20, `only ${seen.rounds} looks`);
        assert.ok(load.acknowledged.length > 1000, `only ${load.acknowledged.length} writes were acknowledged`);
        assert.deepEqual((await lossesOf(load, addressOf("worker-4"), 32558)).slice(0, 10), []);
        for (const { metadata, status } of (await kubectlJson<NodeList>("get", "nodes")).items) {
            const rebooted = bootIds.get(metadata.name) !== status.nodeInfo.bootID;
            assert.equal(rebooted, order.includes(metadata.name), `${metadata.name} rebooted: ${rebooted}`);
        }
        console.log(`      ${load.acknowledged.length} writes acknowledged, ${load.refused} refused`);
    });

    it("is not done twice, whatever the state says: hosts remember it", async () => {
        const again = await m3perfJson<UpJson>(["up", "--settings", settings]);
        assert.equal(again.unchanged, true, JSON.stringify(again.changes));
    });

    after(async function () {
        this.timeout(15 * 60_000);
        await m3perf(["up"]); // the stages after this one have the stack's own settings
    });
});

/** Looks at nodes and etcd about once a second. */
function watch(kubernetes: Kubernetes) {
    const seen = { order: [] as string[], most: 0, rounds: 0, withoutMajority: 0, stop: async () => {} };
    let going = true;
    let poor = false;
    const look = async () => {
        const nodes = (await kubernetes.nodes()) as unknown as NodeList["items"];
        const away = nodes.filter(({ spec }) => spec.unschedulable).map(({ metadata }) => metadata.name);
        seen.most = Math.max(seen.most, away.length);
        for (const name of away) if (seen.order.at(-1) !== name) seen.order.push(name);
        const health = await Promise.all(
            ["etcd-0", "etcd-1", "etcd-2"].map((pod) =>
                kubernetes.pod("m3db", pod, 2379, "/health").then(
                    ({ status, body }) => status === 200 && body.includes("true"),
                    () => false,
                ),
            ),
        );
        const majority = health.filter(Boolean).length >= 2;
        if (!majority && poor) seen.withoutMajority += 1;
        poor = !majority;
        seen.rounds += 1;
    };
    const looking = (async () => {
        while (going) {
            await look().catch(() => {}); // the API server may be slow for a moment: the next look counts
            await sleep(1000);
        }
    })();
    seen.stop = () => {
        going = false;
        return looking;
    };
    return seen;
}
