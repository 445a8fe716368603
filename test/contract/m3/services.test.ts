import assert from "node:assert/strict";
import { m3At } from "../../../agent/m3.ts";
import { ensureAggregatorPlacement } from "../../../agent/setup-placements.ts";
import type { SetupPlan } from "../../../agent/setup-plan.ts";
import { makePlacementsAndTopics } from "../../../agent/setup-steps.ts";
import { aggregatorConfig } from "../../../components/m3/config/aggregator.ts";
import { coordinatorConfig } from "../../../components/m3/config/coordinator.ts";
import { queryConfig } from "../../../components/m3/config/query.ts";
import { m3Identity } from "../../../components/m3/identity.ts";
import { setupPlan } from "../../../components/m3/setup-manifests.ts";
import { scenarioSchema } from "../../../settings/scenario.ts";
import { waitFor } from "../../../support/wait.ts";
import { freePort } from "../../support/apiserver.ts";
import { onFreePorts } from "./ports.ts";
import { Processes, type Running } from "./processes.ts";

const policy = { resolution: "10s", retention: "48h" };
/** Every setting of M3's services at once, but for ports. */
const everything = {
    m3db: {
        namespaces: [
            { name: "default", retention: "48h" },
            { name: "a", retention: "72h", resolution: "10s", match: ["service:a* cluster:eu"], exclusive: true },
        ],
    },
    coordinator: {
        writeConsistency: "all",
        readConsistency: "one",
        tags: { idScheme: "prepend_meta", metricName: "name", bucketName: "bucket" },
        writeWorkers: { size: 64, grow: false },
    },
    query: {
        mode: "integrated",
        maxFetchedSeries: 10,
        maxFetchedDocs: 20,
        maxFetchedRange: "24h",
        instanceMultiple: 1.5,
        maxSamples: 1000,
        requireExhaustive: true,
        timeout: "1m",
        lookback: "10m",
        remotes: [{ name: "b", addresses: ["127.0.0.1:1"], errorBehavior: "fail" }],
        serveRemotes: true,
    },
    aggregator: {
        bufferPast: "20s",
        rules: {
            mapping: [
                { name: "one", filter: "app:x*", aggregations: ["Max", "P99"], storagePolicies: [policy] },
                { filter: "app:noise", drop: true, tags: [{ name: "t", value: "v" }] },
            ],
            rollup: [
                {
                    filter: "__name__:http*",
                    transforms: [
                        { transform: { type: "Increase" } },
                        { rollup: { metricName: "by_status", excludeBy: ["pod"], aggregations: ["Sum"] } },
                        { transform: { type: "Add" } },
                    ],
                    storagePolicies: [policy],
                },
            ],
        },
    },
};

