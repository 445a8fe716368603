import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckResult } from "../../../operations/checks/run.ts";
import { loadRun } from "../../../operations/report/read.ts";
import type { Fault } from "../../../operations/scenarios/faults/fault.ts";
import { Journal } from "../../../operations/scenarios/journal.ts";
import {
    kneeRate,
    lostSamples,
    rebuildTime,
    recovery,
    writeErrors,
} from "../../../operations/scenarios/judge/index.ts";
import type { ScenarioPlan } from "../../../operations/scenarios/plan.ts";
import { evictionsOf } from "../../../operations/scenarios/run/evictions.ts";
import {
    dbnodeOn,
    heal,
    inFull,
    m3dbNode,
    observe,
    powerOff,
    ramp,
    rebuild,
    scenario,
    stopKubelet,
    warmUp,
} from "../../../operations/scenarios/steps/index.ts";
import type { Step } from "../../../operations/scenarios/steps/step.ts";
import { runFiles, type Verdict } from "../../../operations/scenarios/types.ts";
import { UserError } from "../../../support/errors.ts";
import { at } from "./planted.ts";
import { FakeWorld, removeScratch, scratch } from "./world.ts";

const plan = (steps: Step[], change: Partial<ScenarioPlan> = {}) =>
    scenario({
        name: "planted",
        question: "?",
        load: { series: 1000, interval: "10s" },
        steps,
        judge: [lostSamples.is(0), writeErrors.is(0)],
        ...change,
    });
const failure = [warmUp("20s"), stopKubelet(m3dbNode()), observe("30s"), heal(), observe("20s")];
const interrupted = new UserError("interrupted", [], 130);

after(removeScratch);

