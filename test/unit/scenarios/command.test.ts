import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { readPlanProblems } from "../../../agent/load/reads-plan.ts";
import { runCli } from "../../../operations/cli/run.ts";
import { totalsOf } from "../../../operations/load/totals.ts";
import { catalog } from "../../../operations/scenarios/catalog/index.ts";
import { loadOf, stepsOf } from "../../../operations/scenarios/plan.ts";
import { settingsOf } from "../../../operations/scenarios/run/about.ts";
import { collectionOf } from "../../../operations/scenarios/run/collection.ts";
import { runsOf, stampOf } from "../../../operations/scenarios/run/folder.ts";
import { changedSettings } from "../../../operations/scenarios/run/hands.ts";
import { keyFigures } from "../../../operations/scenarios/run/live.ts";
import { planOf, readPlan } from "../../../operations/scenarios/run/load-plan.ts";
import { mergeReadBacks } from "../../../operations/scenarios/run/merge-read-backs.ts";
import { scenarioOptions } from "../../../operations/scenarios/run/options.ts";
import { alone, earlierRun, placeOf, rememberRun } from "../../../operations/scenarios/run/place.ts";
import { newTasks, tasksLeft } from "../../../operations/scenarios/run/queue.ts";
import { spreadLines, spreadOf } from "../../../operations/scenarios/run/spread.ts";
import { refuseOthers } from "../../../operations/scenarios/run/stand-up.ts";
import { runFiles, type Verdict } from "../../../operations/scenarios/types.ts";
import { UserError } from "../../../support/errors.ts";
import { projectRoot } from "../../../support/paths.ts";
import { at, interval, look, node, start } from "./planted.ts";
import { FakeWorld, removeScratch, scratch, sound } from "./world.ts";

const refused = (code: number, pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, pattern);
    assert.equal(error.exitCode, code);
    return true;
};

after(removeScratch);

describe("scenarios: the catalog", () => {
    it("every scenario has a file of its name, an objective that must hold, and a load that can be run", () => {
        const files = globSync("*.ts", { cwd: join(projectRoot, "operations/scenarios/catalog") });
        for (const plan of catalog) {
            assert.ok(files.includes(`${plan.name}.ts`), plan.name);
            assert.ok(
                plan.judge.some(({ limit }) => limit !== undefined),
                plan.name,
            );
            assert.ok(stepsOf(plan, true).length > 0, plan.name);
            for (const short of [false, true]) {
                const shape = loadOf(plan, short);
                if (!shape) continue;
                const door = { urls: ["http://10.0.0.5:32555/api/v1/prom/remote/write"], senders: [] };
                const load = planOf(shape, { run: "r", door });
                if (!plan.reads) continue;
                const reads = readPlan(plan.reads, load, ["http://10.0.0.5:32557"]);
                assert.deepEqual(readPlanProblems(reads), [], plan.name);
            }
        }
    });
});

describe("scenarios: the command line", () => {
    it("names the nearest scenario; what is wrong with options is said before anything is done", async () => {
        await assert.rejects(
            runCli(["scenario", "node-failur"]),
            refused(64, /no scenario "node-failur"\n {2}did you mean node-failure\?/),
        );
        await assert.rejects(runCli(["scenario", "dev", "capacity"]), refused(64, /one scenario at a time/));
        assert.throws(() => scenarioOptions("dev", { repeat: "0" }, catalog), refused(64, /--repeat 0[\s\S]*1 to 99/));
        assert.throws(() => scenarioOptions("dev", { resume: true, repeat: "3" }, catalog), refused(64, /--resume/));
        assert.throws(() => scenarioOptions("dev", { resume: true, short: true }, catalog), refused(64, /--resume/));
    });

    it("a folder in which no run can be kept is refused before anything is stood up", async () => {
        const file = join(projectRoot, "package.json");
        for (const out of [file, join(file, "folder")])
            await assert.rejects(
                runCli(["scenario", "dev", "--out", out]),
                refused(64, /a run cannot be kept there\n[\s\S]*package\.json[\s\S]*--out/),
            );
        await assert.rejects(runCli(["scenario", "dev", "--resume", "--out", file]), refused(64, /nothing of dev/));
    });

    it("takes other numbers of series, where the load is not the question itself", () => {
        const { plan } = scenarioOptions("node-failure", { series: "200000", short: true }, catalog);
        assert.deepEqual([loadOf(plan, false)?.series, loadOf(plan, true)?.series], [200_000, 200_000]);
        assert.equal(loadOf(plan, true)?.interval, "5s");
        for (const series of ["0", "5", "1e4", "-10", "10.5", "10000001", ""])
            assert.throws(
                () => scenarioOptions("dev", { series }, catalog),
                refused(64, /--series .*[\s\S]*10 to 1000/),
            );
        assert.throws(() => scenarioOptions("aggregation", { series: "10" }, catalog), refused(64, /40 to 1000/));
        assert.throws(() => scenarioOptions("capacity", { series: "100" }, catalog), refused(64, /its own loads/));
        assert.throws(() => scenarioOptions("dev", { resume: true, series: "100" }, catalog), refused(64, /--resume/));
    });

    it("a scenario's stack has its name unless another is given", () => {
        assert.equal(scenarioOptions("node-failure", {}, catalog).values.stack, "node-failure");
        assert.equal(scenarioOptions("node-failure", { stack: "dev" }, catalog).values.stack, "dev");
    });

    it("a lab that carries another stack is refused, with both ways out", () => {
        refuseOthers("dev", "lab", ["dev"]);
        refuseOthers("dev", "lab", []);
        assert.throws(
            () => refuseOthers("capacity", "mine", ["dev", "capacity"]),
            refused(
                69,
                /carries the stack "dev"[\s\S]*m3perf down --stack dev --keep-lab --lab mine[\s\S]*--stack dev/,
            ),
        );
    });
});

