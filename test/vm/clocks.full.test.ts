/**
 * The clocks of an aggregator, a coordinator and etcd, each stepped while it runs: the program is in a virtual machine, which has a clock to
 * itself; the rest of M3 and this test keep theirs. M3DB's: clock.full. docs/m3db.md, "Clocks that are off".
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Vm } from "../../lab/vm/index.ts";
import { waitFor } from "../../support/wait.ts";
import { MiniCluster, type Program } from "../contract/m3/mini-cluster.ts";
import { prepareTools } from "../support/binaries.ts";
import { aggregatedBy, ask, remoteWrite } from "../support/m3-calls.ts";
import { killProgram, programIn, stepClock } from "./elsewhere.ts";
import { bootLimit, timeFor, type VmBench, vmBench } from "./machine.ts";

const address = "127.0.0.1";
const [minute, hour] = [60, 3600];
const window = 10;

/** A sample a second, numbered, through the coordinator, while `program` has a clock of its own. */
class Scene {
    vm!: Vm;
    cluster!: MiniCluster;
    readonly refused: string[] = [];
    private bench: VmBench | undefined;
    private written = 0;
    private going = true;
    private writing: Promise<void> | undefined;
    private readonly program: Program;

    constructor(program: Program) {
        this.program = program;
    }

    async start(): Promise<void> {
        await prepareTools();
        this.bench = await vmBench();
        this.vm = await this.bench.start("clock", 1536);
        await this.vm.waitForSsh(bootLimit);
        const words = await programIn(this.vm, this.program);
        this.cluster = new MiniCluster({ elsewhere: { program: this.program, words } });
        const own = { name: "default", retention: "48h", bufferPast: "20m", bufferFuture: "10m", coldWrites: true };
        const aggregated = { name: "metrics-10s_2d", retention: "48h", resolution: `${window}s` };
        await this.cluster.start({ m3db: { namespaces: [own, aggregated] } });
        this.writing = this.write();
    }

    private async write(): Promise<void> {
        while (this.going) {
            const point = { labels: { __name__: "clock" }, value: this.written + 1, time: Date.now() };
            const { status, body } = await remoteWrite(address, this.cluster.ports.coordinator, [point]).catch(
                (error: unknown) => ({ status: 0, body: String(error) }),
            );
            this.written += 1;
            if (status !== 200) this.refused.push(`${status} ${body}`);
            await sleep(1000);
        }
    }

    async end(): Promise<void> {
        this.going = false;
        await this.writing;
        await this.cluster?.stop();
        await this.bench?.end();
    }

    step = (seconds: number) => stepClock(this.vm, seconds);

    /** Values of the last half hour, by a process whose clock is right; aggregated ones by the header. */
    async values(headers = {}, port = this.cluster.ports.query): Promise<{ time: number; value: number }[]> {
        const { status, body, result } = await ask(address, port, "clock[30m]", headers, Date.now() + minute * 1000);
        assert.equal(status, 200, body);
        return result.flatMap(({ values = [] }) => values.map(([time, value]) => ({ time, value: Number(value) })));
    }
    aggregates = () => this.values(aggregatedBy(`${window}s:48h`));

    /** Seconds from one aggregate to the next, where windows are missing between them; of those after `since` (s since 1970). */
    async gaps(since = 0): Promise<number[]> {
        const times = (await this.aggregates()).map(({ time }) => time).filter((time) => time > since);
        assert.ok(times.length > 3);
        return times.slice(1).flatMap((time, index) => {
            const apart = time - (times[index] ?? 0);
            return apart === window ? [] : [apart];
        });
    }

    /** Every sample that was acknowledged until now is found, through m3query and through the coordinator. */
    async allFound(): Promise<void> {
        const last = this.written;
        for (const port of [this.cluster.ports.query, this.cluster.ports.coordinator])
            await waitFor({ what: `every sample to be found at ${port}`, timeout: 60, every: 1 }, async () => {
                const found = new Set((await this.values({}, port)).map(({ value }) => value));
                const missing = Array.from({ length: last }, (_, index) => index + 1).filter((one) => !found.has(one));
                assert.deepEqual(missing, []);
                return true;
            });
        assert.deepEqual(this.refused, []);
    }

