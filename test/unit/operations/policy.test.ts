import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { policyText } from "../../../operations/cli/verbs/policy.ts";
import { type Declared, declaredIn, podsIn } from "../../../operations/policy/declared.ts";
import { readPreview } from "../../../operations/policy/render.ts";
import { exceptions, judgePolicy, rules } from "../../../operations/policy/rules.ts";
import { runWithMocks } from "../../support/pulumi-mocks.ts";

/** What the program registers, as a preview has it. */
async function declared(run: number, networkPolicies: object): Promise<Declared[]> {
    const config = {
        "m3perf:site": "test/unit/components/site.yaml",
        "m3perf:identities": JSON.stringify([{ name: "eu-1", labels: { cluster: "eu-1" } }]),
        "m3perf:generator": JSON.stringify({ series: 1000 }),
        "m3perf:m3db": JSON.stringify({ externalCoordinator: true }),
        "m3perf:networkPolicies": JSON.stringify(networkPolicies),
    };
    const program = `../../../index.ts?policy=${run}`;
    const { warn } = console;
    console.warn = () => {};
    const { resources } = await runWithMocks(
        config,
        () => import(program),
        (name, inputs) => {
            const metadata = (inputs.metadata ?? {}) as Record<string, unknown>;
            return { ...inputs, result: "a".repeat(48), metadata: { name, generation: 7, ...metadata } };
        },
    ).finally(() => {
        console.warn = warn;
    });
    const steps = [...resources.values()].map(({ type, name, inputs }) => ({
        op: "create",
        urn: `urn:pulumi:any::m3perf::${type}::${name}`,
        newState: { type, inputs: JSON.parse(JSON.stringify(inputs)) },
    }));
    return declaredIn({ steps });
}

type Change = (object: Declared) => void;
// biome-ignore lint/suspicious/noExplicitAny: what is broken on purpose has any form
type Any = any;
const spec = (object: Declared) => (object.inputs as Any).spec;
const container = (object: Declared) => spec(object).template.spec.containers[0];

