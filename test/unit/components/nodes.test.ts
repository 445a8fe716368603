import assert from "node:assert/strict";
import { changesOf, managerOf } from "../../../components/nodes/labels.ts";
import { NodeTopology, perNode } from "../../../components/nodes/NodeTopology.ts";
import { nodePatch } from "../../../components/nodes/node-manifests.ts";
import { withoutTaint, withTaint } from "../../../components/nodes/taints.ts";
import { toldLines } from "../../../components/nodes/told.ts";

import { fitInput } from "../../../settings/fit/input.ts";
import type { SiteNode } from "../../../settings/site.ts";
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

    it("labels the nodes of a large site by one resource", async () => {
        const names = Array.from({ length: perNode }, (_, index) => `node-${index}`);
        const resourcesOf = async (nodes: SiteNode[]) => {
            const site = { ...siteWith(["a", "b", "c"]), nodes };
            const fit = fitInput(site, scenario({}));
            const { resources } = await runWithMocks({}, async () => {
                new NodeTopology("nodes", { nodes, isolation: "dedicated", fit, kubeconfig: "" });
            });
            return resources;
        };
        const node = (name: string) => ({ name, roles: ["repository" as const], address: "", cpu: 4, memory: "8Gi" });
        const small = await resourcesOf(names.map(node));
        assert.ok(small.has("nodes-node-99") && !small.has("nodes-labels"));
        const large = await resourcesOf([...names, "node-100"].map(node));
        assert.ok(!large.has("nodes-node-99"));
        const { stdin, triggers, ...rest } = large.get("nodes-labels")?.inputs ?? {};
        const { nodes } = JSON.parse(String(stdin));
        assert.equal(Object.keys(nodes).length, 101);
        assert.deepEqual(nodes["node-100"], { "m3perf.io/role-repository": "true" });
        assert.deepEqual([triggers, rest.create, rest.update, rest.delete], [["m3db"], "add", "add", "remove"]);
        assert.ok(large.get("nodes-labels")?.dependsOn.includes("nodes-fit"));
    });

    it("finds the nodes whose labels are not as they should be, or that have them by others alone", () => {
        const given = (...keys: string[]) => {
            const fields = { "f:metadata": { "f:labels": Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) } };
            return [{ manager: managerOf("m3db"), operation: "Apply", fieldsV1: fields }];
        };
        const node = (name: string, labels: Record<string, string>, managedFields = given(...Object.keys(labels))) => ({
            metadata: { name, uid: `uid-${name}`, labels, managedFields },
        });
        const nodes = [
            node("right", { a: "1" }, given("a")),
            node("other-value", { a: "2" }),
            node("of-others", { a: "1" }, []),
            node("one-too-many", { a: "1", b: "1" }),
            node("gone-from-site", { a: "1" }),
            node("never-ours", { a: "1" }, []),
            node(
                "another-environment",
                { a: "1" },
                given("a").map((one) => ({ ...one, manager: managerOf("m3db-2") })),
            ),
        ];
        const ours = { a: "1" };
        const wanted = { right: ours, "other-value": ours, "of-others": ours, "one-too-many": ours };
        assert.deepEqual(
            changesOf(nodes, wanted, managerOf("m3db")).map(({ name, labels }) => [name, labels]),
            [
                ["other-value", ours],
                ["of-others", ours],
                ["one-too-many", ours],
                ["gone-from-site", {}],
            ],
        );
    });

    it("tells of a hundred nodes, and how many more there are", () => {
        const lines = Array.from({ length: 100 }, (_, index) => `node-${index}: added`);
        assert.equal(toldLines(lines), lines.join("\n"));
        assert.equal(toldLines([...lines, "a", "b"]), [...lines, "… and 2 more"].join("\n"));
        assert.equal(toldLines([]), "");
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
