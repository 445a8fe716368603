import assert from "node:assert/strict";
import { fetchSeries, readErrors } from "../../../operations/access/dbnode.ts";
import { send } from "../../../operations/access/http.ts";
import { kubernetesOver } from "../../../operations/access/kubernetes.ts";
import { seriesId } from "../../../operations/access/series-id.ts";
import { probeIds, shardOf } from "../../../operations/access/shards.ts";
import type { Check, CheckContext } from "../../../operations/checks/check.ts";
import { holes } from "../../../operations/checks/holes.ts";
import { m3dbShards } from "../../../operations/checks/m3db-shards.ts";
import { replicas } from "../../../operations/checks/replicas.ts";
import { roundTrips } from "../../../operations/checks/round-trips.ts";
import { remoteWrite } from "../../support/m3-calls.ts";
import { environment, pod } from "../../unit/operations/healthy.ts";
import { MiniCluster } from "./mini-cluster.ts";

const address = "127.0.0.1";

describe("a database node's own API, as verify asks it", function () {
    this.timeout(600_000);
    const cluster = new MiniCluster();
    let context: CheckContext;
    const node = "127"; // the first part of the instance's endpoint, which is a host name in a real placement

    before(async () => {
        await cluster.start({
            m3db: {
                namespaces: [
                    { name: "default", retention: "48h" },
                    { name: "metrics-10s_2d", retention: "48h", resolution: "10s" },
                ],
            },
        });
        context = contextOf(cluster, node);
    });
    after(() => cluster.stop());

    const passes = async (check: Check) => {
        const verdict = await check.run(context);
        assert.ok(verdict.ok, JSON.stringify(verdict));
        return verdict.evidence;
    };

    it("reads each shard of each namespace, and says which it does not have", async () => {
        assert.match(await passes(m3dbShards), /^1 dbnode, 2 namespaces, up to 4 shards each$/);
        const end = Math.floor(Date.now() / 1000);
        const range = { start: end - 1, end };
        const ids = [...probeIds(4).values()];
        assert.deepEqual(
            await readErrors(context, node, { namespace: "default", ids, range }),
            Array(4).fill(undefined),
        );
        const none = await readErrors(context, node, { namespace: "nowhere", ids, range });
        assert.ok(
            none.every((error) => error?.includes("nowhere")),
            JSON.stringify(none),
        );
    });

    it("has the points of every shard and of every coordinator exactly", async () => {
        assert.match(await passes(roundTrips), /^1 coordinator × 1 reader: \d+ at \d+$/);
        assert.match(await passes(replicas), /^4 copies of 4 points in 1 dbnode: \d+ at \d+$/);
    });

    it("tells the samples of the series whose id we make, in milliseconds", async () => {
        const up = { labels: { __name__: "up", instance: "a" }, value: 1 };
        const before = Date.now();
        assert.equal((await remoteWrite(address, cluster.ports.coordinator, [up])).status, 200);
        const end = Math.floor(Date.now() / 1000) + 2;
        const range = { start: end - 60, end };
        const id = seriesId(up.labels, "quoted") ?? "";
        const shard = shardOf(id, 4);
        const points = await fetchSeries(context, node, { namespace: "default", id, shard, range });
        assert.ok(Array.isArray(points) && points.length === 1, JSON.stringify(points));
        assert.ok(points[0]?.value === 1 && Math.abs(points[0].timestamp - before) < 5000, JSON.stringify(points));
        assert.deepEqual(await fetchSeries(context, node, { namespace: "default", id: "nobody", shard: 0, range }), []);
    });

    it("cannot say a stale marker: such a series is left out", async () => {
        context.now = () => Date.now() + 90_000; // the samples of now are out of the last minute then
        assert.match(await passes(holes), /^1 series from 1 dbnode: all copies have the same samples$/);
        const stale = { labels: { __name__: "up", instance: "a" }, value: Number.NaN };
        assert.equal((await remoteWrite(address, cluster.ports.coordinator, [stale])).status, 200);
        assert.match(await passes(holes), /no series .* could be compared; 1 with a stale marker left out/);
    });
});

/** The mini cluster as if each of its processes were a pod. */
function contextOf({ ports }: MiniCluster, node: string): CheckContext {
    const kubernetes = kubernetesOver(async (path, request) => {
        if (path.endsWith("/pods")) {
            const name = request.query?.labelSelector?.split("=")[1] ?? "";
            return { status: 200, body: JSON.stringify({ items: [pod(name, "here")] }) };
        }
        const [, name, port, rest] = /pods\/([^:]+):(\d+)\/proxy(.*)/.exec(path) ?? [];
        const own = port === "9002" ? ports.database : name === "m3query" ? ports.front : ports.coordinator;
        return send(new URL(`http://${address}:${own}${rest}`), request);
    });
    const made = structuredClone(environment);
    Object.assign(made.cluster, { pods: [node], replicationFactor: 1 });
    return {
        environment: made,
        kubernetes,
        nodePort: (_address, port, path, request = {}) => {
            const own = port === made.query.nodePort ? ports.front : ports.coordinator;
            return send(new URL(`http://${address}:${own}${path}`), request);
        },
        now: () => Date.now(),
        pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    };
}
