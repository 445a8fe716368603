import assert from "node:assert/strict";
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "../../../operations/access/kubernetes.ts";
import type { Values } from "../../../operations/cli/verbs.ts";
import { loadRun } from "../../../operations/report/read.ts";
import { catalog } from "../../../operations/scenarios/catalog/index.ts";
import { lostSamples } from "../../../operations/scenarios/judge/index.ts";
import type { ScenarioPlan } from "../../../operations/scenarios/plan.ts";
import { chosenBy } from "../../../operations/scenarios/run/chosen.ts";
import { conclude } from "../../../operations/scenarios/run/conclude.ts";
import { runsOf, stampIn } from "../../../operations/scenarios/run/folder.ts";
import { answersOf, goingOn } from "../../../operations/scenarios/run/going-on.ts";
import { optionsOf, scenarioOptions } from "../../../operations/scenarios/run/options.ts";
import { type Task, tasksLeft } from "../../../operations/scenarios/run/queue.ts";
import { type Standing, standUpAnew } from "../../../operations/scenarios/run/stand-up.ts";
import { observe, scenario } from "../../../operations/scenarios/steps/index.ts";
import { type RunRecord, runFiles } from "../../../operations/scenarios/types.ts";
import { UserError } from "../../../support/errors.ts";
import { projectRoot } from "../../../support/paths.ts";
import { environment } from "../operations/healthy.ts";
import { at, record, start } from "./planted.ts";
import { FakeWorld, quiet, removeScratch, scratch } from "./world.ts";

const planOf = (name: string): ScenarioPlan => {
    const plan = catalog.find((one) => one.name === name);
    assert.ok(plan, name);
    return plan;
};
const refused = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, pattern);
    assert.equal(error.exitCode, 64);
    return true;
};
const named = (tasks: Task[]) =>
    tasks.map((task) => (task.do === "run" ? task.id : `conclude ${task.folder.record.id}`));

after(removeScratch);

describe("scenarios: the runs that --resume goes on with", () => {
    it("are of that scenario, in a folder that several share", async () => {
        const root = await scratch();
        const world = new FakeWorld(root);
        const ended = world.folder(planOf("capacity"), false, "20261123-070000-1");
        ended.update({ state: "interrupted" });
        ended.write(runFiles.verifyAfter, []);
        world.folder(planOf("dev"), false, "20261123-060000-1").update({ state: "interrupted" });
        const ids = (scenario: string, stamp?: string) => runsOf(root, scenario, stamp).map((one) => one.record.id);
        assert.deepEqual(ids("dev"), ["20261123-060000-1"]);
        assert.deepEqual(named(tasksLeft(runsOf(root, "dev"), "dev")), ["20261123-060000-1.2"]);
        assert.deepEqual(ids("node-failure"), []);
        assert.throws(() => tasksLeft(runsOf(root, "node-failure"), "node-failure"), refused(/has not been run/));
        const newer = world.folder(planOf("dev"), false, "20261123-080000-1");
        assert.deepEqual(ids("dev"), [newer.record.id]);
        assert.deepEqual(
            ids("dev", stampIn("20261123-060000-1")),
            ["20261123-060000-1"],
            "of the command that is told",
        );
    });

    it("come in the order in which they began", async () => {
        const root = await scratch();
        const world = new FakeWorld(root);
        for (const [index, tried] of ["1.2", "1.10"].entries())
            world.folder(planOf("dev"), false, `20261123-060000-${tried}`).update({ startedAt: at(index) });
        assert.equal(runsOf(root, "dev").at(-1)?.record.id, "20261123-060000-1.10");
    });

    it("are read and not written: another process may go on with one", async () => {
        const root = await scratch();
        const { path } = new FakeWorld(root).folder(planOf("dev"));
        const file = join(path, runFiles.run);
        const text = JSON.stringify({ ...record, scenario: "dev" });
        writeFileSync(file, text);
        const [opened] = runsOf(root, "dev");
        assert.equal(opened?.record.id, record.id);
        assert.deepEqual([readFileSync(file, "utf8"), readdirSync(path)], [text, [runFiles.run]]);
    });
});

