import assert from "node:assert/strict";
import { NodeTopology } from "../../../components/nodes/NodeTopology.ts";
import { nodePatch } from "../../../components/nodes/node-manifests.ts";
import { withoutTaint, withTaint } from "../../../components/nodes/taints.ts";

import { fitInput } from "../../../settings/fit/input.ts";
import type { Isolation } from "../../../settings/topology.ts";
import { runWithMocks } from "../../support/pulumi-mocks.ts";
import { scenario, siteWith } from "../settings/sites.ts";

const ours = { key: "dedicated", value: "m3db", effect: "NoSchedule" };
const unreachable = { key: "node.kubernetes.io/unreachable", effect: "NoExecute" };

describe("node topology", () => {
    it("labels a node with what it may carry, its isolation group and its failure domain, and nothing else", () => {
        const node = {
            name: "worker-1",
            roles: ["m3db" as const],
            isolationGroup: "rep0",
            address: "",
            cpu: 4,
            memory: "8Gi",
        };
        const labels = { "m3perf.io/role-m3db": "true", "m3perf.io/isolation-group": "rep0" };
        assert.deepEqual(nodePatch(node, "dedicated"), { metadata: { name: "worker-1", labels } });
        assert.deepEqual(nodePatch({ ...node, failureDomain: "rack-2" }, "colocated").metadata.labels, {
            ...labels,
            "m3perf.io/role-coordinator": "true",
            "m3perf.io/role-aggregator": "true",
            "m3perf.io/failure-domain": "rack-2",
        });
    });

    it("adds its taint beside the others' and takes only that one back", () => {
        const tainted = withTaint({ taints: [unreachable], annotations: { a: "b" } }, ours);
        assert.deepEqual(tainted?.taints, [unreachable, ours]);
        assert.ok(tainted);
        assert.equal(withTaint(tainted, ours), undefined, "a second time changes nothing");
        // The node lifecycle controller has rewritten the list meanwhile.
        const later = { ...tainted, taints: [ours] };
        assert.deepEqual(withoutTaint(later, ours), { taints: [], annotations: { a: "b" } });
    });

    it("leaves a taint that was there before, and refuses one of the same key with another value", () => {
        const site = { taints: [ours], annotations: {} };
        assert.equal(withTaint(site, ours), undefined);
        assert.equal(withoutTaint(site, ours), undefined);
        assert.throws(
            () => withTaint({ taints: [{ ...ours, value: "gpu" }], annotations: {} }, ours),
            /dedicated=gpu:NoSchedule, which is not ours/,
        );
    });

    it("looks before it changes anything, and taints no node that is shared", async () => {
        const site = siteWith(["a", "b", "c"]);
        const make = (isolation: Isolation) =>
            runWithMocks({}, async () => {
                const fit = fitInput(site, scenario({ isolation }));
                new NodeTopology("nodes", { nodes: site.nodes, isolation, fit, kubeconfig: "" });
            });
        const tainted = async (isolation: Isolation) => {
            const { resources } = await make(isolation);
            for (const name of [...resources.keys()].filter((name) => /^nodes-(?!fit)/.test(name)))
                assert.ok(resources.get(name)?.dependsOn.includes("nodes-fit"), name);
            assert.equal(resources.get("nodes-fit")?.inputs.delete, undefined);
            const { stdin, triggers } = resources.get("nodes-taint")?.inputs ?? {};
            return [JSON.parse(String(stdin)).nodes, triggers];
        };
        const workers = ["worker-1", "worker-2", "worker-3"];
        assert.deepEqual(await tainted("dedicated"), [workers, [workers.join()]]);
        // Another identity: the old taints are taken away before anything else is changed.
        assert.deepEqual(await tainted("colocated"), [[], [""]]);
    });
});