    /** Seconds until there is an aggregate of a sample that is written from now on. */
    async aggregated(limit = 2 * minute): Promise<number> {
        const [from, began] = [this.written + 1, performance.now()];
        await waitFor({ what: "an aggregate of what is written", timeout: limit, every: 1 }, async () =>
            (await this.aggregates()).some(({ value }) => value >= from),
        );
        return (performance.now() - began) / 1000;
    }

    /** No aggregate of what is written from now on comes in that time, in which one that is right would have come. */
    async silent(seconds: number): Promise<void> {
        const from = this.written + 1;
        await sleep(seconds * 1000);
        const late = (await this.aggregates()).filter(({ value }) => value >= from);
        assert.deepEqual(late, []);
    }
}

/** An aggregate takes its window, bufferPast of 10 s and the flush: 15 to 35 s were seen. */
const longEnough = 45;

function scene(program: Program): Scene {
    const made = new Scene(program);
    before(async function () {
        this.timeout(2_400_000); // the image may have to be made
        await made.start();
    });
    after(async function () {
        this.timeout(120_000);
        await made.end();
    });
    return made;
}

describe("M3: an aggregator's clock is stepped while it runs", function () {
    this.timeout(timeFor(1));
    const on = scene("m3aggregator");

    it("two minutes behind: aggregates come two minutes later, and none is missing", async () => {
        await on.aggregated();
        await on.step(-2 * minute);
        assert.ok((await on.aggregated(5 * minute)) > 2 * minute);
        await on.step(0);
        await on.aggregated();
        assert.deepEqual(await on.gaps(), []);
        await on.allFound();
    });

    it("two minutes ahead: what comes is too old for it, and is not aggregated", async () => {
        await on.step(2 * minute);
        await on.silent(longEnough);
        await on.allFound();
    });

    it("right again, it says nothing for as long as it was ahead; then all since comes", async () => {
        await on.step(0);
        const began = Date.now() / 1000;
        assert.ok((await on.aggregated(5 * minute)) > minute);
        assert.deepEqual(await on.gaps(began + window), []);
    });

    it("an hour ahead and right again: a restart ends its silence at once, and what it held is lost", async () => {
        await on.step(hour);
        await on.silent(longEnough);
        await on.step(0);
        await on.silent(minute);
        await killProgram(on.vm, "m3aggregator");
        await on.cluster.restart("m3aggregator");
        await on.aggregated();
        assert.ok((await on.gaps()).some((seconds) => seconds > longEnough + minute - window));
        await on.allFound();
    });
});

describe("M3: a coordinator's clock is stepped while it runs", function () {
    this.timeout(timeFor(1));
    const on = scene("m3coordinator");

    for (const [seconds, words] of [
        [5 * minute, "five minutes ahead"],
        [50 * hour, "past the retention ahead"],
        // Its writes go to the shards of the aggregator that are in use by its clock: all of them, since the first placement's always were.
        [-hour, "an hour behind"],
    ] as const)
        it(`${words}: every sample is stored, found and aggregated`, async () => {
            await on.step(seconds);
            await on.aggregated();
            await on.allFound();
            await on.step(0);
            await on.aggregated();
            await on.allFound();
        });
});

describe("M3: etcd's clock is stepped while it runs", function () {
    this.timeout(timeFor(1));
    const on = scene("etcd");

    for (const [seconds, words] of [
        [3 * hour, "three hours ahead"],
        [-hour, "an hour behind"],
        [0, "right again"],
    ] as const)
        it(`${words}: every sample is stored, found and aggregated`, async () => {
            await on.step(seconds);
            await on.aggregated();
            await on.allFound();
        });
});