describe("scenarios: what --resume takes over", () => {
    const begun = (values: Values): RunRecord => ({
        ...record,
        scenario: "dev",
        stack: "dev",
        chosen: chosenBy(values),
    });
    const optionsFor = (given: Values, of: RunRecord) =>
        optionsOf(scenarioOptions("dev", { ...given, resume: true }, catalog), of);
    const text = "config:\n  m3perf:site: lab\n";

    it("is stack, lab, site and settings, from whatever folder they were named", async () => {
        const settings = join(await scratch(), "try.yaml");
        writeFileSync(settings, text);
        const { values } = optionsFor({}, begun({ stack: "capacity", lab: "two", settings }));
        assert.deepEqual(chosenBy(values), { stack: "capacity", lab: "two", site: "lab", settings });
        const site = join(projectRoot, "sites/reference.yaml");
        const other = optionsFor({}, begun({ stack: "dev", site })).values;
        assert.deepEqual([other.stack, other.site, other.lab], ["dev", site, undefined]);
        const own = optionsFor({}, begun({ stack: "dev-reference" })).values;
        assert.deepEqual([own.stack, own.site], ["dev-reference", undefined], "the site that its own file names");
    });

    it("is told from what is given now: the same is taken, another refused with what it was", async () => {
        const settings = join(await scratch(), "try.yaml");
        writeFileSync(settings, text);
        const of = begun({ stack: "dev", lab: "two", settings });
        assert.equal(optionsFor({ lab: "two", stack: "dev", settings, site: "lab" }, of).values.lab, "two");
        const wrong: [Values, RegExp][] = [
            [
                { lab: "one" },
                /--lab one is another\n {2}the run .* was begun on the lab two, stack dev with the settings .*try\.yaml/,
            ],
            [{ stack: "capacity" }, /--stack capacity is another/],
            [{ site: "sites/reference.yaml" }, /--site sites\/reference\.yaml is another/],
            [{ settings: "Pulumi.dev.yaml" }, /--settings Pulumi\.dev\.yaml is another/],
        ];
        for (const [given, pattern] of wrong) assert.throws(() => optionsFor(given, of), refused(pattern));
        assert.throws(
            () => optionsFor({ lab: "two" }, begun({ stack: "dev-reference" })),
            refused(/--lab two is another[\s\S]*on the site .*sites\/reference\.yaml/),
        );
    });

    it("knows a site by its file", async () => {
        const link = join(await scratch(), "mine.yaml");
        symlinkSync(join(projectRoot, "sites/reference.yaml"), link);
        assert.equal(optionsFor({ site: link }, begun({ stack: "dev-reference" })).values.stack, "dev-reference");
    });

    it("is the stack alone where an earlier m3perf wrote the run", () => {
        const { chosen: _, ...earlier } = begun({ stack: "dev" });
        const { values } = optionsFor({ lab: "two" }, { ...earlier, stack: "mine" });
        assert.deepEqual([values.stack, values.lab], ["mine", "two"]);
    });
});

