import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cell, csvHeading, csvLines } from "../../../operations/watch/log/csv.ts";
import { openLog } from "../../../operations/watch/log/log.ts";
import { readLog } from "../../../operations/watch/log/read.ts";
import { filesOf, RotatingFile, rotatedName } from "../../../operations/watch/log/rotating.ts";
import { pauseMs } from "../../../operations/watch/replay.ts";
import type { Sample } from "../../../operations/watch/sample.ts";
import { noHistory, withSample } from "../../../operations/watch/view/history.ts";
import { screenLines } from "../../../operations/watch/view/screen.ts";
import { UserError } from "../../../support/errors.ts";
import { projectRoot } from "../../../support/paths.ts";
import { at, pod, sample } from "./fixture.ts";

let folder: string;
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "m3perf-watch-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const later = (seconds: number, change: Partial<Sample> = {}): Sample => {
    const then = at + seconds * 1000;
    return sample({ at: then, time: new Date(then).toISOString(), ...change });
};

async function all(path: string, state?: { samples: number; broken: number }): Promise<Sample[]> {
    const found: Sample[] = [];
    for await (const one of readLog(path, state)) found.push(one);
    return found;
}

describe("watch: log files", () => {
    it("are put aside before they grow over their size, and only so many are kept", () => {
        const path = join(folder, "a.csv");
        const file = new RotatingFile(path, { bytes: 30, keep: 2 }, "heading");
        for (let i = 0; i < 9; i++) file.write([`line ${i} 0123`]);
        file.close();
        assert.deepEqual(
            filesOf(path).map((name) => readFileSync(name, "utf8")),
            [5, 6, 7, 8].map((i) => `heading\nline ${i} 0123\n`).slice(-3),
        );
        assert.equal(existsSync(rotatedName(path, 3)), false);
        assert.ok(filesOf(path).every((name) => statSync(name).size <= 30));
    });

    it("keep none where none is asked for, and those of an earlier run that kept more are removed", () => {
        const path = join(folder, "a.jsonl");
        for (const n of [1, 2, 3]) writeFileSync(rotatedName(path, n), "old\n");
        const file = new RotatingFile(path, { bytes: 10, keep: 0 });
        for (let i = 0; i < 3; i++) file.write([`line ${i}`]);
        file.close();
        assert.deepEqual(filesOf(path), [path]);
        assert.equal(readFileSync(path, "utf8"), "line 2\n");
    });

    it("hold a sample that is longer than a file alone, and go on where an earlier run ended", () => {
        const path = join(folder, "deep", "a.jsonl");
        const rotation = { bytes: 20, keep: 5 };
        for (const text of ["x".repeat(40), "short", "last"]) {
            const file = new RotatingFile(path, rotation);
            file.write([text]);
            file.close();
        }
        assert.deepEqual(
            filesOf(path).map((name) => readFileSync(name, "utf8")),
            [`${"x".repeat(40)}\n`, "short\nlast\n"],
        );
    });

    it("closed before a try that failed, are kept: a free name is taken first", () => {
        const path = join(folder, "a.jsonl");
        for (const n of [2, 3]) writeFileSync(rotatedName(path, n), `closed ${n}\n`);
        writeFileSync(path, "full of it\n");
        const file = new RotatingFile(path, { bytes: 12, keep: 3 });
        file.write(["next"]);
        file.close();
        assert.deepEqual(
            filesOf(path).map((name) => readFileSync(name, "utf8")),
            ["closed 3\n", "closed 2\n", "full of it\n", "next\n"],
        );
    });

    it("have each line whole after one that was cut off", () => {
        const path = join(folder, "a.jsonl");
        writeFileSync(path, "whole\nhal");
        const file = new RotatingFile(path, { bytes: 100, keep: 1 });
        for (const line of ["next", "last"]) file.write([line]);
        file.close();
        assert.equal(readFileSync(path, "utf8"), "whole\nhal\nnext\nlast\n");
    });

    it("get no part of a line where there is no room for it, and go on when there is", () => {
        const path = join(folder, "a.csv");
        const script = `
            import { RotatingFile } from ${JSON.stringify(join(projectRoot, "operations/watch/log/rotating.ts"))};
            const file = new RotatingFile(${JSON.stringify(path)}, { bytes: 1e6, keep: 1 }, "x".repeat(700));
            for (const length of [200, 900, 20]) {
                try { file.write(["y".repeat(length)]); } catch (error) { console.log(error.code); }
            }`;
        // A file of 1 KiB at most: the kernel writes up to there, as on a disk that is full.
        const limited = ["-c", 'trap "" XFSZ; ulimit -f 2; exec "$0" "$@"', process.execPath];
        const { stdout, stderr } = spawnSync("sh", [...limited, "--input-type=module", "-e", script], {
            encoding: "utf8",
        });
        assert.equal(stdout, "EFBIG\n", stderr);
        assert.deepEqual(
            readFileSync(path, "utf8")
                .split("\n")
                .map(({ length }) => length),
            [700, 200, 20, 0],
        );
    });

    it("are written as JSON lines and as CSV by their extensions", () => {
        const [jsonl, csv] = [join(folder, "w.jsonl"), join(folder, "w.csv")];
        const log = openLog([jsonl, csv], { bytes: 2 ** 20, keep: 1 });
        log.write(sample());
        log.close();
        assert.deepEqual(JSON.parse(readFileSync(jsonl, "utf8")), sample());
        assert.equal(readFileSync(csv, "utf8"), `${[csvHeading, ...csvLines(sample())].join("\n")}\n`);
        assert.equal(log.state(), "log w.jsonl, w.csv: 1 samples");
    });

    it("that cannot be opened are refused, and one that fails later is told and tried again", () => {
        writeFileSync(join(folder, "file"), "");
        assert.throws(() => openLog([join(folder, "file", "w.jsonl")], { bytes: 1, keep: 1 }), UserError);
        const path = join(folder, "gone", "w.jsonl");
        const log = openLog([path], { bytes: 100, keep: 1 });
        log.write(sample());
        rmSync(join(folder, "gone"), { recursive: true });
        log.write(sample()); // full: it is put aside, but its folder is gone
        assert.match(log.state(), /^log w.jsonl: ENOENT/);
        log.close();
    });
});

