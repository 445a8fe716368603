import assert from "node:assert/strict";
import { type Workload, workloads, workloadsOf } from "../../../components/network/flows.ts";
import { networkPlan } from "../../../components/network/plan.ts";
import { labelsOf, networkPolicies } from "../../../components/network/policies.ts";
import {
    type NetworkPolicy,
    type Outside,
    type PolicyPod,
    passage,
} from "../../../operations/policy/network-policy.ts";
import { loadSettings } from "../../../settings/index.ts";

const namespaces = Object.fromEntries(
    ["m3db", "monitoring", "shop"].map((name) => [name, { "kubernetes.io/metadata.name": name }]),
);

function planOf(settings: Record<string, unknown>) {
    const config = { networkPolicies: { enabled: true }, ...settings };
    const entries = Object.entries(config).map(([key, value]) => [`m3perf:${key}`, JSON.stringify(value)]);
    return networkPlan(
        loadSettings({
            config: { "m3perf:site": "test/unit/components/site.yaml", ...Object.fromEntries(entries) },
            stackFile: "Pulumi.test.yaml",
        }),
    );
}

const stranger: PolicyPod = { name: "stranger", namespace: "shop", labels: { app: "m3coordinator" } };
const neighbour: PolicyPod = { name: "neighbour", namespace: "m3db", labels: { app: "cronjob" } };
const prometheus: PolicyPod = { name: "prometheus-0", namespace: "monitoring", labels: { app: "prometheus" } };
const node: Outside = { address: "10.90.0.10" };
const internet: Outside = { address: "203.0.113.9" };
const others = { stranger, neighbour, prometheus, node, internet };
type Who = Workload | keyof typeof others;

/** Who reaches a port of a workload, of all that there are. */
function world(settings: Record<string, unknown> = {}) {
    const plan = planOf(settings);
    const policies = networkPolicies(plan).map(({ manifest }) => manifest as NetworkPolicy);
    const podOf = (workload: Workload, index = 0): PolicyPod => ({
        name: `${workloads[workload]}-${index}`,
        namespace: "m3db",
        labels: labelsOf(workload, plan),
    });
    const there = workloadsOf(plan);
    const everybody = [...there, ...(Object.keys(others) as (keyof typeof others)[])];
    const reaches = (from: Who, to: Workload, port: number) =>
        passage(
            { policies, namespaces },
            {
                from: from in others ? others[from as keyof typeof others] : podOf(from as Workload, 1),
                to: podOf(to),
                port,
            },
        ).passes;
    return {
        ...{ plan, policies, there, everybody },
        callers: (to: Workload, port: number) => everybody.filter((from) => reaches(from, to, port)).sort(),
    };
}

const identities = [{ name: "eu-1", labels: { cluster: "eu-1" } }];
const sorted = (...names: Who[]) => names.sort();

