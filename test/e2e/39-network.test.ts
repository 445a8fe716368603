import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type NetworkPlan, networkPlan } from "../../components/network/plan.ts";
import { networkPolicies } from "../../components/network/policies.ts";
import { type Cluster, type NetworkPolicy, type PolicyPod, passage } from "../../operations/policy/network-policy.ts";
import { loadSettings } from "../../settings/index.ts";
import { labDir } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { incoming } from "../support/proc-net.ts";
import { kubectl, kubectlJson, lab, socketsOf, standsOn, temporaryFolder } from "./environment.ts";

/**
 * The lab's network enforces no policies, so what they let pass is looked up by their rules (operations/policy/network-policy.ts) for the
 * connections that really stand: each pod's own list of sockets says who has come in, by the address of the pod that came.
 */

interface Listed<Spec, Status> {
    items: {
        metadata: { name: string; namespace: string; labels?: Record<string, string>; deletionTimestamp?: string };
        spec: Spec;
        status: Status;
    }[];
}

interface Seen {
    from: PolicyPod | undefined;
    /** For what is no pod: a node, the API server by one. */
    address: string;
    to: PolicyPod;
    port: number;
}

/** The pods on networks of their own by address; those that have ended left theirs to others. */
async function podsByAddress(): Promise<Map<string, PolicyPod>> {
    const { items } = await kubectlJson<
        Listed<{ hostNetwork?: boolean }, { phase: string; podIPs?: { ip: string }[] }>
    >(...["get", "pods", "--all-namespaces"]);
    return new Map(
        items
            .filter(({ spec, status }) => !spec.hostNetwork && status.phase === "Running")
            .flatMap(({ metadata: { name, namespace, labels = {} }, status }) =>
                (status.podIPs ?? []).map(({ ip }) => [ip, { name, namespace, labels }] as const),
            ),
    );
}

/** Who has come to each pod of the namespace. Few at a time: each exec is a program of its own. */
async function look(namespace: string): Promise<Seen[]> {
    const pods = await podsByAddress();
    const ours = [...new Set(pods.values())].filter((pod) => pod.namespace === namespace);
    const seen: Seen[] = [];
    const next = async (): Promise<void> => {
        for (let to = ours.pop(); to; to = ours.pop()) {
            for (const { from: address, port } of incoming(await socketsOf(namespace, to.name)))
                seen.push({ from: pods.get(address), address, to, port });
        }
    };
    await Promise.all(Array.from({ length: 4 }, next));
    return seen;
}

/**
 * A pod that has gone: sockets to it may stand a while. The lab's pods have 10.88.0.0 to 10.95.255.255, of which each node has the first
 * of its part, for what it says to its own pods (lab/cluster/addresses.ts).
 */
const isGone = ({ from, address }: Seen) => !from && /^10\.(8[89]|9[0-5])\.\d+\.(?!1$)\d+$/.test(address);

const text = ({ from, address, to, port }: Seen) => `${from?.name ?? address} -> ${to.name}:${port}`;

/** Connections that stand as long as M3 does: without them the look has seen nothing. */
const needed: [from: RegExp, to: RegExp, port: number][] = [
    [/^etcd-/, /^etcd-/, 2380],
    [/^m3-cluster-rep/, /^etcd-/, 2379],
    [/^m3coordinator-/, /^etcd-/, 2379],
    [/^m3query-/, /^etcd-/, 2379],
    [/^m3aggregator-/, /^etcd-/, 2379],
    [/^m3coordinator-/, /^m3-cluster-rep/, 9000],
    [/^m3query-/, /^m3-cluster-rep/, 9000],
    [/^m3coordinator-/, /^m3aggregator-/, 6000],
    [/^m3aggregator-/, /^m3coordinator-/, 7507],
    [/^prometheus-server-/, /^m3coordinator-/, 7201],
];

describe("e2e: who talks to whom", function () {
    this.timeout(2 * 60_000);
    let plan: NetworkPlan;
    let cluster: Cluster;
    const seen: Seen[] = [];

    before(async () => {
        standsOn("up", "up");
        const config = {
            "m3perf:site": labDir(lab, "site.yaml"),
            "m3perf:networkPolicies": JSON.stringify({ enabled: true }),
        };
        plan = networkPlan(loadSettings({ config, stackFile: "Pulumi.dev.yaml" }));
        const { items } = await kubectlJson<Listed<object, object>>("get", "namespaces");
        cluster = {
            policies: networkPolicies(plan).map(({ manifest }) => manifest as NetworkPolicy),
            namespaces: Object.fromEntries(items.map(({ metadata: { name, labels = {} } }) => [name, labels])),
        };
    });

    it("the API server takes every policy", async () => {
        const file = join(await temporaryFolder(), "policies.json");
        const items = cluster.policies.map((one) => ({
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            ...one,
        }));
        await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
        const taken = await kubectl("apply", "--dry-run=server", "-f", file, "-o", "name");
        assert.equal(taken.trim().split("\n").length, items.length, taken);
    });

    it("the connections that M3 lives by are seen", async () => {
        const missing = () =>
            needed.filter(
                ([from, to, port]) =>
                    !seen.some((one) => from.test(one.from?.name ?? "") && to.test(one.to.name) && one.port === port),
            );
        await waitFor({ what: "every connection that M3 lives by to be seen", timeout: 45, every: 1 }, async () => {
            seen.push(...(await look(plan.namespace)));
            return missing().length === 0;
        }).catch((error: unknown) => {
            const all = [...new Set(seen.map(text))].sort().join("\n");
            throw new Error(`not seen: ${missing().join("; ")}; seen:\n${all}`, { cause: error });
        });
    });

    it("each of them, and whatever else pods have between them, is one that the policies name", () => {
        const between = seen.filter(({ from }) => from !== undefined);
        assert.ok(between.length >= needed.length, String(between.length));
        const refused = between.filter(({ from, to, port }) => from && !passage(cluster, { from, to, port }).passes);
        assert.deepEqual([...new Set(refused.map(text))], []);
    });

    it("what came from nodes (probes, the API server for m3perf, NodePorts) came to ports that nodes may come to", () => {
        // A pod sees its own node by the bridge's address and the lab's API server, which is on no node, by its own: a node stands for all.
        const [range = ""] = plan.ranges;
        const node = { address: range.replace(/\/\d+$/, "") };
        const outside = seen.filter((one) => one.from === undefined && !isGone(one));
        assert.ok(outside.length > 0, "not even a probe");
        const refused = outside.filter(({ to, port }) => !passage(cluster, { from: node, to, port }).passes);
        assert.deepEqual([...new Set(refused.map(text))], []);
    });

    it("a pod that no policy names would have come to none but the published ports", () => {
        const from: PolicyPod = { name: "stranger", namespace: "default", labels: { app: "m3coordinator" } };
        const open = seen.filter(({ to, port }) => passage(cluster, { from, to, port }).passes);
        assert.deepEqual(
            [...new Set(open.map(({ port }) => port))].filter((port) => ![7201, 7203, 6002].includes(port)),
            [],
        );
        assert.ok(!open.some(({ to }) => /^(etcd|m3-cluster)-/.test(to.name)), [...new Set(open.map(text))].join("\n"));
    });
});
