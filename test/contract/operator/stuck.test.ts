import assert from "node:assert/strict";
import { jsonOf } from "../../../operations/access/http.ts";
import type { QueryAnswer } from "../../../operations/access/m3.ts";
import { free } from "../../../operations/stuck/free.ts";
import { waitFor } from "../../../support/wait.ts";
import { headers, RealCluster } from "./real-cluster.ts";

const api = "/api/v1/services/m3db";

/** The hangs of facts.md 4 with real M3 processes and the lab's operator; on the lab's nodes: test/e2e/47-external-coordinator. */
describe("a cluster with externalCoordinator that hangs, and m3perf free", function () {
    this.timeout(10 * 60_000);
    let cluster: RealCluster;
    let said: string[];
    const freed = () =>
        free(cluster.kubernetes, {
            namespace: "m3db",
            cluster: "m3-cluster",
            operatorNamespace: "m3db",
            dryRun: false,
            limit: 240,
            every: 0.5,
            settle: 0.5,
            say: (text) => said.push(text),
            note: () => {},
        });
    const write = (value: number, timestamp: number) => {
        const body = { tags: { __name__: "hang_probe", site: "here" }, timestamp: String(timestamp), value };
        return cluster.inside("/api/v1/json/write", { method: "POST", body });
    };
    const writesAndReads = async () => {
        const time = Math.floor(Date.now() / 1000);
        await waitFor({ what: "a write to be acknowledged", timeout: 90 }, async () => {
            const { status, body } = await write(3347.26, time);
            assert.equal(status, 200, body);
            return true;
        });
        // M3DB indexes a new series after it has acknowledged its first sample (writeNewSeriesAsync).
        await waitFor({ what: "the sample to be read", timeout: 30 }, async () => {
            const query = { query: "hang_probe[2m]", time: String(time + 5) };
            const { data } = jsonOf<QueryAnswer>(await cluster.inside("/api/v1/query", { query }), "query");
            assert.deepEqual(data?.result[0]?.values, [[time, "3347.26"]]);
            return true;
        });
    };

    beforeEach(async () => {
        said = [];
        cluster = await RealCluster.start();
    });
    afterEach(async function () {
        const log = this.currentTest?.state === "failed" ? cluster.log("m3dbnode") : undefined;
        await cluster.stop();
        if (log !== undefined) console.error(log);
    });

    it("cause 1: the coordinator came after the operator had given up", async () => {
        await cluster.startNode();
        assert.equal(await cluster.settle(), false, "the operator's sync fails");
        await cluster.startAdmin();
        const { found, did, now } = await freed();
        assert.equal(found.stage, "coordinator", found.evidence.join("\n"));
        assert.match(did.join("\n"), /^woke the operator: .*\nmade the namespace default ready/);
        assert.equal(now.stage, "done");
        await writesAndReads();
    });

    it("cause 2: a placement made by hand; database and operator wait for each other", async () => {
        await cluster.startAdmin();
        const [hostname, port] = cluster.endpoint().split(":");
        const instance = {
            id: '{"name":"m3-cluster-rep0-0"}',
            isolation_group: "rep0",
            zone: "embedded",
            weight: 100,
            endpoint: cluster.endpoint(),
            hostname,
            port: Number(port),
        };
        const body = { num_shards: 4, replication_factor: 1, instances: [instance] };
        const made = await cluster.admin(`${api}/placement/init`, { method: "POST", body, headers });
        assert.equal(made.status, 200, made.body);
        await cluster.startNode();
        assert.equal(await cluster.podReady(), false);
        assert.equal(await cluster.settle(), true, "no error: it waits");
        assert.doesNotMatch((await cluster.admin(`${api}/namespace`, { headers })).body, /"default"/);

        const { found, did, now } = await freed();
        assert.equal(found.stage, "namespaces", found.evidence.join("\n"));
        assert.match(did.join("\n"), /^created the namespace default through .*\nmade the namespace default ready/);
        assert.equal(now.stage, "done");
        await writesAndReads();
        assert.equal(await cluster.podReady(), true);
        assert.equal(await cluster.settle(), true, "the operator comes to its end");
    });

    it("cause 3: the operator never makes the namespaces ready", async () => {
        await cluster.startAdmin();
        await cluster.startNode();
        assert.equal(await cluster.settle(), true);
        await waitFor({ what: "the database to bootstrap", timeout: 180 }, () => cluster.podReady());
        assert.equal(await cluster.settle(), true);
        const refused = await write(1, Math.floor(Date.now() / 1000));
        assert.equal(refused.status, 500);
        assert.match(refused.body, /unaggregated namespace is not yet initialized/);

        const { found, did, now } = await freed();
        assert.equal(found.stage, "ready", found.evidence.join("\n"));
        assert.deepEqual(did, ["made the namespace default ready through m3-cluster-rep0-0"]);
        assert.equal(now.stage, "done");
        await writesAndReads();

        said = [];
        const again = await freed();
        assert.deepEqual(
            [again.found.stage, again.did, said],
            ["done", [], []],
            "nothing is done to a cluster that is up",
        );
    });
});
