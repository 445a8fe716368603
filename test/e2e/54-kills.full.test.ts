/** What takes long: `watch`, `up` and `down` killed again and again, at moments that nobody chose; the next run has to converge all the same. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { killCount, killed, processesNaming, randomKill } from "../support/kills.ts";
import {
    lab,
    labVariables,
    m3perf,
    m3perfJson,
    shared,
    snapshot,
    standsOn,
    temporaryFolder,
    type UpJson,
} from "./environment.ts";

const kills = { watch: killCount("watch", 12), up: killCount("up", 12), down: killCount("down", 6) };
const program = join(projectRoot, "bin/m3perf");

describe("e2e: watch, up and down, killed", function () {
    this.timeout(90 * 60_000);
    before(() => standsOn("up", "up"));

    async function pending(): Promise<number> {
        const { stdout } = await exec("pulumi", ["stack", "export"], {
            env: await labVariables(),
            cwd: projectRoot,
            timeout: 120,
        });
        const { deployment } = JSON.parse(stdout) as { deployment: { pending_operations?: unknown[] } };
        return deployment.pending_operations?.length ?? 0;
    }

    it(`watch, killed ${kills.watch} times, ends with all that it started; what it logged can be shown`, async () => {
        const folder = await temporaryFolder();
        const words = ["watch", "--interval", "2s", "--log-dir", folder, "--lab", lab];
        for (let index = 0; index < kills.watch; index++) await killed(program, words, randomKill(index, 15_000, 1000));
        const lookers = () => [...processesNaming(folder), ...processesNaming(`usage --lab ${lab}`)];
        await waitFor({ what: "all that watch started to end", timeout: 30 }, () => {
            assert.deepEqual(lookers(), []);
            return true;
        });
        const log = join(folder, "watch.jsonl");
        const kept = (await readFile(log, "utf8")).trim().split("\n").length; // lines are written whole: none is cut
        const { code, stdout, stderr } = await m3perf(["watch", "--replay", log]);
        assert.equal(code, 0, stderr);
        console.log(`      ${kept} samples logged`);
        assert.equal(stdout.trim().split("\n").length, kept, stderr);
    });

    it(`down, killed ${kills.down} times, leaves the cluster as it was in the end`, async () => {
        const asItWas = () =>
            waitFor({ what: "the cluster to be as it was", timeout: 180, every: 3 }, async () => {
                assert.deepEqual(await snapshot(), shared.before);
                return true;
            });
        let index = 0;
        for (let tried = 0; index < kills.down && tried < 4 * kills.down; tried += 1) {
            if (await killed(program, ["down", "--keep-lab", "--lab", lab], randomKill(index, 6000))) index += 1;
            else {
                // It was done: there would be nothing to kill it at.
                await asItWas();
                await m3perfJson<UpJson>(["up"]);
            }
        }
        assert.equal(index, kills.down, "it was done before nearly every kill");
        const { code, stderr } = await m3perf(["down", "--keep-lab"]);
        assert.equal(code, 0, stderr.slice(-3000));
        await asItWas();
    });

    it(`up, killed ${kills.up} times, stands in the end: every check passes, nothing is pending, nothing has to change`, async () => {
        for (let index = 0; index < kills.up; index++)
            await killed(program, ["up", "--lab", lab], randomKill(index, 14_000));
        const up = await m3perfJson<UpJson>(["up"]);
        assert.equal(up.failed, 0, JSON.stringify(up.checks.filter(({ ok }) => !ok)));
        assert.equal(await pending(), 0);
        const { unchanged, changes } = await m3perfJson<UpJson>(["preview"]);
        assert.equal(unchanged, true, JSON.stringify(changes));
    });
});