describe("scenarios: one at a time", () => {
    it("a second one on the same place is refused at once and told whose it is; another place is free", async () => {
        const root = await scratch();
        const [lab, other] = [placeOf("lab", "lab", root), placeOf("other", "lab", root)];
        await alone(lab, "dev", async () => {
            await assert.rejects(
                alone(lab, "capacity", async () => assert.fail("ran")),
                refused(69, new RegExp(`lab lab already[\\s\\S]*dev, process ${process.pid}`)),
            );
            assert.equal(await alone(other, "capacity", async () => "ran"), "ran");
        });
        assert.equal(await alone(lab, "capacity", async () => "ran"), "ran");
        await assert.rejects(
            alone(lab, "dev", () => Promise.reject(new UserError("its own"))),
            /^UserError: its own$/,
        );
    });

    it("traces of runs in the last hour are ours, back to the first of them", async () => {
        const place = placeOf("lab", "lab", await scratch());
        const minute = 60_000;
        assert.equal(earlierRun(place, start), undefined);
        rememberRun(place, start, start + 20 * minute);
        assert.equal(earlierRun(place, start + 40 * minute), start);
        rememberRun(place, start + 40 * minute, start + 50 * minute);
        assert.equal(earlierRun(place, start + 60 * minute), start, "a chain of runs keeps its start");
        assert.equal(earlierRun(place, start + 120 * minute), undefined);
    });
});

describe("scenarios: going on", () => {
    it("what came to the end of its steps is concluded; what did not begins anew beside it; what is done is left", async () => {
        const root = await scratch();
        const world = new FakeWorld(root);
        const [plan] = catalog;
        assert.ok(plan);
        const of = { of: 4 };
        world.folder(plan, false, "20261123-060000-1").update({ state: "passed", repeat: { index: 1, ...of } });
        const ended = world.folder(plan, false, "20261123-060000-2");
        ended.update({ state: "interrupted", repeat: { index: 2, ...of } });
        ended.write(runFiles.verifyAfter, []);
        world.folder(plan, false, "20261123-060000-3").update({ state: "running", repeat: { index: 3, ...of } });
        world.folder(plan, false, "20261122-060000-1").update({ state: "error" });
        const tasks = tasksLeft(runsOf(root, "dev"), "dev");
        assert.deepEqual(
            tasks.map((task) => (task.do === "run" ? task.id : `conclude ${task.folder.record.id}`)),
            ["conclude 20261123-060000-2", "20261123-060000-3.2", "20261123-060000-4"],
        );
    });

    it("nothing to go on with is said", async () => {
        const root = await scratch();
        assert.throws(() => tasksLeft(runsOf(join(root, "none"), "dev"), "dev"), refused(64, /has not been run/));
        const [plan] = catalog;
        assert.ok(plan);
        new FakeWorld(root).folder(plan).update({ state: "failed" });
        assert.throws(() => tasksLeft(runsOf(root, "dev"), "dev"), refused(64, /came to its end/));
    });

    it("a new command's runs have one stamp", () => {
        assert.deepEqual(
            newTasks(stampOf(start), 2).map((task) => task.do === "run" && task.id),
            ["20261123-060000-1", "20261123-060000-2"],
        );
    });
});

