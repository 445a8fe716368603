import assert from "node:assert/strict";
import { type NodeLike, nodeFacts } from "../../../settings/fit/facts.ts";
import { fitInput } from "../../../settings/fit/input.ts";
import { judgeFit } from "../../../settings/fit/judge.ts";
import { amountOf, type PodLike, requestsOf } from "../../../settings/fit/quantities.ts";
import type { Problem } from "../../../support/errors.ts";
import { scenario, siteWith } from "./sites.ts";

const site = siteWith([undefined, undefined, undefined]);
const input = fitInput(site, scenario());

function live(name: string, memory: string, cpu = "3900m", more: Partial<NodeLike> = {}): NodeLike {
    const conditions = [{ type: "Ready", status: "True" }];
    const nodeInfo = { architecture: "amd64" };
    return { metadata: { name }, status: { allocatable: { memory, cpu }, conditions, nodeInfo }, ...more };
}
/** The site's nodes as they should be, those of the same name replaced. */
function cluster(...replaced: NodeLike[]): NodeLike[] {
    const as = site.nodes.map(({ name, roles }) => live(name, roles.includes("m3db") ? "7500Mi" : "15500Mi"));
    return as.map((node) => replaced.find(({ metadata }) => metadata?.name === node.metadata?.name) ?? node);
}
function pod(
    namespace: string,
    name: string,
    nodeName: string,
    memory: string,
    more: Partial<PodLike["metadata"]> = {},
): PodLike {
    const containers = [{ resources: { requests: { memory, cpu: "100m" } } }];
    return { metadata: { namespace, name, ...more }, spec: { nodeName, containers } };
}
const judge = (nodes: NodeLike[], pods: PodLike[] = []) => judgeFit(input, nodeFacts(nodes, pods, input.own));
const text = ({ what, why, next }: Problem) => [what, why, next].join(" | ");
const only = (problems: Problem[]) => {
    assert.equal(problems.length, 1, problems.map(text).join("\n"));
    return problems[0] ? text(problems[0]) : "";
};

describe("quantities of Kubernetes", () => {
    it("are read in every form that an API server writes", () => {
        const forms: [string, number][] = [
            ["8Gi", 2 ** 33],
            ["7782908Ki", 7782908 * 1024],
            ["1500M", 1.5e9],
            ["129e6", 129e6],
            ["1E", 1e18],
            ["128974848000m", 128974848],
            ["0.5", 0.5],
            ["250m", 0.25],
        ];
        for (const [written, amount] of forms) assert.ok(Math.abs(amountOf(written) - amount) < 1e-6 * amount, written);
        assert.equal(amountOf("much"), 0);
    });

    it("add up to a pod's requests as the scheduler counts them", () => {
        const asks = (memory: string, cpu = "0") => ({ resources: { requests: { memory, cpu } } });
        const containers = [asks("100Mi", "100m"), asks("50Mi", "0.2")];
        assert.deepEqual(requestsOf({ spec: { containers } }), { memoryMi: 150, cpuMilli: 300 });
        const initContainers = [{ ...asks("20Mi"), restartPolicy: "Always" }, asks("400Mi", "50m")];
        assert.deepEqual(requestsOf({ spec: { containers, initContainers } }), { memoryMi: 420, cpuMilli: 300 });
        const overhead = { memory: "10Mi" };
        assert.equal(requestsOf({ spec: { containers, overhead } }).memoryMi, 160);
        const resources = { requests: { memory: "1Gi" } };
        assert.deepEqual(requestsOf({ spec: { containers, resources } }), { memoryMi: 1024, cpuMilli: 300 });
        assert.deepEqual(requestsOf({ spec: { containers: [{}] } }), { memoryMi: 0, cpuMilli: 0 });
    });
});