describe("network policies", () => {
    const usual = world();
    /** Of a stack without identities: exactly who may come to each port. */
    const ways: [Workload, number, Who[] | "everybody"][] = [
        ["etcd", 2379, ["etcd", "m3db", "coordinator", "query", "aggregator", "node", "prometheus"]],
        ["etcd", 2380, ["etcd"]],
        ["m3db", 9000, ["m3db", "coordinator", "query"]],
        ["m3db", 9001, []],
        ["m3db", 9002, ["node"]],
        ["m3db", 9003, []],
        ["m3db", 9004, ["node", "prometheus"]],
        ["m3db", 7201, ["operator", "setup", "node"]],
        ["m3db", 7203, ["node", "prometheus"]],
        ["coordinator", 7201, "everybody"],
        ["coordinator", 7203, "everybody"],
        ["coordinator", 7507, ["aggregator"]],
        ["coordinator", 7202, []],
        ["query", 7201, "everybody"],
        ["query", 7202, []],
        ["query", 7203, ["node", "prometheus"]],
        ["query", 7210, []],
        ["aggregator", 6000, ["coordinator", "aggregator"]],
        ["aggregator", 6001, ["node"]],
        ["aggregator", 6002, "everybody"],
        ["operator", 8080, []],
        ["setup", 7201, []],
    ];
    for (const [to, port, who] of ways) {
        it(`let come to ${to} ${port}: ${who === "everybody" ? who : who.join(", ") || "nobody"}`, () => {
            assert.deepEqual(
                usual.callers(to, port),
                who === "everybody" ? usual.everybody.toSorted() : sorted(...who),
            );
        });
    }

    it("leave no door but the gateway where it is the only one", () => {
        const { callers, everybody } = world({ identities, generator: { series: 1000 } });
        assert.deepEqual(callers("coordinator", 7201), sorted("gateway", "generator", "node"));
        assert.deepEqual(callers("query", 7201), sorted("gateway", "node"));
        assert.deepEqual(callers("gateway", 7210), everybody.toSorted());
        assert.deepEqual(callers("gateway", 7211), ["node"]);
        assert.deepEqual(callers("generator", 9464), sorted("node", "prometheus"));
        const beside = world({ identities, gateway: { exclusive: false } });
        assert.deepEqual(beside.callers("coordinator", 7201), beside.everybody.toSorted());
    });

    it("let only who has a certificate come to etcd's clients' port where it asks for one; its metrics have another", () => {
        const { callers } = world({ tls: { etcd: true } });
        assert.deepEqual(callers("etcd", 2379), sorted("etcd", "m3db", "coordinator", "query", "aggregator"));
        assert.deepEqual(callers("etcd", 2381), sorted("node", "prometheus"));
        assert.deepEqual(usual.callers("etcd", 2381), []);
    });

    it("let the operator and the set-up ask an admin-only coordinator, and that M3DB and etcd", () => {
        const { callers } = world({ m3db: { externalCoordinator: true } });
        assert.deepEqual(callers("admin", 7201), sorted("operator", "setup", "node"));
        assert.deepEqual(callers("admin", 7203), sorted("node", "prometheus"));
        assert.deepEqual(callers("m3db", 7201), sorted("operator", "setup", "node"), "the way back");
        assert.ok(callers("etcd", 2379).includes("admin") && callers("m3db", 9000).includes("admin"));
    });

    it("let other zones ask those that answer queries, and with a NodePort whoever comes by it", () => {
        const zone = { serveRemotes: true };
        const zones = sorted("coordinator", "query", "stranger", "node");
        assert.deepEqual(world({ query: zone }).callers("query", 7202), zones);
        const integrated = world({ query: { ...zone, mode: "integrated" } });
        assert.deepEqual(integrated.callers("coordinator", 7202), zones);
        assert.deepEqual(integrated.callers("query", 7202), []);
        const published = world({ query: { ...zone, remotesNodePort: 32559 } });
        assert.deepEqual(published.callers("query", 7202), published.everybody.toSorted());
    });

    it("let what the settings add do what the nodes may, and no more", () => {
        const { policies, plan } = world({ networkPolicies: { enabled: true, allowFrom: ["203.0.113.0/24"] } });
        const to: PolicyPod = { name: "etcd-0", namespace: "m3db", labels: labelsOf("etcd", plan) };
        const passes = (port: number) => passage({ policies, namespaces }, { from: internet, to, port }).passes;
        assert.deepEqual([passes(2379), passes(2380)], [true, false]);
        const gateway = planOf({ identities, gateway: { allowFrom: ["203.0.113.0/24"] } });
        assert.ok(gateway.ranges.includes("203.0.113.0/24"), "the gateway's own ranges go on to count");
    });

    it("open nothing where nobody is left to name: nodes with names for addresses", () => {
        const plan = { ...usual.plan, ranges: [] };
        for (const { manifest, workload } of networkPolicies(plan)) {
            const { ingress = [] } = (manifest as NetworkPolicy).spec;
            for (const { from } of ingress) assert.ok(from === undefined || from.length > 0, workload);
        }
        const aggregator = networkPolicies(plan).find(({ workload }) => workload === "aggregator");
        assert.ok(aggregator);
        const { ingress = [] } = (aggregator.manifest as NetworkPolicy).spec;
        const open = ingress.flatMap(({ ports = [] }) => ports.map(({ port }) => port));
        assert.deepEqual(open, [6000, 6002]);
    });

    it("are one for each workload, of names that no other object of its kind has", () => {
        const { policies, there } = world({ identities });
        assert.equal(new Set(policies.map(({ metadata }) => metadata.name)).size, there.length);
        assert.ok(
            !policies.some(({ metadata }) => metadata.name === "m3gateway"),
            "the gateway's own policy, while it is still there",
        );
        assert.ok(!there.includes("admin") && !there.includes("generator"));
    });
});
