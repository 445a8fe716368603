import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitCodes } from "../../../../operations/cli/exit.ts";
import { runCli } from "../../../../operations/cli/run.ts";
import { UserError } from "../../../../support/errors.ts";
import { exec } from "../../../../support/exec.ts";
import { projectRoot } from "../../../../support/paths.ts";
import { writeRun } from "../../../support/run-folder.ts";

describe("m3perf report", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-verb-"));
        for (const side of ["a", "b"]) {
            for (const repeat of ["1", "2"]) writeRun(join(folder, side, repeat), { id: `${side}${repeat}` });
        }
    });
    after(() => rmSync(folder, { recursive: true }));

    it("refuses words and options that it would not follow", async () => {
        const refused = async (words: string[], pattern: RegExp) =>
            assert.rejects(runCli(["report", ...words]), (error) => {
                assert.ok(error instanceof UserError);
                assert.equal(error.exitCode, exitCodes.usage);
                assert.match(error.message, pattern);
                return true;
            });
        await refused(["--out", "x.html"], /--out belongs to compare/);
        await refused(["one", "two"], /takes one run\n {2}given: one, two/);
        await refused(["list", "two"], /takes one run/);
        await refused(["compare", "one"], /what is to be compared\?/);
        await refused([join(folder, "nowhere")], /there is no run of ".*nowhere"/);
    });

    it("prints results on standard output and words about them on standard error", async () => {
        const m3perf = (...words: string[]) =>
            exec(process.execPath, ["operations/cli/main.ts", "report", ...words], { cwd: projectRoot });
        const one = await m3perf(join(folder, "a", "1"));
        assert.equal(one.code, 0, one.stderr);
        assert.match(one.stdout, /^node-failure a1: ✗ failed, 10 min 40 s\n[\s\S]*\npage: {5}.*\/a\/1\/report\.html\n/);
        const page = join(folder, "compared", "page.html");
        const two = await m3perf("compare", join(folder, "a"), join(folder, "b"), "--out", page, "--json");
        assert.equal(two.code, 0, two.stderr);
        assert.equal(two.stderr, `page: ${page}\n`);
        const { sides, rows } = JSON.parse(two.stdout) as { sides: { runs: unknown[] }[]; rows: unknown[] };
        assert.deepEqual([sides.map(({ runs }) => runs.length), rows.length > 10], [[2, 2], true]);
        assert.match(readFileSync(page, "utf8"), /^<!DOCTYPE html>/);
    });
});