describe("scenarios: a run", () => {
    it("does everything in its order and leaves every file", async () => {
        const world = new FakeWorld(await scratch());
        const { ok, folder } = await world.run(plan(failure, { reads: { perSecond: 2 } }));
        assert.equal(ok, true);
        assert.deepEqual(world.did, [
            "verify before",
            "load 100",
            "reads 2",
            "make kubelet worker-3",
            "heal kubelet worker-3",
            "load ends",
            "reads end",
            "watch ends",
            "verify afterwards",
            "read back 20261123-060000-1",
            "report",
        ]);
        const { run, events, load, verdicts, ...rest } = await loadRun(folder.path);
        assert.deepEqual([run.state, run.load?.series, run.load?.run], ["passed", 1000, "20261123-060000-1"]);
        assert.ok(
            rest.verifyBefore && rest.verifyAfter && rest.readBack && rest.watch.length > 0 && load.length === 70,
        );
        assert.deepEqual(
            verdicts.map(({ id, ok }) => [id, ok]),
            [
                ["lost-samples", true],
                ["write-errors", true],
                ["verify-after", true],
            ],
        );
        const told = events.map(({ kind, title, target, at: from, until }) => [kind, title, target, from, until]);
        assert.deepEqual(told.slice(2, 4), [
            ["fault", "kubelet stopped", "worker-3", at(20), at(50)],
            ["phase", "observe", undefined, at(20), at(50)],
        ]);
        assert.deepEqual(JSON.parse(readFileSync(join(folder.path, runFiles.journal), "utf8")).made, []);
    });

    it("a replica that is rebuilt is told with what it lacked, has its time, and begins as a fault does: what recovered before has done so", async () => {
        const world = new FakeWorld(await scratch());
        const steps = [...failure, rebuild(dbnodeOn(m3dbNode())), observe("20s")];
        const { ok, folder } = await world.run(plan(steps, { judge: [rebuildTime.atMost(100)] }));
        const { run, events, verdicts } = await loadRun(folder.path);
        assert.equal(ok, true, JSON.stringify(verdicts));
        assert.ok(world.did.includes("rebuild m3-cluster-rep2-0"));
        assert.deepEqual(run.rebuilt, [{ pod: "m3-cluster-rep2-0", shards: 4, resumed: false, seconds: 70 }]);
        assert.ok(events.some(({ kind, title }) => kind === "note" && title === "a hole"));
        const made = events
            .filter(({ kind }) => kind === "fault")
            .map(({ title, target, until }) => [title, target, until]);
        assert.deepEqual(made[1], ["data deleted, rebuilt from its peers", "m3-cluster-rep2-0", at(70)]);
        assert.equal(verdicts.find(({ id }) => id === "rebuild-time")?.value, 70);
    });

    it("the short variant has less load, its own times, and leaves out what takes long", async () => {
        const world = new FakeWorld(await scratch());
        const steps = [warmUp("5m", "20s"), ...inFull(powerOff(m3dbNode()), observe("5m"), heal())];
        const { folder } = await world.run(plan(steps, { shortLoad: { series: 500 } }), { short: true });
        assert.equal(world.second, 20);
        assert.ok(world.did.includes("load 50") && !world.did.includes("make power worker-3"));
        assert.equal(folder.record.short, true);
    });

    it("an objective that does not hold fails the run, and the report comes all the same", async () => {
        const world = new FakeWorld(await scratch());
        world.outcome = () => ({ refused: 1 });
        const { ok, folder } = await world.run(plan([observe("10s")]));
        assert.deepEqual([ok, folder.record.state, world.did.at(-1)], [false, "failed", "report"]);
    });

    const noSession = new UserError("m3query gives no whole answer", { what: "M3DB session not yet initialized" }, 69);
    const check = (id: string, ok: boolean): CheckResult => ({
        ...{ id, system: "m3db", title: "", ok, seconds: 0 },
        evidence: ["rep0"],
    });
    const again = "verify, before it is asked again";

    it("an M3 that the run left broken, so that nothing can be read back, is judged", async () => {
        const world = new FakeWorld(await scratch());
        world.unreadable = [noSession];
        world.failingAfter = [check("m3db.health", false)];
        const { ok, folder } = await world.run(plan(failure));
        assert.deepEqual([ok, folder.record.state], [false, "failed"]);
        const { verdicts } = await loadRun(folder.path);
        const lost = verdicts.find(({ id }) => id === "lost-samples");
        assert.deepEqual([lost?.ok, lost?.measured], [false, "not measured"]);
        assert.match(lost?.why ?? "", /M3 could not be read: m3query gives no whole answer/);
        assert.ok(world.did.includes("report") && !world.did.includes(again));
    });

    it("one that was well and falls over what it is asked is asked once more, when it is well again", async () => {
        const world = new FakeWorld(await scratch());
        world.unreadable = [noSession, undefined];
        const { ok, folder } = await world.run(plan(failure));
        assert.deepEqual([ok, folder.record.state, folder.record.unread], [true, "passed", undefined]);
        const [first, looked, second] = world.did.filter((what) => /^read back|^verify, before/.test(what));
        assert.ok(first?.startsWith("read back") && looked === again && second === first, world.did.join("\n"));
    });

    it("one that falls over it again is judged, with nothing measured", async () => {
        const world = new FakeWorld(await scratch());
        world.unreadable = [noSession];
        world.checks = { [again]: [check("nodes.ready", true), check("m3db.health", false)] };
        const { ok, folder } = await world.run(plan(failure));
        assert.deepEqual([ok, folder.record.state], [false, "failed"]);
        assert.equal(folder.record.unread, "m3query gives no whole answer");
        assert.equal(world.did.at(-1), "report");
    });

    it("a way to it that is gone, and any other error, ends the run, which can be resumed", async () => {
        const cut = new FakeWorld(await scratch());
        cut.unreadable = [noSession];
        cut.checks = { [again]: [check("nodes.ready", false), check("m3db.health", false)] };
        await assert.rejects(cut.run(plan(failure)), noSession);
        const other = new FakeWorld(await scratch());
        other.unreadable = [new Error("disk full")];
        await assert.rejects(other.run(plan(failure)), /disk full/);
        assert.ok(!other.did.includes(again));
    });

    it("an environment that is not well is not run on: nothing is started, the check is named", async () => {
        const world = new FakeWorld(await scratch());
        const evidence = ["worker-1: Ready=Unknown"];
        world.failing = [
            { id: "nodes.ready", system: "nodes", title: "", ok: false, seconds: 0, evidence, next: "look" },
        ];
        const refused = (error: UserError) =>
            error.exitCode === 69 &&
            /not well[\s\S]*nodes\.ready: worker-1: Ready=Unknown[\s\S]*look/.test(error.message);
        await assert.rejects(world.run(plan(failure)), refused);
        assert.deepEqual(world.did, ["verify before"]);
    });
});

