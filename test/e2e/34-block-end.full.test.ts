import assert from "node:assert/strict";
import { join } from "node:path";
import { fetchSeries } from "../../operations/access/dbnode.ts";
import { seriesIdOf } from "../../operations/access/series-id.ts";
import { shardOf } from "../../operations/access/shards.ts";
import type { CheckContext } from "../../operations/checks/check.ts";
import { writePoint } from "../../operations/checks/data.ts";
import { openContext } from "../../operations/checks/verify.ts";
import type { ReadBack } from "../../operations/scenarios/types.ts";
import { messageOf } from "../../support/errors.ts";
import { waitFor } from "../../support/wait.ts";
import { pods } from "./database-pods.ts";
import {
    kubectl,
    lab,
    m3perf,
    m3perfJson,
    settingsWith,
    standsOn,
    temporaryFolder,
    type UpJson,
    type VerifyJson,
} from "./environment.ts";
import { handOn } from "./faults/hand.ts";

/** s; the shortest that leaves time to look at an open one. bufferPast is what a block waits for before it goes to disk. */
const block = 600;
const namespaces = [
    { name: "default", retention: "4h", blockSize: "10m", bufferPast: "2m", bufferFuture: "1m" },
    { name: "metrics-10s_2d", retention: "48h", resolution: "10s" },
];
const marker = { __name__: "m3perf_block_end" };

/** In most environments this happens every two hours: access/in-memory.ts says what M3 1.5.0 does to who asks one replica then. */
describe("e2e: a block ends and goes to disk", function () {
    this.timeout(45 * 60_000);
    let context: CheckContext;
    /** Unix seconds. */
    let end: number;
    let load: ReturnType<typeof m3perf>;
    let folder: string;

    const seconds = () => Math.floor(Date.now() / 1000);
    /** What each replica says when it is asked for a sample that lies before the block's end. */
    const asked = () => {
        const id = seriesIdOf(context.environment, marker) ?? "";
        const what = { namespace: "default", id, shard: shardOf(id, 64), range: { start: end - block, end } };
        return Promise.all(
            pods.map(async (pod) => {
                try {
                    const points = await fetchSeries(context, pod, what);
                    return typeof points === "string" ? points : points.length;
                } catch (error) {
                    return messageOf(error);
                }
            }),
        );
    };
    /** Shards of a database pod that have the block that has ended on their disk. */
    const onDisk = async (pod: string) => {
        const find = `find /var/lib/m3db/data/default -name 'fileset-${end - block}000000000-*-checkpoint.db'`;
        return (await kubectl("-n", "m3db", "exec", pod, "--", "sh", "-c", find)).split("\n").filter(Boolean).length;
    };
    async function holesPass(): Promise<string> {
        const { checks } = await m3perfJson<VerifyJson>(["verify", "--only", "data.holes"]);
        return checks.flatMap(({ evidence }) => evidence).join("; ");
    }

    before(async () => {
        standsOn("up", "up");
        await m3perfJson(["down", "--keep-lab"]);
        const settings = await settingsWith({ "m3perf:m3db": { namespaces } });
        const result = await m3perfJson<UpJson>(["up", "--settings", settings]);
        assert.equal(result.failed, 0, JSON.stringify(result.checks.filter(({ ok }) => !ok)));
        context = await openContext((await handOn(lab)).environment);
        folder = join(await temporaryFolder(), "run");
    });

    it("each replica gives its own samples of an open block, and data.holes compares them", async () => {
        // A load of two minutes is to begin a minute before the block's end.
        // The newest minute is left out by data.holes, so there has to be more than that.
        const old = seconds() + 120;
        await waitFor({ what: "a minute before a block's end", timeout: block + 180, every: 1 }, () => {
            end = Math.ceil((seconds() + 50) / block) * block;
            return seconds() > old && end - seconds() < 75;
        });
        load = m3perf(["load", "--series", "100", "--interval", "1s", "--duration", "120s", "--out", folder]);
        await writePoint(context, { tags: marker, timestamp: seconds(), value: 1 });
        await waitFor({ what: "the point in each replica", timeout: 20, every: 1 }, async () => {
            assert.deepEqual(await asked(), [1, 1, 1]);
            return true;
        });
        assert.match(await holesPass(), /series from 3 dbnodes/);
    });

    it("data.holes passes all the while, also when the block is on disk, where a node answers for it or ends the connection", async () => {
        let looks = 0;
        await waitFor({ what: "the block on the disk of each replica", timeout: 720, every: 5 }, async () => {
            await holesPass();
            looks += 1;
            return (await Promise.all(pods.map(onDisk))).every((shards) => shards > 0);
        });
        assert.ok(seconds() > end + 120, "before bufferPast was over");
        console.log(`      on disk ${seconds() - end} s after the block's end, ${looks} looks`);
        // Memory lets go of it with the next tick but one, at the latest.
        const until = seconds() + 90;
        while (seconds() < until) assert.match(await holesPass(), /series from 3 dbnodes/);
        for (const said of await asked()) assert.match(String(said), /^1$|on disk/);
    });

    it("a load across the block's end is read back whole, and each replica's own copy, or from when on is told", async () => {
        const { code, stderr } = await load;
        assert.equal(code, 0, stderr);
        const read = await m3perfJson<ReadBack>(["read-back", folder]);
        const { merged, acknowledged, replicas, replicasSince, unread } = read;
        assert.equal(unread, undefined);
        assert.equal(merged.found, acknowledged);
        assert.deepEqual([merged.missing, merged.doubled, merged.wrong], [0, 0, 0]);
        assert.deepEqual(Object.keys(replicas).sort(), [...pods].sort());
        if (replicasSince !== undefined) assert.equal(replicasSince % (block * 1000), 0);
        for (const [pod, { found, missing }] of Object.entries(replicas)) {
            assert.equal(missing, 0, pod);
            const all = replicasSince === undefined;
            assert.ok(all ? found === acknowledged : found > 0 && found < acknowledged, `${pod}: ${found}`);
        }
        const from = replicasSince === undefined ? "of all of it" : `from ${new Date(replicasSince).toISOString()} on`;
        console.log(`      replicas were asked ${from}`);
    });

    after(async function () {
        this.timeout(20 * 60_000);
        // The stages after this one have the stack's own namespaces, whose blocks cannot be changed.
        await m3perf(["down", "--keep-lab"]);
        const { code, stderr } = await m3perf(["up"]);
        assert.equal(code, 0, stderr.slice(-3000));
    });
});
