import assert from "node:assert/strict";
import type { HttpResponse } from "../../../operations/access/http.ts";
import type { Get } from "../../../operations/watch/api.ts";
import { createCollector, limitMs } from "../../../operations/watch/collector.ts";
import type { Lines } from "../../../operations/watch/sources/lab.ts";
import { componentOf } from "../../../operations/watch/sources/objects.ts";
import type { UsageChoice } from "../../../operations/watch/sources/usage.ts";
import type { Environment } from "../../../settings/environment.ts";
import { environment as whole } from "../operations/healthy.ts";

const environment: Environment = {
    ...whole,
    nodes: whole.nodes.filter(({ name }) => ["worker-1", "worker-4"].includes(name)),
};
const start = Date.parse("2026-11-27T17:00:00Z");
const stamp = (ms: number) => new Date(ms).toISOString();

interface Given {
    usage?: UsageChoice;
    lab?: () => Lines;
    environment?: Environment;
}

/** A cluster of two nodes and three pods whose clock, answers and silence a test decides. */
function cluster(given: Given = {}) {
    const world = {
        now: start,
        /** ms by which somebody set the wall's clock. */
        stepped: 0,
        /** "hangs": no answer until the look is ended. "deaf": not even then. */
        api: "answers" as "answers" | "refuses" | "hangs" | "deaf",
        metricsServer: true,
        samples: 1000,
        deadKubelets: [] as string[],
        asked: [] as string[],
        open: 0,
        limits: [] as AbortController[],
    };
    const ok = (body: unknown): HttpResponse => ({
        status: 200,
        body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const pod = (name: string, node: string, labels: Record<string, string>) => ({
        metadata: { name, namespace: "m3db", labels },
        spec: {
            nodeName: node,
            containers: [
                { name: "main", resources: { requests: { cpu: "250m", memory: "1Gi" }, limits: { memory: "2Gi" } } },
            ],
        },
        status: {
            phase: "Running",
            conditions: [{ type: "Ready", status: "True" }],
            containerStatuses: [
                {
                    name: "main",
                    ready: true,
                    restartCount: 1,
                    lastState: { terminated: { reason: "OOMKilled", exitCode: 137 } },
                },
            ],
        },
    });
    const pods = [
        pod("m3coordinator-a", "worker-4", { app: "m3coordinator" }),
        pod("m3-cluster-rep0-0", "worker-1", { "operator.m3db.io/app": "m3db" }),
        { ...pod("m3-setup-job-x", "worker-4", {}), status: { phase: "Succeeded" } },
    ];
    const nodes = ["worker-1", "worker-4"].map((name) => ({
        metadata: { name },
        status: { capacity: { cpu: "4", memory: "8Gi" }, conditions: [{ type: "Ready", status: "True" }] },
    }));
    const answer = (path: string, query: Record<string, string> = {}): HttpResponse => {
        if (path === "/api/v1/nodes") return ok({ items: nodes });
        if (path === "/api/v1/namespaces/m3db/pods") return ok({ items: pods });
        if (path === "/api/v1/namespaces/monitoring/pods") return ok({ items: [] });
        if (path.startsWith("/apis/metrics.k8s.io/")) {
            if (!world.metricsServer) return { status: 503, body: "service unavailable" };
            const usage = { cpu: "500m", memory: "1Gi" };
            const items = path.endsWith("/nodes")
                ? nodes.map(({ metadata }) => ({ metadata, timestamp: stamp(world.now), usage }))
                : pods.map(({ metadata }) => ({ metadata, timestamp: stamp(world.now), containers: [{ usage }] }));
            return ok({ items });
        }
        const node = /^\/api\/v1\/nodes\/([^/]+)\/proxy\/stats\/summary$/.exec(path)?.[1];
        if (node !== undefined) {
            if (world.deadKubelets.includes(node))
                return { status: 502, body: "dial tcp: connect: connection refused" };
            const figures = {
                cpu: { time: stamp(world.now), usageNanoCores: 3e8 },
                memory: { time: stamp(world.now), workingSetBytes: 2 ** 30 },
            };
            const volume = [
                { name: "data", usedBytes: 5, capacityBytes: 50, pvcRef: { name: "data-0" } },
                { name: "token", usedBytes: 7 },
            ];
            const whole = query.only_cpu_and_memory !== "true";
            const here = pods.filter(({ spec }) => spec.nodeName === node);
            return ok({
                node: { nodeName: node, ...figures, ...(whole && { fs: { usedBytes: 40, capacityBytes: 100 } }) },
                pods: here.map(({ metadata }) => ({ podRef: metadata, ...figures, ...(whole && { volume }) })),
            });
        }
        if (path.includes("m3coordinator-a:7203"))
            return ok(`coordinator_downsampler_metrics_written{source="prometheus"} ${world.samples}\n`);
        if (path.includes("rep0-0:9004")) return { status: 404, body: "" };
        if (path.includes("rep0-0:7203"))
            return ok(`service_writeTaggedBatchRaw_success{service_name="node"} ${world.samples}\n`);
        if (path.includes("/services/prometheus-server:80/proxy/metrics")) {
            return ok(
                "prometheus_remote_storage_highest_timestamp_in_seconds 100\nprometheus_remote_storage_queue_highest_sent_timestamp_seconds 93\n",
            );
        }
        return { status: 404, body: "not found" };
    };
    const get: Get = (path, signal, query) => {
        world.asked.push(path);
        if (world.api === "answers") return Promise.resolve(answer(path, query));
        if (world.api === "refuses") return Promise.reject(new Error("connect ECONNREFUSED 10.77.0.2:6443"));
        world.open += 1;
        return new Promise((_, reject) => {
            if (world.api === "deaf") return;
            signal.addEventListener("abort", () => {
                world.open -= 1;
                reject(signal.reason);
            });
        });
    };
    const collector = createCollector({
        environment: given.environment ?? environment,
        get,
        intervalMs: 5000,
        usage: given.usage ?? "auto",
        lab: given.lab,
        now: () => world.now + world.stepped,
        elapsed: () => world.now,
        limit: () => {
            const controller = new AbortController();
            world.limits.push(controller);
            return controller.signal;
        },
    });
    return {
        world,
        collector,
        /** The next look, so many seconds later. */
        async step(seconds: number) {
            world.now += seconds * 1000;
            return await collector.tick();
        },
        /** A look during which its limit comes. */
        async cutOff(seconds: number) {
            world.now += seconds * 1000;
            const tick = collector.tick();
            await Promise.resolve();
            world.limits.at(-1)?.abort(new Error("time is up"));
            return await tick;
        },
    };
}

const faultsOf = (sample: { sources: { id: string; error: string | null }[] }) =>
    sample.sources.filter(({ error }) => error !== null).map(({ id }) => id);

describe("watch: what is collected", () => {
    it("is nodes, pods with request and limit, rates, disks and the lag", async () => {
        const { step, world } = cluster();
        await step(0);
        world.samples = 3000;
        const sample = await step(10);
        assert.deepEqual(faultsOf(sample), []);
        assert.equal(sample.usage, "metrics-server");
        const [coordinator, dbnode] = sample.pods;
        assert.equal(sample.pods.length, 2, "a Job's pod that is done uses nothing");
        assert.deepEqual(
            { ...coordinator },
            {
                namespace: "m3db",
                name: "m3coordinator-a",
                component: "coordinator",
                node: "worker-4",
                state: "Running",
                ready: true,
                restarts: 1,
                lastEnd: "OOMKilled",
                at: world.now,
                cpuCores: 0.5,
                cpuRequestCores: 0.25,
                cpuLimitCores: null,
                memoryBytes: 2 ** 30,
                memoryRequestBytes: 2 ** 30,
                memoryLimitBytes: 2 ** 31,
                diskBytes: 5,
                diskCapacityBytes: 50,
            },
        );
        assert.equal(dbnode?.component, "dbnode");
        assert.deepEqual(
            sample.processes.map(({ component, samples }) => [component, samples]),
            [
                ["coordinator", 200],
                ["dbnode", 200],
            ],
        );
        assert.equal(sample.prometheus?.lagSeconds, 7);
        assert.deepEqual(
            sample.nodes.map(({ name, state, diskBytes, diskCapacityBytes }) => [
                name,
                state,
                diskBytes,
                diskCapacityBytes,
            ]),
            [
                ["worker-1", "Ready", 40, 100],
                ["worker-4", "Ready", 40, 100],
            ],
        );
    });

    it("comes from the kubelets where there is no metrics-server, which is asked again after a minute", async () => {
        const { step, world } = cluster();
        world.metricsServer = false;
        const sample = await step(0);
        assert.deepEqual(faultsOf(sample), []);
        assert.equal(sample.usage, "kubelet");
        assert.equal(sample.pods[0]?.cpuCores, 0.3);
        world.metricsServer = true;
        world.asked = [];
        assert.equal((await step(5)).usage, "kubelet");
        assert.ok(!world.asked.some((path) => path.startsWith("/apis/metrics.k8s.io")));
        assert.equal((await step(60)).usage, "metrics-server");
    });

    it("is from where it is asked for", async () => {
        const kubelets = cluster({ usage: "kubelet" });
        assert.equal((await kubelets.step(0)).usage, "kubelet");
        const server = cluster({ usage: "metrics-server" });
        server.world.metricsServer = false;
        const sample = await server.step(0);
        assert.equal(sample.usage, null);
        assert.match(sample.sources.find(({ id }) => id === "usage")?.error ?? "", /metrics-server answered 503/);
    });

    it("keeps the figures of a node whose kubelet is dead, with their age, and those of the others fresh", async () => {
        const { step, world } = cluster({ usage: "kubelet" });
        await step(0);
        world.deadKubelets = ["worker-1"];
        const sample = await step(20);
        const [dead, alive] = sample.nodes;
        assert.deepEqual([dead?.at, dead?.cpuCores, alive?.at], [start, 0.3, start + 20_000]);
        assert.match(sample.sources.find(({ id }) => id === "usage")?.error ?? "", /^worker-1: .*502/);
    });

    it("asks slow sources less often, but a second time soon, since a rate needs two looks", async () => {
        const { step, world } = cluster();
        const pages = () => world.asked.filter((path) => path.includes("rep0-0:7203")).length;
        await step(0);
        assert.equal(pages(), 1);
        await step(5);
        assert.equal(pages(), 1);
        await step(5);
        assert.equal(pages(), 2);
        await step(10);
        assert.equal(pages(), 2);
        await step(20);
        assert.equal(pages(), 3);
        assert.equal(
            world.asked.filter((path) => path.includes("rep0-0:9004")).length,
            1,
            "the port that has it is kept",
        );
    });

    it("never has a negative rate when a process restarts", async () => {
        const { step, world } = cluster();
        await step(0);
        world.samples = 500;
        const sample = await step(10);
        assert.deepEqual(
            sample.processes.map(({ samples }) => samples),
            [50, 50],
        );
    });

    it("names a node that the cluster does not have", async () => {
        const more = { ...environment, nodes: [...environment.nodes, { name: "worker-9", address: "", roles: [] }] };
        const sample = await cluster({ environment: more }).step(0);
        assert.deepEqual(
            sample.nodes.map(({ state }) => state),
            ["Ready", "Ready", "missing"],
        );
    });
});

describe("watch: an API server that goes away", () => {
    it("takes nothing away, is told with its beginning, and goes on when it is back", async () => {
        const { step, world } = cluster();
        const before = await step(0);
        world.api = "refuses";
        await step(5);
        const away = await step(5);
        assert.deepEqual(away.nodes, before.nodes);
        assert.deepEqual(away.pods, before.pods);
        const objects = away.sources.find(({ id }) => id === "objects");
        assert.deepEqual(objects, {
            id: "objects",
            at: start,
            failures: 2,
            error: "connect ECONNREFUSED 10.77.0.2:6443",
            since: start + 5000,
        });
        world.api = "answers";
        const back = await step(5);
        assert.deepEqual(
            faultsOf(back).filter((id) => ["objects", "usage"].includes(id)),
            [],
        );
        assert.equal(back.nodes[0]?.at, world.now);
    });

    it("that hangs costs one look's time, and no request is left over", async () => {
        const { step, cutOff, world } = cluster();
        await step(0);
        world.api = "hangs";
        for (let i = 0; i < 3; i++) await cutOff(5);
        assert.equal(world.open, 0);
        world.api = "answers";
        assert.deepEqual(faultsOf(await step(40)), []);
        world.api = "hangs";
        const away = await cutOff(5);
        assert.equal(away.sources.find(({ id }) => id === "objects")?.error, "no answer within 5 s");
    });

    it("whose requests do not even end is asked no second time before they do", async () => {
        const { step, cutOff, world } = cluster();
        await step(0);
        world.api = "deaf";
        await cutOff(60);
        const { open } = world;
        assert.ok(open > 0);
        for (let i = 0; i < 5; i++) await cutOff(1);
        assert.equal(world.open, open);
    });

    it("is waited for from the start, too", async () => {
        const { step, world } = cluster();
        world.api = "refuses";
        const first = await step(0);
        assert.deepEqual(
            first.nodes.map(({ state }) => state),
            ["unknown", "unknown"],
        );
        world.api = "answers";
        const sample = await step(5);
        assert.equal(sample.pods.length, 2);
    });

    it("is given at least two seconds and at most eight", () => {
        assert.deepEqual([1000, 5000, 60_000].map(limitMs), [2000, 5000, 8000]);
    });
});

describe("watch: a lab's nodes", () => {
    const line = (at: number, cpuSeconds: number) =>
        JSON.stringify({ at, nodes: { "worker-1": { memoryMi: 1500, memoryCeilingMi: 3840, cpuSeconds } } });

    it("are told by their own cgroups, and one that is off by nothing", async () => {
        const told = [line(start, 10), line(start + 5000, 11)];
        const { step } = cluster({
            lab: () => ({ take: () => told.shift(), ended: () => undefined, close: () => {} }),
        });
        await step(0);
        const { nodes, nodeUsage } = await step(5);
        assert.equal(nodeUsage, "lab cgroups");
        const [on, off] = nodes;
        assert.deepEqual(
            [on?.cpuCores, on?.memoryBytes, on?.memoryCapacityBytes],
            [0.2, 1500 * 2 ** 20, 3840 * 2 ** 20],
        );
        assert.deepEqual(
            [off?.cpuCores, off?.memoryBytes],
            [null, null],
            "not the whole machine's, as its kubelet has it",
        );
    });

    it("are asked of a new child when the last one has ended, and of metrics-server before the first word", async () => {
        let started = 0;
        const { step, collector } = cluster({
            lab: () => {
                started += 1;
                const mine = started;
                return {
                    take: () => undefined,
                    ended: () => (mine === 1 ? "killed" : undefined),
                    close: () => {
                        started = -1;
                    },
                };
            },
        });
        const first = await step(0);
        assert.equal(first.sources.find(({ id }) => id === "lab")?.error, "killed");
        assert.equal(first.nodeUsage, "metrics-server", "better than nothing, and told so");
        const second = await step(10);
        assert.equal(started, 2);
        assert.equal(second.nodeUsage, null, "its word is awaited: the kubelets' would be the whole machine's");
        assert.equal(second.nodes[0]?.memoryBytes, null);
        assert.deepEqual(faultsOf(second), []);
        collector.close();
        assert.equal(started, -1, "the child is ended");
    });
});

describe("watch: the machine's clock", () => {
    it("that is set back or ahead stops no look and bends no rate", async () => {
        const { step, world } = cluster();
        await step(0);
        await step(30);
        for (const hours of [-1, 2]) {
            world.stepped += hours * 3_600_000;
            world.samples += 3000;
            const asked = world.asked.length;
            const sample = await step(30);
            assert.ok(world.asked.length > asked, "nothing was looked at");
            assert.deepEqual(
                sample.processes.map(({ samples }) => samples),
                [100, 100],
            );
            assert.equal(sample.at, world.now + world.stepped);
        }
    });
});

describe("watch: whose pod it is", () => {
    it("is told of Prometheus' pods by names that its maker gives, and not by how they begin", () => {
        const component = (name: string, prometheus: Partial<Environment["prometheus"]>) => {
            const { deployment: _, statefulSet: __, ...others } = environment.prometheus;
            const given = { ...environment, prometheus: { ...others, ...prometheus } };
            return componentOf({ metadata: { name, namespace: others.namespace }, spec: {} }, given);
        };
        const deployment = { deployment: "prometheus" };
        assert.equal(component("prometheus-5d9c7b6f48-x2x7k", deployment), "prometheus");
        assert.equal(component("prometheus-operator-5d9c7b6f48-x2x7k", deployment), "other");
        assert.equal(component("prometheus-0", { statefulSet: "prometheus" }), "prometheus");
        assert.equal(component("prometheus-alertmanager-0", { statefulSet: "prometheus" }), "other");
        const resource = { resource: "k8s" };
        for (const name of ["prometheus-k8s-0", "prometheus-k8s-shard-1-0"])
            assert.equal(component(name, resource), "prometheus", name);
        for (const name of ["prometheus-k8s-other-0", "k8s-tool-5d9c7b6f48-x2x7k"])
            assert.equal(component(name, resource), "other", name);
        for (const name of ["prometheus-server-5d9c7b6f48-x2x7k", "prometheus-server-0"])
            assert.equal(component(name, { service: "prometheus-server" }), "prometheus", name);
    });
});
