import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { m3At } from "../../../agent/m3.ts";
import type { SetupPlan } from "../../../agent/setup-plan.ts";
import { awaitShards, setUp } from "../../../agent/setup-steps.ts";
import { projectRoot } from "../../../support/paths.ts";
import { FakeM3 } from "./fake-m3.ts";

const environment = "m3db/m3-cluster";
const planFor = (url: string): SetupPlan => ({
    url,
    environment,
    zone: "embedded",
    instances: 3,
    namespaces: ["default", "metrics-10s_2d"],
    aggregator: { shards: 64, instances: [{ id: "m3aggregator-0", endpoint: "m3aggregator-0.m3aggregator:6000" }] },
    coordinator: { id: "m3coordinator", endpoint: "m3coordinator:7507" },
    topics: [
        {
            name: "aggregator_ingest",
            shards: 64,
            environment: "default_env",
            consumer: "m3aggregator",
            consumption: "REPLICATED",
        },
        {
            name: "aggregated_metrics",
            shards: 64,
            environment: "default_env",
            consumer: "m3coordinator",
            consumption: "SHARED",
        },
    ],
    limits: { api: 0.2, placement: 0.2, namespaces: 0.2 },
});

describe("the set-up", () => {
    let m3: FakeM3;
    let plan: SetupPlan;
    let said: string[];
    const run = (changed: Partial<SetupPlan> = {}) => {
        said = [];
        return setUp({ ...plan, ...changed }, m3At(plan.url, environment, 2), (line) => said.push(line), 0.02);
    };

    beforeEach(async () => {
        m3 = new FakeM3();
        plan = planFor(await m3.start());
    });
    afterEach(() => m3.stop());

    it("makes placements, topics and consumers, in the order that M3's services need", async () => {
        m3.bootstrapped();
        await run();
        assert.deepEqual(m3.posts, [
            `/api/v1/services/m3aggregator/placement/set ${environment}`,
            "/api/v1/topic/init aggregator_ingest@default_env",
            "/api/v1/topic aggregator_ingest@default_env",
            "/api/v1/topic/init aggregated_metrics@default_env",
            "/api/v1/topic aggregated_metrics@default_env",
            `/api/v1/services/m3coordinator/placement/init ${environment}`,
        ]);
        assert.deepEqual(m3.topics.get("aggregated_metrics@default_env")?.consumerServices, [
            {
                serviceId: { name: "m3coordinator", environment, zone: "embedded" },
                consumptionType: "SHARED",
                messageTtlNanos: "600000000000",
            },
        ]);
        assert.ok(said.some((line) => line.startsWith("made the m3aggregator placement: m3aggregator-0 at")));
    });

    it("has the aggregator's first shards in use at once, not from the next full minute on", async () => {
        m3.bootstrapped();
        await run();
        const { instances } = m3.placements.get("m3aggregator") as { instances: Record<string, { shards: object[] }> };
        const { shards = [] } = instances["m3aggregator-0"] ?? {};
        assert.equal(shards.length, 64);
        assert.deepEqual(shards[0], { id: 0, state: "INITIALIZING" });
    });

    it("changes nothing a second time, and says what it found", async () => {
        m3.bootstrapped();
        await run();
        m3.posts.length = 0;
        await run();
        assert.deepEqual(m3.posts, []);
        assert.equal(said.filter((line) => line.startsWith("made ")).length, 0, said.join("\n"));
    });

    it("goes on where an interrupted run stopped: the topic is there, its consumer is not", async () => {
        m3.bootstrapped();
        m3.topics.set("aggregator_ingest@default_env", { name: "", numberOfShards: 64, consumerServices: [] });
        await run();
        assert.equal(m3.topics.get("aggregator_ingest@default_env")?.consumerServices.length, 1);
    });

    it("waits for the placement and the namespaces, saying what is missing", async () => {
        const done = run({ limits: { api: 2, placement: 2, namespaces: 2 } });
        setTimeout(() => m3.bootstrapped(), 100);
        await done;
        assert.match(said[0] ?? "", /^waiting for the M3DB placement: 3 instances.*there is no placement yet/);
    });

    it("goes on with a majority of each shard's replicas, and not with less", async () => {
        m3.bootstrapped(["AVAILABLE", "INITIALIZING", "INITIALIZING"]);
        await assert.rejects(run(), /why: 64 of 64 shards are not AVAILABLE in a majority of their replicas yet/);
        assert.deepEqual(m3.posts, []);
        m3.bootstrapped(["AVAILABLE", "INITIALIZING", "AVAILABLE"]);
        await run();
        assert.equal(m3.topics.size, 2);
    });

    it("counts no copy that is leaving", async () => {
        m3.bootstrapped(["AVAILABLE", "LEAVING", "INITIALIZING", "AVAILABLE"]);
        await run({ instances: 4 });
        m3.bootstrapped(["AVAILABLE", "LEAVING", "INITIALIZING", "INITIALIZING"]);
        await assert.rejects(run({ instances: 4 }), /64 of 64 shards are not AVAILABLE in a majority/);
    });

    it("waits for every replica in its other step, which makes nothing", async () => {
        m3.bootstrapped(["AVAILABLE", "INITIALIZING", "AVAILABLE"]);
        const rest = (limits = plan.limits) =>
            awaitShards({ ...plan, limits }, m3At(plan.url, environment, 2), (line) => said.push(line), 0.02);
        said = [];
        await assert.rejects(rest(), /waited 0\.4 s for .*all shards AVAILABLE[\s\S]*why: 64 of 192 shards are not/);
        const done = rest({ api: 2, placement: 2, namespaces: 2 });
        setTimeout(() => m3.bootstrapped(), 100);
        await done;
        assert.equal(said.at(-1), "every replica of 64 shards is AVAILABLE");
        assert.deepEqual(m3.posts, []);
    });

    it("stops with the cause and the next step when the placement does not come", async () => {
        await assert.rejects(
            run(),
            /waited 0\.4 s for the M3DB placement[\s\S]*why: .*no placement yet[\s\S]*what to do: kubectl/,
        );
    });

    it("names the namespace that is not READY", async () => {
        m3.bootstrapped();
        m3.namespaces["metrics-10s_2d"] = { stagingState: { status: "INITIALIZING" } };
        await assert.rejects(run(), /why: metrics-10s_2d is INITIALIZING/);
        assert.deepEqual(m3.posts, []);
    });

    it("makes the namespaces ready itself where the operator does not, once the dbnodes have bootstrapped them", async () => {
        m3.bootstrapped();
        m3.namespaces = {
            default: { stagingState: {} },
            "metrics-10s_2d": { stagingState: { status: "INITIALIZING" } },
        };
        m3.bootstrapping = 2;
        const limits = { api: 2, placement: 2, namespaces: 2 };
        await run({ makeReady: true, limits });
        const ready = `/api/v1/services/m3db/namespace/ready ${environment}`;
        assert.deepEqual(m3.posts.slice(0, 5), [
            ready,
            ready,
            ready,
            ready,
            "/api/v1/services/m3aggregator/placement/set m3db/m3-cluster",
        ]);
        assert.ok(
            !m3.posts.some((post) => post.includes("services/m3db/placement")),
            "M3DB's placement is the operator's",
        );
        assert.ok(said.includes("made the namespace default ready"));
        assert.ok(said.some((line) => /waiting for the namespaces .*not yet ready/.test(line)));
        m3.posts.length = 0;
        await run({ makeReady: true, limits });
        assert.deepEqual(m3.posts, [], "a second run finds them READY");
    });

    it("makes no namespace ready that is not there yet: the operator still has to create it", async () => {
        m3.bootstrapped();
        m3.namespaces = {};
        await assert.rejects(run({ makeReady: true }), /default is absent[\s\S]*m3perf free/);
        assert.deepEqual(m3.posts, []);
    });

    it("names the address when nobody answers", async () => {
        await m3.stop();
        await assert.rejects(
            run(),
            /why: GET http:\/\/127\.0\.0\.1:\d+\/api\/v1\/services\/m3db\/placement: .*ECONNREFUSED/,
        );
        m3 = new FakeM3();
        await m3.start();
    });

    it("never replaces a placement or a topic that differs", async () => {
        m3.bootstrapped();
        await run();
        m3.posts.length = 0;
        await assert.rejects(
            run({ aggregator: { ...plan.aggregator, shards: 128 } }),
            /another one[\s\S]*64 shards; asked for .* 128[\s\S]*nothing was changed/,
        );
        await assert.rejects(
            run({ coordinator: { id: "m3coordinator", endpoint: "elsewhere:7507" } }),
            /m3coordinator placement that is there is another one[\s\S]*asked for is m3coordinator at elsewhere:7507/,
        );
        const topics = plan.topics.map((topic) => ({ ...topic, shards: 128 }));
        await assert.rejects(run({ topics }), /aggregator_ingest has 64 shards[\s\S]*nothing was changed/);
        assert.deepEqual(m3.posts, []);
    });

    it("makes an aggregator with a follower of one shard set, and sets one more or one less in place", async () => {
        const [leader] = plan.aggregator.instances;
        const follower = { id: "m3aggregator-1", endpoint: "m3aggregator-1.m3aggregator:6000" };
        const two = { ...plan.aggregator, instances: [leader as typeof follower, follower] };
        const placement = () =>
            m3.placements.get("m3aggregator") as {
                replicaFactor: number;
                instances: Record<string, Record<string, unknown>>;
            };
        m3.bootstrapped();
        await run();
        const shards = [{ id: 0, state: "AVAILABLE" }];
        Object.assign(placement().instances["m3aggregator-0"] ?? {}, { shards, shardSetId: 1 });
        m3.posts.length = 0;

        await run({ aggregator: two });
        assert.deepEqual(m3.posts, [`/api/v1/services/m3aggregator/placement/set ${environment}`]);
        assert.equal(placement().replicaFactor, 2);
        const made = placement().instances["m3aggregator-1"];
        assert.deepEqual(
            [made?.endpoint, made?.hostname, made?.port, made?.isolationGroup, made?.shardSetId, made?.shards],
            [follower.endpoint, "m3aggregator-1.m3aggregator", 6000, follower.id, 1, shards],
        );
        assert.match(said.join("\n"), /set the m3aggregator placement to .*m3aggregator-1.*; it was m3aggregator-0 at/);
        await run({ aggregator: two });
        assert.equal(m3.posts.length, 1, "a second run changes nothing");

        await run();
        assert.deepEqual([placement().replicaFactor, Object.keys(placement().instances)], [1, ["m3aggregator-0"]]);
        const elsewhere = { ...plan.aggregator, instances: [{ id: "m3aggregator-0", endpoint: "elsewhere:6000" }] };
        await assert.rejects(run({ aggregator: elsewhere }), /another one[\s\S]*nothing was changed/);
    });

    it("runs as a program: exit code 0 and a log, or 1 with the cause", async () => {
        m3.bootstrapped();
        const good = await program(plan);
        assert.equal(good.code, 0, good.output);
        assert.match(good.output, /everything that coordinators and aggregator need/);
        m3.namespaces = {};
        const bad = await program(plan);
        assert.equal(bad.code, 1);
        assert.match(bad.output, /waited 0\.2 s for the namespaces[\s\S]*default is absent/);
        const rest = await program(plan, "shards");
        assert.deepEqual([rest.code, /every replica of 64 shards is AVAILABLE/.test(rest.output)], [0, true]);
        const neither = await program(plan, "begin");
        assert.equal(neither.code, 64);
        assert.match(neither.output, /^start or shards/);
    });
});

function program(plan: SetupPlan, step = "start"): Promise<{ code: number | null; output: string }> {
    const child = spawn(process.execPath, [join(projectRoot, "agent/setup.ts"), step], {
        env: { PATH: process.env.PATH, M3PERF_SETUP: JSON.stringify(plan) },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output += part.toString()));
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}
