/**
 * M3DB's own clock, stepped while it runs: the database is in a virtual machine, which has a clock to itself; etcd, coordinators and this test
 * keep theirs. One replica of one: what it loses nobody else has. docs/m3db.md, "Clocks that are off".
 */
import assert from "node:assert/strict";
import type { Vm } from "../../lab/vm/index.ts";
import { waitFor } from "../../support/wait.ts";
import { MiniCluster } from "../contract/m3/mini-cluster.ts";
import { prepareTools } from "../support/binaries.ts";
import { ask, type Point, remoteWrite } from "../support/m3-calls.ts";
import { killProgram, programIn, stepClock } from "./elsewhere.ts";
import { bootLimit, output, timeFor, type VmBench, vmBench } from "./machine.ts";

const address = "127.0.0.1";
const [minute, hour] = [60, 3600];
const retention = 48 * hour;
/** MiB of the guest: the database takes some 500. */
const memoryMi = 1536;

describe("M3DB: its clock is stepped while it runs", function () {
    this.timeout(timeFor(1));
    let bench: VmBench;
    let vm: Vm;
    let cluster: MiniCluster;
    /** What was acknowledged. */
    const kept: Point[] = [];
    let written = 0;

    before(async function () {
        this.timeout(2_400_000); // the image may have to be made
        await prepareTools();
        bench = await vmBench();
        vm = await bench.start("clock", memoryMi);
        await vm.waitForSsh(bootLimit);
        cluster = new MiniCluster({ elsewhere: { program: "m3dbnode", words: await programIn(vm, "m3dbnode") } });
        const own = { name: "default", retention: "48h", bufferPast: "20m", bufferFuture: "10m", coldWrites: true };
        const aggregated = { name: "metrics-10s_2d", retention: "48h", resolution: "10s" };
        await cluster.start({ m3db: { namespaces: [own, aggregated] } });
    });
    after(async function () {
        this.timeout(120_000);
        await cluster?.stop();
        await bench?.end();
    });

    /** Ten samples of now, by this machine's clock: of series of this phase. */
    async function send(phase: string) {
        const points = Array.from({ length: 10 }, (_, index): Point => {
            written += 1;
            return { labels: { __name__: "clock", phase, index: `${index}` }, value: written, time: Date.now() };
        });
        return { points, ...(await remoteWrite(address, cluster.ports.coordinator, points)) };
    }
    async function write(phase: string): Promise<void> {
        const { points, status, body } = await send(phase);
        assert.equal(status, 200, body);
        kept.push(...points);
    }
    /** Of what was acknowledged, the phases of what is not found. */
    async function missing(): Promise<string[]> {
        const { status, body, result } = await ask(
            address,
            cluster.ports.coordinator,
            "clock[3h]",
            {},
            Date.now() + 60_000,
        );
        assert.equal(status, 200, body);
        const found = new Set(result.flatMap(({ values = [] }) => values.map(([, value]) => Number(value))));
        return kept.filter(({ value }) => !found.has(value)).map(({ labels }) => labels.phase ?? "");
    }
    /** Writes are acknowledged before they are in the index. */
    const allFound = (when: string) =>
        waitFor({ what: `every sample to be found ${when}`, timeout: 120, every: 1 }, async () => {
            assert.deepEqual(await missing(), []);
            return true;
        });
    async function restart(): Promise<void> {
        await killProgram(vm, "m3dbnode");
        await cluster.restartDatabase();
    }
    const step = (seconds: number) => stepClock(vm, seconds);
    /** Seconds: where the block of now begins. */
    const blockOfNow = () => Math.floor(Date.now() / 7_200_000) * 7200;
    /** File sets of a block: there are none before its end; what comes late makes another volume. */
    const filesOf = async (block: number, volume?: number) => {
        const find = `find ${cluster.databaseFolder}/data/default -name 'fileset-${block}000000000-${volume ?? "*"}-checkpoint.db'`;
        return (await output(vm, find)).split("\n").filter(Boolean).length;
    };

    /** Commit logs and snapshots: what a restart brings back. */
    const logs = async () => {
        const find = `find ${cluster.databaseFolder}/commitlogs ${cluster.databaseFolder}/snapshots -type f`;
        return (await output(vm, find)).split("\n");
    };
    const logsToGo = (before: string[]) =>
        waitFor({ what: "no commit log and no snapshot of before", timeout: 300, every: 2 }, async () => {
            const old = new Set(before);
            return !(await logs()).some((file) => old.has(file));
        });

    it("five minutes ahead or behind: every sample is stored and found, also after a restart", async () => {
        await write("known");
        for (const minutes of [5, -5]) {
            await step(minutes * minute);
            await write("known");
            await write(`${minutes} min`);
            await allFound(`${minutes} min`);
        }
        await step(0);
        await write("known");
        await allFound("with the right clock");
        await restart();
        await allFound("after a restart");
    });

    it("an hour behind: what comes is of the future to it and refused, of a new series acknowledged and dropped", async () => {
        await step(-hour);
        const refused = await send("known");
        assert.equal(refused.status, 400);
        assert.match(refused.body, /too far in future/);
        const dropped = await send("new to a clock behind");
        assert.equal(dropped.status, 200, dropped.body);
        await step(0);
        await write("known");
        await allFound("with the right clock");
        const values = new Set([...refused.points, ...dropped.points].map(({ value }) => value));
        const { result } = await ask(address, cluster.ports.coordinator, "clock[3h]", {}, Date.now() + 60_000);
        assert.ok(!result.flatMap(({ values: all = [] }) => all).some(([, value]) => values.has(Number(value))));
    });

    it("three hours ahead: it ends its block and writes it to disk early; what it had and what still comes is found", async () => {
        const block = blockOfNow();
        assert.equal(await filesOf(block), 0);
        await step(3 * hour);
        await write("known");
        await waitFor(
            { what: "the block to be on disk", timeout: 300, every: 2 },
            async () => (await filesOf(block)) > 0,
        );
        await write("known");
        await allFound("three hours ahead");
        await step(0);
        await write("known");
        await allFound("with the right clock");
    });

    it("series that begin after that in the same block outlive a restart, and are not found after the next (late.full)", async () => {
        const block = blockOfNow();
        await write("began later");
        await allFound("of series that began later");
        await restart();
        await allFound("after a restart: commit logs and snapshots have them");
        await waitFor({ what: "them on disk", timeout: 300, every: 2 }, async () => (await filesOf(block, 1)) > 0);
        await logsToGo(await logs());
        await restart();
        await write("known");
        await waitFor({ what: "what is known to be found", timeout: 120, every: 1 }, async () => {
            assert.deepEqual([...new Set(await missing())], ["began later"]);
            return true;
        });
    });

    it("past the retention: it throws away what it has, blocks at once, logs and snapshots within minutes", async () => {
        const block = blockOfNow();
        const before = await logs();
        await step(retention + 2 * hour);
        await waitFor({ what: "nothing to be found", timeout: 300, every: 2 }, async () => {
            return (await missing()).length === kept.length;
        });
        await waitFor(
            { what: "no file of the block", timeout: 300, every: 2 },
            async () => (await filesOf(block)) === 0,
        );
        await logsToGo(before);
        await step(0);
        const lost = kept.splice(0);
        await write("known");
        await allFound("of what was written since");
        await restart();
        await allFound("after a restart");
        kept.unshift(...lost);
        assert.equal((await missing()).length, lost.length);
    });
});