describe("scenarios: figures", () => {
    it("the spread of repeats", () => {
        const verdict = (value: number | null): Verdict => ({
            id: "knee-rate",
            title: "knee",
            ok: null,
            measured: "",
            objective: null,
            value,
            unit: "samples/s",
            better: "more",
            evidence: [],
        });
        const spread = spreadOf([[verdict(300)], [verdict(100)], [verdict(null)], [verdict(150)], [verdict(200)]]);
        assert.deepEqual(
            spread.map(({ min, median, max, runs }) => [min, median, max, runs]),
            [[100, 175, 300, 4]],
        );
        assert.match(spreadLines(spread)[0] ?? "", /knee {2}100 \/ 175 \/ 300 samples\/s {2}4 runs/);
    });

    it("one line of what goes on", () => {
        const text = keyFigures(
            totalsOf([interval(1, { acknowledged: 90, refused: 10 }), interval(2, { intended: 0, acknowledged: 10 })]),
            undefined,
            look(1, { nodes: [node("worker-1"), node("worker-3", { ready: false, state: "NotReady" })] }),
        );
        assert.match(text, /^writes 50\/s of 50, p99 10 ms, 10 refused; worker-3 NotReady$/);
    });

    it("several loads read back as one", () => {
        const other = structuredClone(sound);
        other.merged.missing = 2;
        other.merged.gaps = [{ from: at(1), to: at(9), samples: 2 }];
        other.unread = ["m3-cluster-rep1-0"];
        const all = mergeReadBacks([sound, other]);
        assert.deepEqual(
            [
                all?.checked,
                all?.merged.found,
                all?.merged.missing,
                all?.merged.gaps.length,
                all?.unread,
                all?.replicas["m3-cluster-rep0-0"]?.series,
            ],
            [20, 20, 2, 1, ["m3-cluster-rep1-0"], 2],
        );
        assert.equal(mergeReadBacks([]), null);
    });

    it("collection: series are told apart by their labels but Prometheus' own; each sample is looked for", () => {
        const series = (instance: string, times: number[], more = {}) => ({
            metric: { __name__: "up", job: "m3db", instance, ...more },
            values: times.map((time): [number, string] => [start / 1000 + time, "1"]),
        });
        const external = { cluster: "lab" };
        const span = { from: start, to: at(300) };
        const { collection: found } = collectionOf(
            span,
            [series("a", [0, 30, 60, 90]), series("b", [0, 30, 60])],
            [
                series("a", [0, 90], external),
                series("b", [0, 30, 60], external),
                series("z", [0], { cluster: "other" }),
            ],
            external,
        );
        assert.deepEqual([found.intervalSeconds, found.lost], [30, 2]);
        assert.deepEqual(
            [found.prometheus.series, found.prometheus.samples, found.prometheus.widest?.seconds],
            [2, 7, 30],
        );
        assert.deepEqual([found.m3.series, found.m3.widest?.seconds, found.m3.widest?.series], [2, 90, "job m3db, a"]);
        assert.equal(collectionOf(span, "no answer", [], external).collection.prometheus.error, "no answer");
    });
});

describe("scenarios: settings", () => {
    it("a change is put into the stack's file, one key of a setting alone", () => {
        const text = changedSettings("config:\n  m3perf:site: lab\n  m3perf:m3db:\n    memory: 1Gi\n", {
            "m3db.env": { A: "1" },
        });
        assert.match(text, /m3perf:m3db:\n {4}memory: 1Gi\n {4}env:\n {6}A: "1"/);
        assert.match(
            changedSettings("config:\n  m3perf:site: lab\n", { "m3db.env": { A: "1" } }),
            /m3perf:m3db:\n {4}env:/,
        );
    });

    it("what a run keeps of them has no secret", () => {
        const text =
            "config:\n  m3perf:site: lab\n  m3perf:sshPrivateKey: KEY\n  m3perf:m3db:\n    env: {A: '1'}\n  m3perf:x:\n    secure: abc\n";
        assert.deepEqual(settingsOf(text), { "m3perf:site": "lab", "m3perf:m3db": { env: { A: "1" } } });
    });

    it("stack files of scenarios are there", () => {
        const missing = catalog.filter(
            ({ name, stack }) => !existsSync(join(projectRoot, `Pulumi.${stack ?? name}.yaml`)),
        );
        assert.deepEqual(
            missing.map(({ name }) => name),
            [],
        );
    });
});
