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

/** In most environments this happens every two hours: access/in-memory.ts says what M3 1.5.0 does then. */
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
        await waitFor({ what: "a minute before a block's end", timeout: block + 60, every: 1 }, () => {
            end = Math.ceil((seconds() + 50) / block) * block;
            return end - seconds() < 75;
        });
        load = m3perf(["load", "--series", "100", "--interval", "1s", "--duration", "120s", "--out", folder]);
        await writePoint(context, { tags: marker, timestamp: seconds(), value: 1 });
        await waitFor({ what: "the point in each replica", timeout: 20, every: 1 }, async () => {
            assert.deepEqual(await asked(), [1, 1, 1]);
            return true;
        });
        assert.match(await holesPass(), /series from 3 dbnodes/);
    });

    it("data.holes passes all the while, until M3 has the block on disk and ends the connection of who asks for it", async () => {
        let looks = 0;
        await waitFor({ what: "the block on the disk of each replica", timeout: 720, every: 5 }, async () => {
            await holesPass();
            looks += 1;
            return (await asked()).every((said) => /on disk/.test(String(said)));
        });
        assert.ok(seconds() > end + 120, "before bufferPast was over");
        console.log(`      on disk ${seconds() - end} s after the block's end, ${looks} looks`);
        for (let again = 0; again < 3; again += 1) assert.match(await holesPass(), /series from 3 dbnodes/);
    });

    it("a load across the block's end is read back whole, and the replicas' own copies from the end on, which is told", async () => {
        const { code, stderr } = await load;
        assert.equal(code, 0, stderr);
        const { merged, acknowledged, replicas, replicasSince, unread } = await m3perfJson<ReadBack>([
            "read-back",
            folder,
        ]);
        assert.equal(unread, undefined);
        assert.equal(merged.found, acknowledged);
        assert.deepEqual([merged.missing, merged.doubled, merged.wrong], [0, 0, 0]);
        assert.equal(replicasSince, end * 1000);
        assert.deepEqual(Object.keys(replicas).sort(), [...pods].sort());
        for (const [pod, { found, missing }] of Object.entries(replicas)) {
            assert.equal(missing, 0, pod);
            assert.ok(found > 0 && found < acknowledged, `${pod}: ${found} of ${acknowledged}`);
        }
    });

    after(async function () {
        this.timeout(20 * 60_000);
        // The stages after this one have the stack's own namespaces, whose blocks cannot be changed.
        await m3perf(["down", "--keep-lab"]);
        const { code, stderr } = await m3perf(["up"]);
        assert.equal(code, 0, stderr.slice(-3000));
    });
});
