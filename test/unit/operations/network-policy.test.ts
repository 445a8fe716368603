import assert from "node:assert/strict";
import {
    type NetworkPolicy,
    type Outside,
    type PolicyPod,
    passage,
    type Traffic,
} from "../../../operations/policy/network-policy.ts";

const pod = (name: string, namespace = "m3db", more: Partial<PolicyPod> = {}): PolicyPod => ({
    ...{ name: `${name}-0`, namespace, labels: { app: name } },
    ...more,
});
const namespaces = { m3db: { team: "m3" }, monitoring: { team: "ops" }, other: {} };
type Spec = NetworkPolicy["spec"];
const policy = (spec: Spec, name = "one", namespace = "m3db"): NetworkPolicy => ({
    metadata: { name, namespace },
    spec,
});
const ofEtcd = (spec: Omit<Spec, "podSelector">): NetworkPolicy =>
    policy({ podSelector: { matchLabels: { app: "etcd" } }, policyTypes: ["Ingress"], ...spec });
const etcd = pod("etcd", "m3db", { ports: { client: 2379 }, nodeAddresses: ["10.0.0.1"] });
const a = pod("a");
const passes = (
    policies: NetworkPolicy[],
    from: PolicyPod | Outside,
    to: PolicyPod | Outside,
    port = 2379,
    more = {},
) => passage({ policies, namespaces }, { from, to, port, ...more } satisfies Traffic).passes;

