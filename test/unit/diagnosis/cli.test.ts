import assert from "node:assert/strict";
import { join } from "node:path";
import { exitCodes } from "../../../operations/cli/exit.ts";
import { runCli } from "../../../operations/cli/run.ts";
import { troubles } from "../../../operations/diagnosis/troubles/index.ts";
import { UserError } from "../../../support/errors.ts";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";

const refused = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, exitCodes.usage);
    assert.match(error.message, pattern);
    return true;
};

describe("m3perf diagnose: the command line", () => {
    it("takes one trouble by its name, before anything is opened", async () => {
        await assert.rejects(runCli(["diagnose", "etcd-quorum-los"]), refused(/did you mean etcd-quorum-lost\?/));
        await assert.rejects(runCli(["diagnose", "node-down", "oom"]), refused(/takes one trouble/));
        await assert.rejects(runCli(["verify", "node-down"]), refused(/node-down/));
    });

    it("--list needs no cluster, for a person and as JSON", async () => {
        const main = join(projectRoot, "operations/cli/main.ts");
        const list = await exec(process.execPath, [main, "diagnose", "--list"], { timeout: 30 });
        assert.equal(list.code, 0, list.stderr);
        assert.equal(list.stdout.trim().split("\n").length, troubles.length);
        const json = await exec(process.execPath, [main, "diagnose", "--list", "--json"], { timeout: 30 });
        const ids = (JSON.parse(json.stdout) as { id: string }[]).map(({ id }) => id);
        assert.deepEqual(
            ids,
            troubles.map(({ id }) => id),
        );
    });
});