/** One breach each: rule, in which object, how, what is said of it. */
const planted: [string, string, Change, RegExp][] = [
    ["pods.restricted", "Deployment", (one) => (container(one).securityContext.privileged = true), /privileged/],
    ["pods.restricted", "M3DBCluster", (one) => (spec(one).podSecurityContext.runAsUser = 0), /runAsUser 0/],
    ["pods.read-only", "Deployment", (one) => delete container(one).securityContext.readOnlyRootFilesystem, /not true/],
    ["pods.limits", "StatefulSet", (one) => delete container(one).resources.limits, /no limit of memory/],
    ["pods.limits", "M3DBCluster", (one) => delete spec(one).containerResources.requests, /no request of CPU/],
    ["pods.account", "Job", (one) => delete spec(one).template.spec.automountServiceAccountToken, /default account/],
    ["rbac.least", "ClusterRole", (one) => (one.inputs as Any).rules.push({ verbs: ["*"] }), /wildcard/],
    ["rbac.least", "ClusterRole", (one) => (one.inputs as Any).rules.push({ verbs: ["escalate"] }), /may escalate/],
    ["rbac.least", "ClusterRole", (one) => (one.inputs as Any).rules.push({ nonResourceURLs: ["*"] }), /wildcard/],
    ["rbac.least", "ClusterRole", (one) => ((one.inputs as Any).aggregationRule = {}), /rights of other roles/],
    [
        "rbac.least",
        "ClusterRoleBinding",
        (one) => ((one.inputs as Any).roleRef.name = "cluster-admin"),
        /gives cluster-admin/,
    ],
    ["images.pinned", "Deployment", (one) => (container(one).image = "quay.io/m3db/m3coordinator"), /m3coordinator/],
    ["images.pinned", "M3DBCluster", (one) => (spec(one).image = "host:5000/m3dbnode:latest"), /latest/],
    [
        "secrets.environment",
        "Deployment",
        (one) => (container(one).env = [{ name: "DB_PASSWORD", value: "x" }]),
        /DB_PASSWORD has a plain value/,
    ],
    ["secrets.sealed", "Secret", (one) => (one.inputs.stringData = { token: "x" }), /stringData.token is not sealed/],
    ["services.doors", "Service", (one) => (spec(one).type = "LoadBalancer"), /LoadBalancer/],
    [
        "network.named",
        "NetworkPolicy",
        (one) => (spec(one).podSelector = {}),
        /StatefulSet \S+: no NetworkPolicy names it/,
    ],
    [
        "network.named",
        "Deployment",
        (one) => (spec(one).template.metadata.labels.app = "other"),
        /Deployment \S+: no NetworkPolicy names it/,
    ],
    [
        "network.named",
        "M3DBCluster",
        (one) => (spec(one).labels = { "operator.m3db.io/app": "x" }),
        /M3DBCluster .*no Net/,
    ],
    ["network.named", "NetworkPolicy", (one) => (spec(one).ingress = [{}]), /lets everybody in, to every port/],
    [
        "network.named",
        "NetworkPolicy",
        (one) => (spec(one).ingress = [{ from: [{ podSelector: {} }] }]),
        /lets in every pod of its namespace/,
    ],
    [
        "network.named",
        "NetworkPolicy",
        (one) => (spec(one).ingress = [{ from: [{ namespaceSelector: {} }], ports: [{ port: 1 }] }]),
        /lets in every pod of the cluster/,
    ],
    [
        "network.named",
        "NetworkPolicy",
        (one) =>
            (spec(one).ingress = [
                {
                    from: [
                        {
                            namespaceSelector: {
                                matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "Exists" }],
                            },
                        },
                    ],
                },
            ]),
        /lets in every pod of the cluster/,
    ],
    [
        "network.named",
        "NetworkPolicy",
        (one) =>
            (spec(one).ingress = [
                { from: [{ podSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["x"] }] } }] },
            ]),
        /lets in every pod of its namespace/,
    ],
    ...[
        { from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] },
        { from: [{ ipBlock: { cidr: "::/0" } }], ports: [{ port: 1, endPort: 65_535 }] },
        {
            from: [{ podSelector: { matchLabels: { a: "b" } } }, { ipBlock: { cidr: "0.0.0.0/0" } }],
            ports: [{ port: 1 }],
        },
        { ports: [{ protocol: "TCP" }] },
    ].map((rule): (typeof planted)[number] => [
        "network.named",
        "NetworkPolicy",
        (one) => (spec(one).ingress = [rule]),
        /lets everybody in/,
    ]),
    [
        "pods.restricted",
        "M3DBCluster",
        (one) => (spec(one).initContainers = [{ name: "i", securityContext: { privileged: true } }]),
        /privileged/,
    ],
    [
        "images.pinned",
        "M3DBCluster",
        (one) => (spec(one).sidecarContainers = [{ name: "s", image: "x:latest" }]),
        /x:latest/,
    ],
    [
        "pods.restricted",
        "M3DBCluster",
        (one) => (spec(one).sidecarVolumes = [{ name: "v", hostPath: { path: "/" } }]),
        /hostPath/,
    ],
];

/** Objects of kinds that the program does not declare, each with a container that may do anything. */
const privileged = { containers: [{ name: "c", image: "a:1", securityContext: { privileged: true } }] };
const others: Declared[] = [
    { kind: "Pod", name: "one", inputs: { metadata: {}, spec: privileged } },
    { kind: "CronJob", name: "two", inputs: { spec: { jobTemplate: { spec: { template: { spec: privileged } } } } } },
    { kind: "DaemonSet", name: "three", inputs: { spec: { template: { spec: privileged } } } },
];

