import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allRuns, runNamed, runsNamed } from "../../../../operations/report/folders.ts";
import { writeReport } from "../../../../operations/report/index.ts";
import { listRuns, renderList } from "../../../../operations/report/list.ts";
import { loadRun } from "../../../../operations/report/read.ts";
import { runFiles } from "../../../../operations/scenarios/types.ts";
import { madeUpRun, writeRun } from "../../../support/run-folder.ts";

describe("report: a run's folder", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-run-"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it("is read as it was written, with nothing missing", async () => {
        const { folder: where, missing, ...run } = await loadRun(writeRun(join(folder, "run")));
        assert.equal(where, join(folder, "run"));
        assert.deepEqual(missing, []);
        const { events, ...made } = madeUpRun();
        const { events: read, ...others } = run;
        assert.deepEqual(others, made);
        assert.deepEqual(
            read,
            events.toSorted((a, b) => a.at - b.at),
        );
    });

    it("that was cut off is read as far as it came, and says what is missing", async () => {
        const run = writeRun(join(folder, "run"), {}, (one) => {
            one.run.endedAt = null;
            one.run.state = "running";
        });
        appendFileSync(join(run, runFiles.load), '{"v":1,"kind":"write","at":17');
        appendFileSync(join(run, runFiles.watch), '{"half');
        appendFileSync(join(run, runFiles.events), '\n"a text"\nnull\n{"at":1}\n');
        writeFileSync(join(run, runFiles.readBack), '{"v":1,');
        for (const file of [runFiles.reads, runFiles.verifyAfter, runFiles.verdicts]) rmSync(join(run, file));
        const read = await loadRun(run);
        assert.equal(read.load.length, madeUpRun().load.length);
        assert.equal(read.reads.length, 0);
        assert.equal(read.readBack, null);
        assert.equal(read.verifyAfter, null);
        assert.deepEqual(read.verdicts, []);
        const told = read.missing.map((text) => text.replace(/ \(.*JSON.*\)/, ""));
        assert.deepEqual(told, [
            "run.json: no end; the run goes on, or was ended from outside",
            "events.jsonl: 3 of 11 lines are cut or of another kind, and left out",
            "load.jsonl: 1 of 601 lines are cut or of another kind, and left out",
            "reads.jsonl: not there",
            "watch.jsonl: 1 lines are cut, and left out",
            "read-back.json: cannot be read",
            "verify-after.json: not there",
            "verdicts.json: not there",
        ]);
    });

    it("says what is wrong with a watch that it cannot read", async () => {
        const run = writeRun(join(folder, "run"));
        const missing = async (text: string) => {
            writeFileSync(join(run, runFiles.watch), text);
            return (await loadRun(run)).missing;
        };
        assert.deepEqual(await missing(""), ["watch.jsonl: holds no sample"]);
        assert.deepEqual(await missing('{"v":2,"at":1}\n'), [
            "watch.jsonl: written by another version (2; this m3perf knows 1)",
        ]);
    });

    it("of which only run.json is there still becomes a report", async () => {
        const run = writeRun(join(folder, "run"));
        for (const file of Object.values(runFiles))
            if (file !== runFiles.run && existsSync(join(run, file))) rmSync(join(run, file));
        const { html, markdown } = await writeReport(run);
        assert.match(readFileSync(html, "utf8"), /No verdict: the run ended before it came to judge/);
        assert.match(readFileSync(markdown, "utf8"), /load\.jsonl: not there/);
        assert.doesNotMatch(readFileSync(html, "utf8"), /NaN|undefined|Infinity/);
    });

    it("that wrote and read nothing by plan lacks nothing", async () => {
        const run = writeRun(join(folder, "run"), {}, (one) => {
            one.run.load = null;
        });
        for (const file of [runFiles.load, runFiles.reads, runFiles.readBack]) rmSync(join(run, file));
        assert.deepEqual((await loadRun(run)).missing, []);
    });

    it("has the intervals of a load whose end did not come, once", async () => {
        const run = writeRun(join(folder, "run"));
        const { load } = madeUpRun();
        const last = load.at(-1);
        mkdirSync(join(run, "loads", "0"), { recursive: true });
        const lines = [last, { ...last, at: (last?.at ?? 0) + 1000 }].map((one) => JSON.stringify(one));
        writeFileSync(join(run, "loads", "0", runFiles.load), `${lines.join("\n")}\n{"half`);
        assert.equal((await loadRun(run)).load.length, load.length + 1);
    });

    it("leaves out what the watch saw after the end", async () => {
        const run = writeRun(join(folder, "run"), {}, (one) => {
            one.run.endedAt = one.run.startedAt + 60_000;
        });
        assert.equal((await loadRun(run)).watch.length, 12);
    });

    it("that is none is refused, with what is wrong", async () => {
        await assert.rejects(
            loadRun(folder),
            /this is no run's folder[\s\S]*run\.json: no such file[\s\S]*report list/,
        );
        writeFileSync(join(folder, runFiles.run), "{");
        await assert.rejects(loadRun(folder), /this is no run's folder/);
        writeFileSync(join(folder, runFiles.run), '{"v":2}');
        await assert.rejects(loadRun(folder), /v is 2; this m3perf knows 1/);
        writeFileSync(join(folder, runFiles.run), '{"v":1,"scenario":"x"}');
        await assert.rejects(loadRun(folder), /it has no id/);
    });

    it("is found by its path, by its scenario (the newest), or as the newest of all", () => {
        for (const [scenario, id] of [
            ["capacity", "2026-11-27T18-00-03-1"],
            ["capacity", "2026-11-27T17-00-03-1"],
            ["limits", "2026-11-26T23-00-00-1"],
        ] as const) {
            writeRun(join(folder, scenario, id), { scenario, id });
        }
        mkdirSync(join(folder, "compare"));
        assert.deepEqual(
            allRuns(folder).map((path) => path.slice(folder.length + 1)),
            ["limits/2026-11-26T23-00-00-1", "capacity/2026-11-27T17-00-03-1", "capacity/2026-11-27T18-00-03-1"],
        );
        const newest = join(folder, "capacity", "2026-11-27T18-00-03-1");
        assert.equal(runNamed(undefined, folder), newest);
        assert.equal(runNamed("capacity", folder), newest);
        assert.equal(runNamed(newest, folder), newest);
        assert.equal(runsNamed("capacity", folder).length, 2);
        assert.equal(runsNamed(join(folder, "capacity"), "/nowhere").length, 2);
        assert.deepEqual(runsNamed("limits/2026-11-26T23-00-00-1", folder), [
            join(folder, "limits", "2026-11-26T23-00-00-1"),
        ]);
        assert.throws(() => runNamed("capacty", folder), /did you mean capacity\?/);
        assert.throws(() => runNamed(undefined, join(folder, "compare")), /there is no run yet/);
    });

    it("is listed with its state and verdicts; one that cannot be read, too", async () => {
        writeRun(join(folder, "limits", "2026-11-26T23-00-00-1"), { scenario: "limits", id: "2026-11-26T23-00-00-1" });
        mkdirSync(join(folder, "limits", "2026-11-27T01-00-00-1"));
        writeFileSync(join(folder, "limits", "2026-11-27T01-00-00-1", runFiles.run), "{");
        const runs = await listRuns(folder);
        assert.deepEqual(
            runs.map(({ state, verdicts }) => [state, verdicts]),
            [
                ["failed", { ok: 4, fails: 1, measured: 1 }],
                ["unreadable", null],
            ],
        );
        const [head = "", first = "", second = ""] = renderList(runs).split("\n");
        assert.match(head, /^SCENARIO +RUN +STATE +BEGAN +LASTED +VERDICTS +PAGE$/);
        assert.match(first, /^limits .* failed .* 10 min 40 s +4 ok, 1 fail, 1 measured +no$/);
        assert.match(second, /unreadable +- +- +- +no$/);
        assert.match(renderList([]), /no run yet/);
    });
});
