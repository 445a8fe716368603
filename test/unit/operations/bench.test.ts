import assert from "node:assert/strict";
import { manifestsOf } from "../../../bench/apply.ts";
import { type Exported, flatDeployment, flatResources } from "../../../bench/flat.ts";
import { median, renderMeasured } from "../../../bench/statistics.ts";

const root = "urn:pulumi:dev::m3perf::pulumi:pulumi:Stack::m3perf-dev";
const component = "urn:pulumi:dev::m3perf::m3perf:m3:Etcd::etcd";
const provider = "urn:pulumi:dev::m3perf::pulumi:providers:kubernetes::kubernetes";
const service = "urn:pulumi:dev::m3perf::m3perf:m3:Etcd$kubernetes:core/v1:Service::etcd-peers";
const exported: Exported = {
    version: 3,
    deployment: {
        manifest: {},
        resources: [
            { urn: root, type: "pulumi:pulumi:Stack", custom: false, outputs: { environment: {} } },
            { urn: component, type: "m3perf:m3:Etcd", custom: false, parent: root },
            { urn: provider, type: "pulumi:providers:kubernetes", custom: true, inputs: { version: "4.34.2" } },
            {
                urn: service,
                type: "kubernetes:core/v1:Service",
                custom: true,
                parent: component,
                provider: `${provider}::04da-11`,
                dependencies: [component, provider],
                inputs: { kind: "Service", __defaults: [] },
            },
        ],
    },
};

describe("the flat program of the benchmark", () => {
    it("has the same resources without components, all under the stack", () => {
        const { resources = [] } = flatDeployment(exported).deployment;
        assert.deepEqual(
            resources.map(({ urn, parent }) => [urn, parent]),
            [
                [root, undefined],
                [provider, root],
                ["urn:pulumi:dev::m3perf::kubernetes:core/v1:Service::etcd-peers", root],
            ],
        );
        assert.equal(resources[2]?.provider, `${provider}::04da-11`);
        assert.deepEqual(resources[2]?.dependencies, [provider]);
        assert.deepEqual(resources[0]?.outputs, {});
    });

    it("registers each with its inputs and its provider", () => {
        assert.deepEqual(flatResources(exported), [
            { type: "pulumi:providers:kubernetes", name: "kubernetes", inputs: { version: "4.34.2" } },
            {
                type: "kubernetes:core/v1:Service",
                name: "etcd-peers",
                inputs: { kind: "Service" },
                provider: "kubernetes",
            },
        ]);
    });
});

describe("the manifests for kubectl apply", () => {
    it("are what Pulumi has sent, without what is Pulumi's own, in an order that the API server takes", () => {
        const resource = (type: string, inputs: Record<string, unknown>, name = inputs.kind) => ({
            urn: `urn:pulumi:dev::m3perf::${type}::${name}`,
            type,
            custom: true,
            inputs,
        });
        const metadata = { name: "x", annotations: { "pulumi.com/waitFor": "jsonpath={.a}", mine: "kept" } };
        const manifests = manifestsOf({
            version: 3,
            deployment: {
                manifest: {},
                resources: [
                    resource("kubernetes:apps/v1:Deployment", {
                        apiVersion: "apps/v1",
                        kind: "Deployment",
                        metadata,
                        __defaults: [],
                    }),
                    resource("kubernetes:core/v1:Namespace", {
                        apiVersion: "v1",
                        kind: "Namespace",
                        metadata: { name: "x" },
                    }),
                    resource("kubernetes:core/v1:NodePatch", {
                        apiVersion: "v1",
                        kind: "Node",
                        metadata: { name: "n" },
                    }),
                    ...["nodes-taint", "nodes-fit", "prometheus-remote"].map((name) =>
                        resource("command:local:Command", { interpreter: ["node"], create: name, stdin: "{}" }, name),
                    ),
                ],
            },
        });
        assert.deepEqual(
            manifests.first.map(({ kind }) => kind),
            ["Namespace"],
        );
        assert.deepEqual(manifests.rest, [
            { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x", annotations: { mine: "kept" } } },
        ]);
        assert.equal(manifests.patches.length, 1);
        const created = (commands: { create: string }[]) => commands.map(({ create }) => create);
        assert.deepEqual(
            created(manifests.before),
            ["nodes-taint", "nodes-fit"],
            "nothing is put where it does not fit",
        );
        assert.deepEqual(created(manifests.after), ["prometheus-remote"]);
    });
});

describe("medians", () => {
    it("of odd and even numbers of runs", () => {
        assert.equal(median([3, 1, 2]), 2);
        assert.equal(median([4, 1, 2, 3]), 2.5);
        assert.throws(() => median([]));
        assert.match(renderMeasured([{ what: "a", seconds: [1, 2, 4] }]), /\| a \| 2.00 \| 1.00–4.00 \| 3 \|$/);
    });
});