describe("scenarios: a generator that does not end as it should", () => {
    const why = (name: string) => new RegExp(`the ${name} did not end as it should.*\\n.*exit code 70`);

    it("is the run's error, though every step is done: its files are cut short", async () => {
        for (const [which, name] of [
            ["load", "load generator"],
            ["reads", "query generator"],
        ] as const) {
            const world = new FakeWorld(await scratch());
            world.codes[which] = 70;
            await assert.rejects(world.run(plan([observe("10s")], { reads: { perSecond: 2 } })), why(name));
            assert.deepEqual(world.did.slice(-3), ["load ends", "reads end", "watch ends"]);
        }
    });

    it("ends a ramp at that load", async () => {
        const world = new FakeWorld(await scratch());
        world.codes.load = 70;
        const rising = ramp({ from: 100, factor: 2, to: 1600, interval: "10s", each: "30s" });
        await assert.rejects(world.run(plan([rising], { load: null, judge: [] })), why("load generator"));
        assert.ok(!world.did.includes("load 400"), world.did.join("\n"));
    });

    it("is no error of its own where the run is interrupted", async () => {
        const world = new FakeWorld(await scratch());
        world.codes.load = 70;
        world.tick = (second) => second === 5 && world.control.abort(interrupted);
        await assert.rejects(world.run(plan([observe("10s")])), interrupted);
    });
});

describe("scenarios: pods that are put out", () => {
    it("are those of the run, as often as the kubelets say", () => {
        const event = (name: string, reason: string, lastTimestamp: string, count = 1) => ({
            metadata: { uid: `${name}${lastTimestamp}` },
            involvedObject: { kind: "Pod", name },
            reason,
            message: "The node was low on resource: memory. ",
            lastTimestamp,
            count,
        });
        const found = evictionsOf(
            [
                event("rep1", "Evicted", "2026-11-23T06:02:00Z", 2),
                event("rep0", "Evicted", "2026-11-23T06:01:00Z"),
                event("rep0", "Killing", "2026-11-23T06:01:00Z"),
                event("rep2", "Evicted", "2026-11-23T05:00:00Z"),
            ],
            Date.parse("2026-11-23T06:00:00Z"),
        );
        const why = "The node was low on resource: memory.";
        const [first, second] = [Date.parse("2026-11-23T06:01:00Z"), Date.parse("2026-11-23T06:02:00Z")];
        assert.deepEqual(found, [
            { pod: "rep0", at: first, why },
            { pod: "rep1", at: second, why },
            { pod: "rep1", at: second, why },
        ]);
    });
});