describe("watch: CSV", () => {
    it("quotes what would break a row", () => {
        assert.deepEqual(["a", "a,b", 'say "x"', "two\nlines", 1 / 3, 0, true, null, undefined].map(cell), [
            "a",
            '"a,b"',
            '"say ""x"""',
            '"two\nlines"',
            "0.333333",
            "0",
            "true",
            "",
            "",
        ]);
    });

    it("has one row for each thing, each with a cell for every column", () => {
        const rows = csvLines(sample({ pods: [pod("a"), pod("b", { state: "Evicted, sadly" })] }));
        assert.equal(rows.length, 2 + 2 + 3 + 1 + 1);
        const cells = csvHeading.split(",").length;
        for (const row of rows) {
            assert.equal(row.replaceAll(/"[^"]*"/g, "").split(",").length, cells, row);
        }
        assert.match(rows[0] ?? "", /^2026-11-27T17:30:05.000Z,node,worker-1,m3db,,Ready,true,,4,0.25,,4,/);
        assert.ok(rows.some((row) => row.includes('"Evicted, sadly"')));
    });
});

describe("watch: a log that is read again", () => {
    const frames = (samples: Sample[]) => {
        let history = noHistory;
        return samples.map((one) => {
            history = withSample(history, one);
            return screenLines({ sample: one, history, now: one.at, width: 140, height: 40, mode: "x" });
        });
    };

    it("gives the same screens, over all its files", async () => {
        const path = join(folder, "w.jsonl");
        const samples = [0, 5, 10, 15, 20].map((seconds) =>
            later(seconds, { prometheus: { ...sample().prometheus, lagSeconds: seconds } as Sample["prometheus"] }),
        );
        const log = openLog([path], { bytes: 2 * JSON.stringify(sample()).length + 50, keep: 5 });
        for (const one of samples) log.write(one);
        log.close();
        assert.ok(filesOf(path).length > 1, "it was put aside");
        assert.deepEqual(frames(await all(path)), frames(samples));
    });

    it("leaves out a line that is cut, and counts it", async () => {
        const path = join(folder, "w.jsonl");
        const whole = JSON.stringify(sample());
        writeFileSync(path, `${whole}\nkubectl top\n${whole}\n${whole.slice(0, 90)}`);
        const state = { samples: 0, broken: 0 };
        assert.equal((await all(path, state)).length, 2);
        assert.deepEqual(state, { samples: 2, broken: 2 });
    });

    it("is refused when it is none, of another version, or CSV", async () => {
        const path = join(folder, "w.jsonl");
        await assert.rejects(all(path), /no such file/);
        writeFileSync(path, "\n");
        await assert.rejects(all(path), /holds no sample/);
        writeFileSync(path, JSON.stringify({ ...sample(), v: 2 }));
        await assert.rejects(all(path), /another version \(2; this m3perf knows 1\)/);
        await assert.rejects(all(join(folder, "w.csv")), /\.jsonl/);
    });

    it("is shown at its own pace, times the speed, without the hours in which nobody watched", () => {
        assert.equal(pauseMs(sample(), later(5), 1), 5000);
        assert.equal(pauseMs(sample(), later(5), 10), 500);
        assert.equal(pauseMs(sample(), later(7200), 1), 15_000);
        assert.equal(pauseMs(later(5), sample(), 1), 0);
    });
});