describe("policy", () => {
    let objects: Declared[];
    let open: Declared[];
    before(async () => {
        objects = await declared(1, { enabled: true });
        open = await declared(2, {});
    });

    it("holds for everything that the program declares, gateway, generator and admin coordinator with it", () => {
        const judged = judgePolicy(objects);
        assert.deepEqual(judged.breaches, []);
        const pods = podsIn(objects).map(({ of }) => of);
        for (const name of [
            "m3coordinator",
            "m3query",
            "m3gateway",
            "m3perf-load",
            "m3aggregator",
            "m3db-operator",
            "m3admin",
        ])
            assert.ok(
                pods.some((of) => of.endsWith(` ${name}`)),
                `no ${name} in ${pods.join(", ")}`,
            );
        assert.match(policyText(judged), new RegExp(`^All ${rules.length} rules hold for \\d+ objects`, "m"));
    });

    it("takes objects that lack what they should have", () => {
        const bare = ["Secret", "M3DBCluster", "Deployment", "Role", "RoleBinding", "Service"].map(
            (kind): Declared => ({
                kind,
                name: "x",
                inputs: { spec: kind === "M3DBCluster" ? undefined : { template: { spec: {} } } },
            }),
        );
        assert.ok(
            Array.isArray(judgePolicy([...bare, { kind: "Secret", name: "n", inputs: { stringData: null } }]).breaches),
        );
    });

    it("looks at pods, cron jobs and daemons as well", () => {
        const { breaches } = judgePolicy(others);
        const seen = breaches.filter(({ rule, what }) => rule === "pods.restricted" && /privileged/.test(what));
        assert.deepEqual(
            seen.map(({ of }) => of.split(",")[0]?.split(" container")[0]),
            ["Pod one", "CronJob two", "DaemonSet three"],
        );
    });

    for (const [rule, kind, change, says] of planted) {
        it(`${rule} sees it where it is broken: ${kind}, ${says.source}`, () => {
            const worse = structuredClone(objects);
            const object = worse.find((one) => one.kind === kind);
            assert.ok(object, `no ${kind}`);
            change(object);
            const { breaches } = judgePolicy(worse);
            assert.ok(
                breaches.some((breach) => breach.rule === rule && says.test(`${breach.of}: ${breach.what}`)),
                JSON.stringify(breaches),
            );
            assert.match(policyText(judgePolicy(worse)), new RegExp(`^BROKEN {2}${rule}: .*\\n.*${object.kind}`, "m"));
        });
    }

    it("every rule has a breach planted, and every exception something that it excepts", () => {
        assert.deepEqual([...new Set(planted.map(([rule]) => rule))].sort(), rules.map(({ id }) => id).sort());
        const { breaches, excepted } = judgePolicy(open);
        assert.deepEqual(breaches, []);
        for (const { rule, of } of exceptions)
            assert.ok(
                excepted.some((one) => one.rule === rule && of.test(one.of)),
                `nothing needs the exception ${rule} ${of}`,
            );
    });

    it("tells that pods are open to all where no policies are wanted, in a line and not for each pod", () => {
        const { excepted } = judgePolicy(open);
        const own = excepted.filter(({ rule }) => rule === "network.named");
        assert.equal(own.length, 1);
        assert.match(
            policyText(judgePolicy(open)),
            /except the stack: no NetworkPolicy names a pod: m3perf:networkPolicies/,
        );
        assert.deepEqual(
            judgePolicy(objects).excepted.filter(({ rule }) => rule === "network.named"),
            [],
        );
    });

    it("a preview in which nothing is declared shows nothing", () => {
        assert.throws(() => declaredIn({}), /this is no `pulumi preview --json`/);
        assert.equal(judgePolicy([]).pods, 0);
    });

    it("says of JSON that is no preview that it is none, whatever it is", () => {
        for (const other of [null, 5, "steps", [], { steps: null }, { steps: [null] }, { steps: [{ op: "create" }] }])
            assert.throws(() => declaredIn(other), /this is no `pulumi preview --json`/, JSON.stringify(other));
    });

    it("reads a kept preview from the user's folder", async () => {
        const folder = mkdtempSync(join(tmpdir(), "m3perf-policy-"));
        const before = process.env.M3PERF_CWD;
        try {
            process.env.M3PERF_CWD = folder;
            writeFileSync(join(folder, "mine.json"), '{"steps": []}');
            assert.deepEqual(await readPreview("mine.json"), { steps: [] });
            await assert.rejects(readPreview("other.json"), /--file other\.json cannot be read/);
        } finally {
            if (before === undefined) delete process.env.M3PERF_CWD;
            else process.env.M3PERF_CWD = before;
            rmSync(folder, { recursive: true });
        }
    });
});
