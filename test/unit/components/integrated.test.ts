import assert from "node:assert/strict";
import { Aggregator } from "../../../components/m3/Aggregator.ts";
import { m3Identity } from "../../../components/m3/identity.ts";
import { Query } from "../../../components/m3/Query.ts";
import { scenarioSchema } from "../../../settings/scenario.ts";
import { runWithMocks } from "../../support/pulumi-mocks.ts";

const identity = m3Identity("m3db", ["http://etcd-0.etcd.m3db:2379"]);

interface Spec {
    replicas?: number;
    selector?: Record<string, string>;
    ports?: { name: string; port: number; nodePort?: number }[];
}

async function queryWith(settings: object) {
    const { query, coordinator } = scenarioSchema.parse({ query: settings });
    const { resources } = await runWithMocks({}, async () => {
        const args = { identity, isolation: "dedicated", replicas: 2, memoryMi: 512, query, tags: coordinator.tags };
        new Query("m3query", args as ConstructorParameters<typeof Query>[1]);
    });
    const part = (name: string) => {
        const found = resources.get(`m3query-${name}`);
        assert.ok(found, name);
        const { metadata, spec } = found.inputs as { metadata: { annotations?: object }; spec: Spec };
        return { ...spec, annotations: metadata.annotations, dependsOn: found.dependsOn };
    };
    return { workload: part("workload"), service: part("service"), external: part("external") };
}

describe("m3query, split", () => {
    it("has its own pods behind its addresses, which lead to nobody before they answer", async () => {
        const { workload, service, external } = await queryWith({});
        assert.equal(workload.replicas, 2);
        for (const one of [service, external]) {
            assert.deepEqual(one.selector, { app: "m3query" });
            assert.ok(one.dependsOn.includes("m3query-workload"));
            assert.equal(one.annotations, undefined);
        }
        assert.deepEqual(external.ports, [{ name: "http", port: 7201, nodePort: 32558, targetPort: 7201 }]);
    });

    it("is reached by its front alone: the API's port is the front's", async () => {
        const { workload } = await queryWith({});
        const { containers } = (workload as unknown as { template: { spec: { containers: Containers } } }).template
            .spec;
        assert.deepEqual(
            containers.map(({ name, ports }) => [name, ports.map(({ containerPort }) => containerPort)]),
            [
                ["m3query", [7203]],
                ["front", [7201]],
            ],
        );
        assert.deepEqual(containers[1]?.command, [
            ...["node", "/etc/m3/query-front.ts", "7201", "7210", "7203"],
            "http://m3coordinator.m3db:7201",
        ]);
    });

    it("answers other zones where it is told to", async () => {
        const { service, external } = await queryWith({ serveRemotes: true, remotesNodePort: 32559 });
        assert.ok(service.ports?.some(({ name, port }) => name === "rpc" && port === 7202));
        assert.ok(external.ports?.some(({ name, nodePort }) => name === "rpc" && nodePort === 32559));
        const alone = await queryWith({ serveRemotes: true });
        assert.ok(!alone.external.ports?.some(({ name }) => name === "rpc"));
    });
});

describe("m3query with other zones", () => {
    const probe = async (settings: object) => JSON.stringify((await queryWith(settings)).workload);
    const zone = { name: "b", addresses: ["m3query.b:7202"] };

    it("starts while a zone is down whose answer its queries need", async () => {
        const needing = await probe({ remotes: [{ ...zone, errorBehavior: "fail" }] });
        assert.ok(!needing.includes("m3perf_startup_probe"), "a query would fail, and the pod be killed for it");
        assert.match(needing, /"startupProbe":\{"exec"/);
        assert.match(await probe({ remotes: [zone] }), /m3perf_startup_probe/);
    });
});

describe("m3query, integrated", () => {
    it("has no pods, and the coordinators behind its addresses before its own go", async () => {
        const { workload, service, external } = await queryWith({ mode: "integrated" });
        assert.equal(workload.replicas, 0);
        assert.deepEqual(workload.dependsOn.filter((name) => /service|external/.test(name)).sort(), [
            "m3query-external",
            "m3query-service",
        ]);
        for (const one of [service, external]) {
            assert.deepEqual(one.selector, { app: "m3coordinator" });
            assert.deepEqual(one.annotations, { "pulumi.com/skipAwait": "true" });
        }
    });
});

describe("the aggregator", () => {
    const made = async (replicas: number, resolution?: string) => {
        const coarse = resolution ? [{ name: "coarse", retention: "48h", resolution }] : [];
        const { aggregator, m3db } = scenarioSchema.parse({
            aggregator: { replicas, bufferPast: "10s" },
            m3db: { namespaces: [{ name: "default", retention: "48h" }, ...coarse] },
        });
        const { resources } = await runWithMocks({}, async () => {
            new Aggregator("m3aggregator", {
                identity,
                image: "image",
                isolation: "dedicated",
                memoryMi: 256,
                aggregator,
                namespaces: m3db.namespaces,
            });
        });
        const workload = resources.get("m3aggregator-workload");
        assert.ok(workload);
        const { spec } = workload.inputs as { spec: Spec & { minReadySeconds?: number } };
        return { spec, customTimeouts: workload.customTimeouts, budget: resources.has("m3aggregator-budget") };
    };

    it("has a budget once there are two: of one, it could only block every drain", async () => {
        for (const replicas of [1, 2]) {
            const { spec, budget } = await made(replicas);
            assert.deepEqual([spec.replicas, budget], [replicas, replicas === 2]);
        }
    });

    it("of two, has the second ended once the first has whole windows again, and an up that waits for that", async () => {
        const { spec, customTimeouts } = await made(2, "10s");
        // 2.5 × 10 s, 10 s, 30 s; ten minutes for the starts.
        assert.equal(spec.minReadySeconds, 65);
        assert.deepEqual([customTimeouts.create, customTimeouts.update], ["730s", "730s"]);
        assert.equal((await made(2, "1h")).spec.minReadySeconds, 900, "not for hours");
    });

    it("alone, or without aggregated namespaces, is as it always was", async () => {
        for (const { spec, customTimeouts } of [await made(1, "10s"), await made(2)]) {
            assert.ok(!("minReadySeconds" in spec));
            assert.equal(customTimeouts.update, "", "Pulumi's own");
        }
    });
});

type Containers = { name: string; command?: string[]; ports: { containerPort: number }[] }[];