describe("scenarios: what is broken is healed", () => {
    const healed = (world: FakeWorld) =>
        world.did.includes("heal kubelet worker-3") && new Journal(world.journal).read().length === 0;

    it("at the end, where no step does it", async () => {
        const world = new FakeWorld(await scratch());
        await world.run(plan([stopKubelet(m3dbNode()), observe("10s")]));
        assert.ok(healed(world));
    });

    it("after an interruption, which ends the run at once and leaves what there is", async () => {
        const world = new FakeWorld(await scratch());
        world.tick = (second) => second === 25 && world.control.abort(interrupted);
        const running = plan(failure);
        await assert.rejects(world.run(running), /interrupted/);
        assert.equal(world.second, 25);
        assert.ok(healed(world));
        assert.deepEqual(world.did.slice(-4), [
            "make kubelet worker-3",
            "heal kubelet worker-3",
            "load ends",
            "watch ends",
        ]);
        const folder = world.folder(running);
        const left = JSON.parse(readFileSync(join(folder.path, runFiles.events), "utf8").split("\n")[1] ?? "");
        assert.equal(left.kind, "phase");
    });

    it("after an interruption in the middle of a fault, which is made to its end first", async () => {
        const world = new FakeWorld(await scratch());
        world.onFault = (what) => what.startsWith("make") && world.control.abort(interrupted);
        await assert.rejects(world.run(plan(failure)), /interrupted/);
        assert.ok(healed(world));
    });

    it("where making it failed half way", async () => {
        const world = new FakeWorld(await scratch());
        world.onFault = (what) => {
            if (what.startsWith("make")) throw new Error("half of it");
        };
        await assert.rejects(world.run(plan(failure)), /half of it/);
        assert.ok(healed(world));
    });

    it("where the load generator ends by itself", async () => {
        const world = new FakeWorld(await scratch());
        world.tick = (second) => second === 30 && world.killLoad();
        await assert.rejects(world.run(plan(failure)), /load generator ended by itself/);
        assert.ok(healed(world));
    });

    it("where the query generator ends by itself, which is told with its last words", async () => {
        const world = new FakeWorld(await scratch());
        const running = plan(failure, { reads: { perSecond: 2 } });
        world.tick = (second) => second === 30 && world.killReads();
        await assert.rejects(world.run(running), /query generator ended by itself\n.*ended by SIGKILL/);
        assert.ok(healed(world) && world.did.includes("load ends") && !world.did.includes("verify afterwards"));
        assert.ok(world.second < 35, String(world.second));
    });

    it("all that can be, where one cannot; that one stays in the journal", async () => {
        const world = new FakeWorld(await scratch());
        world.onFault = (what) => {
            if (what === "heal kubelet worker-1") throw new Error("no way to it");
        };
        const steps = [stopKubelet(m3dbNode(0)), stopKubelet(m3dbNode(1))];
        await assert.rejects(
            world.run(plan(steps)),
            /could not be healed[\s\S]*worker-1: kubelet stopped[\s\S]*no way to it/,
        );
        assert.deepEqual(
            new Journal(world.journal).read().map(({ fault }) => fault),
            [{ kind: "kubelet", node: "worker-1" } satisfies Fault],
        );
        assert.ok(world.did.includes("heal kubelet worker-2") && world.did.includes("load ends"));
    });

    it("the journal knows of a fault before it is made: a process that is killed in it leaves it to the next", async () => {
        const world = new FakeWorld(await scratch());
        let known: unknown;
        world.onFault = (what) => {
            if (what.startsWith("make")) known = new Journal(world.journal).read().map(({ fault }) => fault);
        };
        await world.run(plan(failure));
        assert.deepEqual(known, [{ kind: "kubelet", node: "worker-3" }]);
    });
});

describe("scenarios: a ramp", () => {
    const rising = ramp({ from: 100, factor: 2, to: 1600, interval: "10s", each: "30s" });
    const ramped = plan([rising], { load: null, judge: [kneeRate.reported(), recovery.reported()] });
    const knee = (folder: { read<T>(name: string): T | null }) => folder.read<Verdict[]>(runFiles.verdicts)?.[0];

    it("raises the rate with new series each time, stops at the knee, and every load is read back", async () => {
        const world = new FakeWorld(await scratch());
        world.outcome = (rate) => (rate <= 400 ? {} : { acknowledged: rate * 0.9, refused: rate * 0.1 });
        const { folder } = await world.run(ramped);
        const loads = world.did.filter((what) => what.startsWith("load "));
        assert.deepEqual(loads, [
            "load 100",
            "load ends",
            "load 200",
            "load ends",
            "load 400",
            "load ends",
            "load 800",
            "load ends",
        ]);
        assert.equal(knee(folder)?.value, 400);
        assert.match(knee(folder)?.measured ?? "", /at 800: 1600 samples refused/);
        assert.equal(world.did.filter((what) => what.includes("read back")).length, 4);
        assert.equal(existsSync(join(folder.path, "loads/3/load.jsonl")), true);
        assert.equal((await loadRun(folder.path)).load.length, 4 * 30);
    });

    it("ends where it was told to, without a knee", async () => {
        const world = new FakeWorld(await scratch());
        const { folder } = await world.run(ramped);
        assert.match(knee(folder)?.measured ?? "", /^1600 samples\/s, and no knee$/);
    });

    it("a first third of each rate that is worse than the rest is no knee", async () => {
        const world = new FakeWorld(await scratch());
        world.outcome = () => (world.second % 30 < 10 && world.second % 30 > 0 ? { acknowledged: 0, refused: 9 } : {});
        const { folder } = await world.run(ramped);
        assert.match(knee(folder)?.measured ?? "", /no knee/);
    });
});