describe("M3's processes take what our settings make", function () {
    this.timeout(240_000);
    const processes = new Processes();
    const say = () => {};
    let url: string;
    let identity: ReturnType<typeof m3Identity>;

    before(async () => {
        identity = m3Identity("m3db", [await processes.etcd()]);
        // As the one inside dbnode: it needs no topic and no placement.
        const port = await freePort();
        const { downsample: _, ingest: __, ...admin } = coordinatorConfig(identity, settingsOf({}));
        processes.m3("m3coordinator", await onFreePorts(admin, port));
        url = `http://127.0.0.1:${port}`;
        await waitFor({ what: "the admin coordinator", timeout: 60 }, async () => (await fetch(`${url}/health`)).ok);
    });
    after(() => processes.stop());

    const settingsOf = (settings: object) => {
        const scenario = scenarioSchema.parse(settings);
        return { ...scenario, rules: scenario.aggregator.rules, namespaces: scenario.m3db.namespaces };
    };
    const planFor = (replicas: number): SetupPlan => ({
        ...setupPlan({ identity, image: "none", instances: 3, namespaces: [], aggregator: { shards: 4, replicas } }),
        url,
    });

    it("a placement of two, made at once or one by one, in which both have every shard", async () => {
        const m3 = m3At(url, identity.environment);
        const placed = async () => {
            const { placement } = await m3.get<{ placement: Placed }>("/api/v1/services/m3aggregator/placement");
            return Object.values(placement.instances).map(({ id, shardSetId, shards }) => [
                id,
                shardSetId,
                shards.length,
            ]);
        };
        const both = [
            ["m3aggregator-0", 1, 4],
            ["m3aggregator-1", 1, 4],
        ];
        await ensureAggregatorPlacement(planFor(2), m3, say);
        assert.deepEqual((await placed()).sort(), both);
        const { placement } = await m3.get<{ placement: Placed }>("/api/v1/services/m3aggregator/placement");
        const later = Object.values(placement.instances).flatMap(({ shards }) =>
            shards.filter(({ cutoverNanos = "0" }) => cutoverNanos !== "0"),
        );
        assert.deepEqual(later, [], "every shard is in use at once");
        await ensureAggregatorPlacement(planFor(1), m3, say);
        assert.deepEqual(await placed(), both.slice(0, 1));
        await ensureAggregatorPlacement(planFor(2), m3, say);
        assert.deepEqual((await placed()).sort(), both);
    });

    it("two aggregators, of which one leads, and the other when it is gone", async () => {
        await makePlacementsAndTopics(planFor(2), m3At(url, identity.environment), say);
        const start = async (name: string) => {
            const [http, m3msg, metrics] = [await freePort(), await freePort(), await freePort()];
            const { bufferPast } = settingsOf(everything).aggregator;
            const config = {
                http: { listenAddress: `127.0.0.1:${http}` },
                m3msg: { server: { listenAddress: `127.0.0.1:${m3msg}` } },
                metrics: { prometheus: { listenAddress: `127.0.0.1:${metrics}` } },
            };
            const running = processes.m3("m3aggregator", aggregatorConfig(identity, { bufferPast, config }), {
                M3AGGREGATOR_HOST_ID: name,
            });
            const state = async () => {
                const answer = await fetch(`http://127.0.0.1:${http}/status`);
                return ((await answer.json()) as Status).status.flushStatus.electionState;
            };
            return { running, state };
        };
        const [first, second] = [await start("m3aggregator-0"), await start("m3aggregator-1")];
        const states = () => Promise.all([first.state(), second.state()]);
        const settled = await waitFor({ what: "a leader and a follower", timeout: 100 }, async () => {
            gone(first.running, second.running);
            const now = await states();
            return [...now].sort().join() === "follower,leader" && now;
        });
        const [leader, follower] = settled[0] === "leader" ? [first, second] : [second, first];
        await leader.running.stop();
        await waitFor(
            { what: "the follower to lead", timeout: 100 },
            async () => (await follower.state()) === "leader",
        );
        await follower.running.stop();
    });

    it("a coordinator and an m3query with every setting", async () => {
        const settings = settingsOf(everything);
        const port = await freePort();
        const running = processes.m3("m3coordinator", await onFreePorts(coordinatorConfig(identity, settings), port));
        const queryPort = await freePort();
        const query = { ...settings.query, mode: "split" as const, serveRemotes: false };
        const config = await onFreePorts(queryConfig(identity, query, settings.coordinator.tags), queryPort);
        const other = processes.m3("m3query", config);
        for (const one of [port, queryPort]) {
            await waitFor({ what: "it to answer", timeout: 60 }, async () => {
                gone(running, other);
                return (await fetch(`http://127.0.0.1:${one}/health`)).ok;
            });
        }
    });

    it("and refuse a key that they do not know, so that these tests mean something", async () => {
        const config = { ...coordinatorConfig(identity, settingsOf({})), unknownKey: 1 };
        const running = processes.m3("m3coordinator", await onFreePorts(config, await freePort()));
        await waitFor({ what: "its end", timeout: 30 }, () => running.ended());
        assert.match(running.output, /unknownKey/);
    });
});

interface Placed {
    instances: Record<string, { id: string; shardSetId: number; shards: { cutoverNanos?: string }[] }>;
}
interface Status {
    status: { flushStatus: { electionState: string } };
}

/** Throws with the end of what it said when a process that should run does not. */
function gone(...all: Running[]): void {
    for (const one of all) if (one.ended()) assert.fail(`it ended: ${one.output.slice(-2000)}`);
}
