import assert from "node:assert/strict";
import { exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { labVariables, m3perf, m3perfJson, standsOn, type UpJson } from "./environment.ts";

describe("e2e: an environment that nobody touched", function () {
    this.timeout(10 * 60_000);
    before(() => standsOn("up", "up"));

    it("a second up changes nothing and says so", async () => {
        const { code, stdout, stderr } = await m3perf(["up"]);
        assert.equal(code, 0, stderr + stdout);
        assert.match(stdout, /Nothing had to change: \d+ unchanged/);
    });

    it("preview shows no difference", async () => {
        const { unchanged, changes } = await m3perfJson<UpJson>(["preview"]);
        assert.equal(unchanged, true, JSON.stringify(changes));
    });

    it("plain pulumi, in the lab's shell, shows none either and writes nothing into the clone", async () => {
        const env = await labVariables();
        const preview = await exec(
            "pulumi",
            ["preview", "--stack", "dev", "--non-interactive", "--expect-no-changes"],
            {
                cwd: projectRoot,
                env,
            },
        );
        assert.equal(preview.code, 0, preview.stdout + preview.stderr);
    });

    it("a refresh finds every object as the state has it", async () => {
        const { unchanged, changes } = await m3perfJson<UpJson>(["up", "--refresh"]);
        assert.equal(unchanged, true, JSON.stringify(changes));
    });

    it("verify passes again, and prints one line per check for a person", async () => {
        const { code, stdout } = await m3perf(["verify"]);
        assert.equal(code, 0, stdout);
        assert.match(stdout, /(\d+) of \1 checks passed/);
        assert.ok(!stdout.includes("\u001b["), "colour where no terminal is");
    });
});
