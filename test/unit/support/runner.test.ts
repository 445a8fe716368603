import assert from "node:assert/strict";
import { resolve } from "node:path";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";

const runner = resolve(projectRoot, "test/run.ts");
const fixture = (name: string) => resolve(projectRoot, "test/unit/support/fixtures", `${name}.ts`);
const run = (...names: string[]) =>
    exec(process.execPath, [runner, ...names.map(fixture)], { cwd: projectRoot, timeout: 60 });

describe("the tests' own runner", function () {
    this.timeout(60_000);

    it("fails a test whose assertion is not awaited", async () => {
        const { code, stdout } = await run("not-awaited");
        assert.notEqual(code, 0, stdout);
        assert.match(stdout, /Missing expected rejection/);
        assert.match(stdout, /\n0 passed, 1 failed/);
    });

    it("fails where the process ends before its tests do, whatever it ends with", async () => {
        const { code, stderr } = await run("ends-the-process");
        assert.equal(code, 1);
        assert.match(stderr, /ended before their end/);
    });
});
