/**
 * What becomes of a sample of a series that its block does not have, when the block is on disk already: cold writes take it, but M3 1.5.0 does not
 * write its index entry to disk (storage/namespace.go, ColdFlush: the hook that would is empty; github.com/m3db/proposal, issue 16).
 */
import assert from "node:assert/strict";
import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../support/wait.ts";
import { ask, remoteWrite } from "../../support/m3-calls.ts";
import { MiniCluster } from "./mini-cluster.ts";

const address = "127.0.0.1";
const namespace = "default";
const bufferPast = 15_000; // ms
/** ms; the test takes up to two of them. */
const block = 300_000;

describe("M3: late samples of series that are new to a block on disk, and a restart", function () {
    this.timeout(1_200_000);
    const cluster = new MiniCluster();
    let start = 0;

    before(() => {
        const own = { blockSize: "5m", bufferPast: "15s", bufferFuture: "1m", coldWrites: true };
        const aggregated = { name: "metrics-10s_2d", retention: "48h", resolution: "10s" };
        return cluster.start({ m3db: { namespaces: [{ name: namespace, retention: "2h", ...own }, aggregated] } });
    });
    after(() => cluster.stop());

    async function write(name: string, time = Date.now()): Promise<void> {
        const point = { labels: { __name__: name }, value: 1, time };
        const { status, body } = await remoteWrite(address, cluster.ports.coordinator, [point]);
        assert.equal(status, 200, body);
    }
    const found = async (name: string) => {
        const { status, body, result } = await ask(address, cluster.ports.coordinator, `${name}[30m]`);
        assert.equal(status, 200, body);
        return result.flatMap(({ values = [] }) => values).length;
    };
    const isFound = (name: string) =>
        waitFor({ what: `the sample of ${name}`, timeout: 60, every: 0.5 }, async () => (await found(name)) === 1);
    const filesOf = (folder: string) =>
        globSync(`**/fileset-${start}000000-*`, { cwd: join(cluster.databaseFolder, folder, namespace) });
    const commitLogs = () => globSync("*", { cwd: join(cluster.databaseFolder, "commitlogs") });
    /** Until it answers for all of its shards: a series of now. */
    async function restart(then: string): Promise<void> {
        await cluster.restartDatabase();
        await waitFor({ what: "a new sample to be found", timeout: 120, every: 1 }, async () => {
            await write(then);
            return (await found(then)) > 0;
        });
    }
    it("are taken and found, as those in time are", async () => {
        await waitFor({ what: "the middle of a block", timeout: block / 1000 + 60, every: 1 }, () => {
            start = Math.floor(Date.now() / block) * block;
            return Date.now() - start > 2 * bufferPast && Date.now() - start < block - 2 * bufferPast;
        });
        const then = Date.now();
        await write("in_time", then);
        await isFound("in_time");
        await waitFor({ what: "the block and its index on disk", timeout: block / 1000 + 240, every: 1 }, () => {
            return ["data", "index/data"].every((folder) =>
                filesOf(folder).some((name) => name.includes("checkpoint")),
            );
        });
        await write("late", then);
        await isFound("late");
    });

    it("are not found after a restart, once no commit log has them", async () => {
        // The late sample is merged into the block's file set, which gets another volume.
        await waitFor({ what: "the late sample on disk", timeout: 240, every: 1 }, () => {
            return filesOf("data").some((name) => name.endsWith("-1-checkpoint.db"));
        });
        const logs = new Set(commitLogs());
        await waitFor({ what: "the commit logs of before to be removed", timeout: 300, every: 1 }, () => {
            return !commitLogs().some((name) => logs.has(name));
        });
        await restart("first_restart");
        assert.deepEqual([await found("in_time"), await found("late")], [1, 0]);
    });

    it("are found again when the block's index files are removed: a starting database makes them from the data", async () => {
        for (const name of filesOf("index/data")) rmSync(join(cluster.databaseFolder, "index/data", namespace, name));
        await restart("second_restart");
        await isFound("late");
        await isFound("in_time");
    });
});