describe("scenarios: going on with an environment", () => {
    /** An environment whose cluster was made at that second of the run. */
    const standing = (made: number, environmentMade = false): Standing => {
        const metadata = { name: "m3-cluster", creationTimestamp: new Date(at(made)).toISOString() };
        const call = async () => ({ status: 200, body: JSON.stringify({ metadata }) });
        return {
            session: {} as Standing["session"],
            environment,
            connection: { call } as unknown as Connection,
            made: { lab: false, environment: environmentMade },
        };
    };
    const ended = async (change: Partial<RunRecord> = {}) => {
        const root = await scratch();
        const folder = new FakeWorld(root).folder(planOf("dev"));
        folder.update({ state: "interrupted", repeat: { index: 1, of: 2 }, ...change });
        folder.write(runFiles.verifyAfter, []);
        const earlier = runsOf(root, "dev");
        return { earlier, tasks: tasksLeft(earlier, "dev") };
    };

    it("that holds what was written: it is read back", async () => {
        const { earlier, tasks } = await ended();
        const on = await goingOn(tasks, earlier, standing(-600), assert.fail);
        assert.deepEqual(named(on.tasks), ["conclude 20261123-060000-1", "20261123-060000-2"]);
        assert.deepEqual([on.used, on.ours], [true, false]);
    });

    it("that was stood up since, by us or by others: nothing is read back, the run begins anew, and that is said", async () => {
        const { earlier, tasks } = await ended({ broughtUp: true });
        for (const other of [standing(-600, true), standing(600)]) {
            const said: string[] = [];
            const on = await goingOn(tasks, earlier, other, (line) => said.push(line));
            assert.deepEqual(named(on.tasks), ["20261123-060000-1.2", "20261123-060000-2"]);
            assert.deepEqual([on.used, on.ours], [false, false]);
            assert.match(said.join("\n"), /20261123-060000-1: the environment .* is gone, so the run begins anew$/);
        }
    });

    it("that the command had brought up may be made anew for a repeat; any other stays", async () => {
        const { earlier, tasks } = await ended({ broughtUp: true });
        const on = await goingOn(tasks, earlier, standing(-600), assert.fail);
        assert.deepEqual([on.used, on.ours], [true, true]);
        const there = standing(-600);
        assert.equal(await standUpAnew(there, false, {}, quiet), there);
    });

    it("of a new command is not looked at", async () => {
        const tasks: Task[] = [{ do: "run", id: "20261123-060000-1", index: 1, of: 1 }];
        const on = await goingOn(tasks, [], standing(600), assert.fail);
        assert.deepEqual(on, { tasks, used: false, ours: false });
    });

    it("a command answers for the repeats that were done before it was ended, too", async () => {
        const root = await scratch();
        const world = new FakeWorld(root);
        const run = (id: string, index: number, state: RunRecord["state"]) => {
            const folder = world.folder(planOf("dev"), false, `20261123-060000-${id}`);
            folder.update({ state, repeat: { index, of: 3 } });
            return folder;
        };
        run("1", 1, "failed");
        run("2", 2, "interrupted");
        const earlier = runsOf(root, "dev");
        const now = [run("3", 3, "passed"), run("2.2", 2, "passed")];
        const states = answersOf(earlier, now).map((one) => `${one.record.id.slice(16)} ${one.record.state}`);
        assert.deepEqual(states, ["1 failed", "2.2 passed", "3 passed"]);
    });
});

describe("scenarios: a run that is concluded later", () => {
    const load = { series: 100, interval: "10s" };

    it("ends when its steps and verify did, whatever ended it", async () => {
        const root = await scratch();
        const world = new FakeWorld(root);
        const steps = [observe("20s")];
        const plan = scenario({ name: "dev", question: "?", load, steps, judge: [lostSamples.is(0)] });
        const parts = world.parts();
        const onDisk: RunRecord[] = [];
        world.parts = () => ({
            ...parts,
            async readBack(folder) {
                onDisk.push(JSON.parse(readFileSync(join(folder, runFiles.run), "utf8")));
                throw new Error("disk full");
            },
        });
        await assert.rejects(world.run(plan), /disk full/);
        assert.deepEqual(
            onDisk.map(({ state, endedAt }) => [state, endedAt]),
            [["running", at(20)]],
            "kept for who resumes it, should it be killed now",
        );
        world.second = 36_000;
        const [folder] = runsOf(root, "dev");
        assert.ok(folder);
        await conclude({ plan, short: false, folder, parts, progress: quiet });
        const { run } = await loadRun(folder.path);
        assert.deepEqual([run.state, run.startedAt, run.endedAt], ["passed", start, at(20)]);
    });
});
