import assert from "node:assert/strict";
import type { Environment } from "../../../settings/environment.ts";
import { isSecret, type Registered, runWithMocks } from "../../support/pulumi-mocks.ts";

/** What the provider would give back: the inputs, with a name where Pulumi makes one. */
function stateOf(name: string, inputs: Record<string, unknown>): Record<string, unknown> {
    const metadata = (inputs.metadata ?? {}) as Record<string, unknown>;
    return { ...inputs, metadata: { name: `${name}-0a1b2c3d`, generation: 7, ...metadata } };
}

describe("the program", () => {
    let resources: Map<string, Registered>;
    let environment: Environment;
    const get = (name: string): Registered => {
        const found = resources.get(name);
        assert.ok(found, `${name} is not registered; there are ${[...resources.keys()].join(", ")}`);
        return found;
    };

    const chain = (name: string): string[] => {
        const { dependsOn, parent } = get(name);
        return parent === "" ? dependsOn : [...dependsOn, ...chain(parent)];
    };

    before(async () => {
        const config = { "m3perf:site": "test/unit/components/site.yaml" };
        const run = () => import("../../../index.ts") as Promise<{ environment: Environment }>;
        const seen = await runWithMocks(config, run, stateOf);
        resources = seen.resources;
        environment = seen.result.environment;
    });

    it("registers every component with its children under it, names prefixed", () => {
        const components = [...resources.values()].filter(({ type }) => type.startsWith("m3perf:"));
        assert.deepEqual(components.map(({ type, name }) => `${name} ${type}`).sort(), [
            "etcd m3perf:m3:Etcd",
            "m3-cluster m3perf:m3:Cluster",
            "m3-setup m3perf:m3:Setup",
            "m3aggregator m3perf:m3:Aggregator",
            "m3coordinator m3perf:m3:Coordinator",
            "m3query m3perf:m3:Query",
            "nodes m3perf:nodes:NodeTopology",
            "observe m3perf:observe:Observe",
            "operator m3perf:m3:Operator",
            "prometheus m3perf:prometheus:RemoteStorage",
        ]);
        for (const component of components) {
            const children = [...resources.values()].filter(({ parent }) => parent === component.name);
            assert.ok(children.length > 0, `${component.name} has no children`);
            for (const child of children) assert.ok(child.name.startsWith(`${component.name}-`), child.name);
        }
    });

    it("gives every Kubernetes resource the explicit provider, whose choices are all made", () => {
        const kubernetes = [...resources.values()].filter(({ type }) => type.startsWith("kubernetes:"));
        assert.ok(kubernetes.length > 25, String(kubernetes.length));
        for (const { name, provider } of kubernetes) assert.match(provider, /::kubernetes::/, name);
        const { inputs } = get("kubernetes");
        assert.deepEqual(
            { ...inputs, kubeconfig: undefined },
            {
                kubeconfig: undefined,
                clusterIdentifier: "test",
                enableServerSideApply: "true",
                enableConfigMapMutable: "false",
                enableSecretMutable: "false",
                deleteUnreachable: "false",
                skipUpdateUnreachable: "false",
            },
        );
    });

    it("keeps the kubeconfig secret wherever it goes", () => {
        assert.ok(isSecret(get("kubernetes").inputs.kubeconfig));
        for (const name of ["nodes-fit", "nodes-taint", "m3-cluster-guard", "m3-cluster-roll", "prometheus-attach"]) {
            const variables = get(name).inputs.environment as Record<string, unknown>;
            assert.ok(isSecret(variables.M3PERF_KUBECONFIG), name);
        }
    });

    it("gives back what a command did before it does it elsewhere", () => {
        for (const name of ["nodes-taint", "prometheus-attach"]) assert.equal(get(name).deleteBeforeReplace, true);
    });

    it("gives every command a limit", () => {
        const limits = (limit: string) => ({ create: limit, update: limit, delete: limit });
        assert.deepEqual(get("nodes-taint").customTimeouts, limits("5m"));
        assert.deepEqual(get("prometheus-attach").customTimeouts, limits("11m"), "its own");
    });

    it("depends in the order that brings the cluster up and takes it down safely", () => {
        // A child is registered after its component, which waits for its own dependencies, and is deleted before it: what counts is
        // the chain. A dependency on a component is one on all its children.
        const after: [string, string[]][] = [
            ["nodes-worker-1", ["nodes-fit"]],
            ["nodes-taint", ["nodes-fit"]],
            ["etcd-members", ["m3db", "nodes-taint", "nodes-worker-1", "etcd-peers"]],
            ["operator-workload", ["operator-definition", "operator-binding", "m3db"]],
            // What is on a node before its taint stays on it.
            ["operator-workload", ["nodes-taint"]],
            ["m3-cluster-m3db", ["etcd-members", "operator-workload", "operator-definition", "nodes-taint"]],
            ["m3-cluster-m3db", ["m3-cluster-guard", "m3-cluster-config"]],
            ["m3-cluster-roll", ["m3-cluster-m3db"]],
            ["m3-setup-job", ["m3-cluster-m3db", "m3-cluster-roll"]],
            ["m3coordinator-workload", ["m3-setup-job"]],
            ["m3query-workload", ["m3-setup-job"]],
            ["m3aggregator-workload", ["m3-setup-job", "m3aggregator-instances"]],
            ["m3-setup-shards", ["m3-setup-job"]],
            ["prometheus-attach", ["m3coordinator-service", "m3query-service", "m3aggregator-workload"]],
            ["prometheus-attach", ["observe-rules"]],
        ];
        for (const [name, earlier] of after) {
            const dependsOn = chain(name);
            for (const one of earlier)
                assert.ok(dependsOn.includes(one), `${name} does not depend on ${one}: ${dependsOn}`);
        }
        // The last replica may take a tick more: nothing but the update's end waits for it.
        for (const name of ["m3coordinator-workload", "m3aggregator-workload", "prometheus-attach"])
            assert.ok(!chain(name).includes("m3-setup-shards"), name);
    });

    it("rolls the pods when their configuration changes: the ConfigMaps' names are Pulumi's", () => {
        for (const app of ["m3coordinator", "m3query", "m3aggregator"]) {
            const { inputs } = get(`${app}-config`);
            assert.equal((inputs.metadata as { name?: string }).name, undefined);
            assert.match(JSON.stringify(get(`${app}-workload`).inputs), new RegExp(`"name":"${app}-config-0a1b2c3d"`));
        }
        assert.match(JSON.stringify(get("m3-setup-job").inputs), /"name":"m3-setup-program-0a1b2c3d"/);
        const { configMapName } = get("m3-cluster-m3db").inputs.spec as { configMapName: string };
        assert.equal(configMapName, "m3-cluster-config-0a1b2c3d");
    });

    it("rolls the database pods for each change of the M3DBCluster, so that one that failed is mended by the old settings", () => {
        const { generation } = JSON.parse(String(get("m3-cluster-roll").inputs.stdin)) as { generation: number };
        assert.equal(generation, 7);
    });

    it("holds no path of this machine", () => {
        for (const { name, inputs } of resources.values()) {
            assert.ok(!JSON.stringify(inputs).includes(process.cwd()), name);
        }
    });

    it("exports the environment that operations work on", () => {
        assert.equal(environment.version, 1);
        assert.equal(environment.stack, "test");
        assert.equal(environment.namespace, "m3db");
        assert.equal(environment.kubeconfig, null);
        assert.deepEqual(environment.etcd.endpoints[2], "http://etcd-2.etcd.m3db:2379");
        assert.deepEqual(environment.cluster.pods, ["m3-cluster-rep0-0", "m3-cluster-rep1-0", "m3-cluster-rep2-0"]);
        assert.equal(environment.cluster.m3Environment, "m3db/m3-cluster");
        assert.deepEqual(
            [environment.coordinator, environment.query, environment.aggregator].map((service) => [
                service.service,
                service.url,
                service.workload.kind,
                service.workload.replicas,
                service.nodePort,
                service.metricsNodePort,
            ]),
            [
                ["m3coordinator", "http://m3coordinator.m3db:7201", "Deployment", 2, 32555, 32556],
                ["m3query", "http://m3query.m3db:7201", "Deployment", 2, 32558, undefined],
                ["m3aggregator", "http://m3aggregator.m3db:6001", "StatefulSet", 1, undefined, 32330],
            ],
        );
        assert.deepEqual(
            environment.topics.map(({ name, consumer }) => `${name} → ${consumer}`),
            ["aggregator_ingest → m3aggregator", "aggregated_metrics → m3coordinator"],
        );
        assert.equal(environment.nodes.length, 7);
        assert.equal(environment.prometheus.readRecent, true);
        const text = JSON.stringify(environment);
        assert.ok(!text.includes("127.0.0.1:1"), "the kubeconfig's content is in it");
        assert.ok(!text.includes("urn:"), "more of a component than its facts is in it");
    });
});