describe("what NetworkPolicies let pass", () => {
    it("is everything, to a pod that none selects for that direction", () => {
        assert.ok(passes([], a, etcd));
        assert.ok(passes([ofEtcd({})], a, pod("b")));
        assert.ok(passes([ofEtcd({ policyTypes: ["Egress"] })], a, etcd));
        assert.ok(
            passes([policy({ podSelector: {}, policyTypes: ["Ingress"] }, "x", "other")], a, etcd),
            "another namespace's",
        );
    });

    it("is nothing, to a pod that one selects and opens nothing of", () => {
        assert.ok(!passes([ofEtcd({})], a, etcd));
        assert.ok(!passes([policy({})], a, etcd), "no selector selects all; no types: Ingress");
        assert.ok(!passes([ofEtcd({ ingress: [] })], { address: "10.9.9.9" }, etcd));
    });

    it("adds up over policies", () => {
        const opens = ofEtcd({ ingress: [{ from: [{ podSelector: { matchLabels: { app: "a" } } }] }] });
        assert.ok(passes([ofEtcd({}), opens], a, etcd));
        assert.ok(!passes([ofEtcd({}), opens], pod("b"), etcd));
        assert.match(
            passage({ policies: [opens], namespaces }, { from: pod("b"), to: etcd, port: 1 }).because,
            /^Ingress of one$/,
        );
    });

    it("takes an empty rule, and a rule without peers, for everybody", () => {
        assert.ok(passes([ofEtcd({ ingress: [{}] })], { address: "8.8.8.8" }, etcd, 1));
        const port = ofEtcd({ ingress: [{ from: [], ports: [{ port: 2379 }] }] });
        assert.ok(passes([port], a, etcd));
        assert.ok(!passes([port], a, etcd, 2380));
    });

    it("knows pods by their labels, in the policy's own namespace unless another is selected", () => {
        const from = (...peers: NonNullable<NonNullable<Spec["ingress"]>[number]["from"]>) => [
            ofEtcd({ ingress: [{ from: peers }] }),
        ];
        const app = { matchLabels: { app: "a" } };
        assert.ok(!passes(from({ podSelector: app }), pod("a", "other"), etcd));
        assert.ok(passes(from({ namespaceSelector: {}, podSelector: app }), pod("a", "other"), etcd));
        assert.ok(
            !passes(from({ namespaceSelector: {}, podSelector: app }), pod("b", "other"), etcd),
            "both have to fit",
        );
        assert.ok(
            passes(from({ podSelector: app }, { namespaceSelector: {} }), pod("b", "other"), etcd),
            "two peers: either",
        );
        const ops = { namespaceSelector: { matchLabels: { team: "ops" } } };
        assert.ok(passes(from(ops), pod("x", "monitoring"), etcd));
        assert.ok(!passes(from(ops), pod("x", "unknown"), etcd));
        assert.ok(!passes(from({ podSelector: {} }), { address: "10.0.0.9" }, etcd), "what is outside has no labels");
    });

    it("knows what is outside by its address, pods never", () => {
        const block = { cidr: "10.1.0.0/16", except: ["10.1.2.0/24"] };
        const policies = [ofEtcd({ ingress: [{ from: [{ ipBlock: block }, { ipBlock: { cidr: "fd00::/8" } }] }] })];
        assert.ok(passes(policies, { address: "10.1.3.4" }, etcd));
        assert.ok(!passes(policies, { address: "10.1.2.4" }, etcd));
        assert.ok(!passes(policies, { address: "10.2.3.4" }, etcd));
        assert.ok(passes(policies, { address: "fd00::1" }, etcd));
        assert.ok(!passes(policies, { address: "fe80::1" }, etcd));
        assert.ok(!passes([ofEtcd({ ingress: [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] })], a, etcd));
    });

    it("knows ports by number, range, name and protocol", () => {
        const to = (...ports: NonNullable<NonNullable<Spec["ingress"]>[number]["ports"]>) => [
            ofEtcd({ ingress: [{ ports }] }),
        ];
        assert.ok(passes(to({ port: 2379 }), a, etcd));
        assert.ok(!passes(to({ port: 2379, protocol: "UDP" }), a, etcd));
        assert.ok(passes(to({ port: 2379, protocol: "UDP" }), a, etcd, 2379, { protocol: "UDP" }));
        assert.ok(passes(to({ port: 2000, endPort: 2400 }), a, etcd));
        assert.ok(!passes(to({ port: 2380, endPort: 2400 }), a, etcd));
        assert.ok(passes(to({ port: "client" }), a, etcd));
        assert.ok(!passes(to({ port: "peer" }), a, etcd));
        assert.ok(passes(to({ protocol: "TCP" }), a, etcd, 9));
    });

    it("asks the sender's side, too", () => {
        const out = policy({
            podSelector: { matchLabels: { app: "a" } },
            egress: [{ to: [{ podSelector: { matchLabels: { app: "etcd" } } }], ports: [{ port: 2379 }] }],
        });
        assert.ok(passes([out], a, etcd));
        assert.ok(!passes([out], a, etcd, 2380));
        assert.ok(!passes([out], a, pod("b")));
        assert.ok(!passes([out], a, { address: "8.8.8.8" }));
        assert.ok(passes([out], pod("b"), { address: "8.8.8.8" }), "it selects a alone");
        assert.ok(!passes([out, ofEtcd({})], a, etcd), "let out, and not let in");
        assert.ok(!passes([out], pod("b"), a), "without policyTypes it is of what comes in as well");
    });

    it("keeps no pod from itself, nor its own node from it", () => {
        assert.ok(passes([ofEtcd({})], etcd, etcd));
        assert.ok(passes([ofEtcd({})], { address: "10.0.0.1" }, etcd));
        assert.ok(!passes([ofEtcd({})], { address: "10.0.0.2" }, etcd));
    });

    it("selects by expressions", () => {
        const by = (operator: string, values?: string[]) => [
            policy({
                podSelector: { matchExpressions: [{ key: "app", operator, ...(values ? { values } : {}) }] },
                policyTypes: ["Ingress"],
            }),
        ];
        for (const [operator, values, selected] of [
            ["In", ["etcd"], true],
            ["In", ["x"], false],
            ["NotIn", ["etcd"], false],
            ["NotIn", ["x"], true],
            ["Exists", undefined, true],
            ["DoesNotExist", undefined, false],
        ] as const)
            assert.equal(!passes(by(operator, values && [...values]), a, etcd), selected, operator);
        assert.throws(() => passes(by("Like"), a, etcd), /no operator of a label selector: Like/);
    });
});
