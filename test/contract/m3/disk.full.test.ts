/**
 * When one replica's own copy of a block on disk can be asked for (operations/access/in-memory.ts): M3 1.5.0's HTTP API ends the connection until
 * the database has answered as many requests as its pool has contexts. A release of M3 that mends it makes this fail.
 */
import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import { waitFor } from "../../../support/wait.ts";
import { remoteWrite } from "../../support/m3-calls.ts";
import { MiniCluster } from "./mini-cluster.ts";

const host = "127.0.0.1";
/** M3 1.5.0, cmd/services/m3dbnode/config/pooling.go, "context". */
const contexts = 32_768;

describe("M3: a database's own copy of a block on disk", function () {
    this.timeout(600_000);
    const cluster = new MiniCluster();
    /** ms since 1970: when its one sample was written. */
    let written = 0;

    before(() => {
        const own = { blockSize: "1m", bufferPast: "10s", bufferFuture: "10s" };
        const aggregated = { name: "metrics-10s_2d", retention: "48h", resolution: "10s" };
        return cluster.start({ m3db: { namespaces: [{ name: "default", retention: "1h", ...own }, aggregated] } });
    });
    after(() => cluster.stop());

    /** Samples of the series, by its id. */
    async function fetched(): Promise<number> {
        const seconds = Math.floor(written / 1000);
        const range = { rangeStart: seconds - 60, rangeEnd: seconds + 60 };
        const answer = await fetch(`http://${host}:${cluster.ports.database}/fetch`, {
            method: "POST",
            headers: { "Content-Type": "application/json", Connection: "close" },
            body: JSON.stringify({ nameSpace: "default", id: '{__name__="on_disk"}', ...range }),
        });
        return ((await answer.json()) as { datapoints: object[] | null }).datapoints?.length ?? 0;
    }

    /** So many requests that cost next to nothing. */
    async function requests(count: number): Promise<void> {
        const agent = new Agent({ keepAlive: true, maxSockets: 16 });
        let left = count;
        const worker = async () => {
            while (left-- > 0)
                await new Promise<void>((resolve, reject) => {
                    const options = { host, port: cluster.ports.database, path: "/health", agent };
                    get(options, (response) => response.resume().once("end", resolve)).once("error", reject);
                });
        };
        await Promise.all(Array.from({ length: 16 }, worker));
        agent.destroy();
    }

    it("is given while it is in memory, and the connection ends when it is on disk alone", async () => {
        written = Date.now();
        const point = { labels: { __name__: "on_disk" }, value: 1, time: written };
        assert.equal((await remoteWrite(host, cluster.ports.coordinator, [point])).status, 200);
        assert.equal(await fetched(), 1);
        await waitFor({ what: "the connection to end", timeout: 300, every: 2 }, () =>
            fetched().then(
                () => false,
                (error: unknown) => /fetch failed/.test(String(error)),
            ),
        );
    });

    it("still ends after half as many requests as there are contexts, and is answered after all of them", async () => {
        await requests(contexts / 2);
        await assert.rejects(fetched(), /fetch failed/);
        await requests(contexts);
        assert.equal(await fetched(), 1);
    });
});