describe("sizes against the cluster's nodes", () => {
    it("fit where they do, and say by how much", () => {
        const { problems, notes, lines } = judge(cluster(), [pod("kube-system", "proxy", "worker-1", "48Mi")]);
        assert.deepEqual(problems, []);
        assert.deepEqual(notes.length, 1);
        assert.equal(lines.length, 5);
        assert.equal(
            lines[0],
            "worker-1: asks for 4752Mi and 600m beside 48Mi and 100m of others; it has 7500Mi and 3900m",
        );
    });

    it("name the node whose memory is too little, who is there, and the setting that would do", () => {
        const pods = [
            pod("shop", "cart", "worker-2", "600Mi"),
            pod("kube-system", "proxy", "worker-2", "48Mi", { ownerReferences: [{ kind: "DaemonSet" }] }),
            pod("m3db", "etcd-1", "worker-2", "256Mi", { labels: { app: "etcd" } }),
            pod("m3db", "m3-cluster-rep1-0", "worker-2", "4496Mi", { labels: { "operator.m3db.io/app": "m3db" } }),
            { ...pod("shop", "old", "worker-2", "900Mi"), status: { phase: "Succeeded" } },
            pod("shop", "unplaced", "", "900Mi"),
        ];
        const problem = only(judge(cluster(live("worker-2", "5000Mi")), pods).problems);
        assert.match(
            problem,
            /node worker-2: 400Mi of memory too little: its pods ask for 4752Mi beside 648Mi of others \(shop\/cart 600Mi, kube-system\/proxy 48Mi\), and it has 5000Mi/,
        );
        assert.match(problem, /m3db 4496Mi \+ etcd 256Mi/);
        assert.match(
            problem,
            /the site file says 8Gi: write what it has \(5000Mi\).* or set m3perf:m3db\.memory to 4096Mi at most/,
        );
    });

    it("count CPU, too", () => {
        const problem = only(judge(cluster(live("front-1", "15500Mi", "600m"))).problems);
        assert.match(problem, /node front-1: 50m of cpu too little: its pods ask for 650m, and it has 600m/);
        assert.match(problem, /coordinator 250m \+ query 250m \+ query front 50m \+ aggregator 100m/);
        assert.match(problem, /m3perf:coordinator\.cpu to 200m at most/);
    });

    it("need the nodes: there, Ready, not cordoned, without foreign taints", () => {
        const status = { conditions: [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" }] };
        const base = live("worker-1", "7500Mi");
        const away = judge([...cluster().slice(1), live("worker-01", "7500Mi")]);
        assert.match(only(away.problems), /node worker-1: is not in the cluster .* did you mean worker-01\?/);
        const lost = { ...base, status: { ...base.status, ...status } };
        assert.match(only(judge(cluster(lost)).problems), /worker-1: is not Ready \| NodeStatusUnknown/);
        assert.match(
            only(judge(cluster({ ...base, spec: { unschedulable: true } })).problems),
            /kubectl uncordon worker-1/,
        );
        const taints = [
            { key: "gpu", value: "yes", effect: "NoSchedule" },
            { key: "soft", effect: "PreferNoSchedule" },
            { key: "node.kubernetes.io/unreachable", effect: "NoExecute" },
        ];
        assert.match(
            only(judge(cluster({ ...base, spec: { taints } })).problems),
            /has the taint gpu=yes:NoSchedule, .*kubectl taint node worker-1 gpu:NoSchedule-/,
        );
    });

    it("may be short of memory, which keeps none of our pods off; not of disk", () => {
        const base = live("worker-1", "7500Mi");
        const under = (key: string) =>
            judge(cluster({ ...base, spec: { taints: [{ key: `node.kubernetes.io/${key}`, effect: "NoSchedule" }] } }));
        const { problems, notes } = under("memory-pressure");
        assert.deepEqual(problems, []);
        assert.match(notes.join(), /worker-1 is short of memory/);
        const disk = only(under("disk-pressure").problems);
        assert.match(
            disk,
            /worker-1: takes no new pods: its disk is full .* the kubelet takes the taint away by itself/,
        );
        assert.doesNotMatch(disk, /kubectl taint/);
    });

    it("need one architecture, and tell of one that the images are not made for", () => {
        const arm = (node: NodeLike) => ({ ...node, status: { ...node.status, nodeInfo: { architecture: "arm64" } } });
        const mixed = judge(cluster(arm(live("worker-1", "7500Mi"))));
        assert.match(only(mixed.problems), /different architectures \| arm64: worker-1; amd64: worker-2, /);
        const { problems, notes } = judge(cluster().map(arm));
        assert.deepEqual(problems, []);
        assert.match(notes[0] ?? "", /nodes are arm64: M3's official images are made for amd64/);
    });

    it("leave room for what no role binds", () => {
        const full = [pod("shop", "a", "front-1", "2000Mi"), pod("shop", "b", "front-2", "5000Mi")];
        assert.deepEqual(judge(cluster(), full.slice(0, 1)).problems.map(text), []);
        assert.match(
            only(judge(cluster(), full).problems),
            /no node has room for m3db-operator and set-up job: 384Mi and 70m/,
        );
    });

    it("tell of pods that stay on a node that M3DB is to have to itself", () => {
        const { notes } = judge(cluster(), [pod("shop", "cart", "worker-3", "1Mi")]);
        assert.match(notes[0] ?? "", /worker-3 is for M3DB alone, .* moves none: shop\/cart/);
    });
});
