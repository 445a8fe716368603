import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RunRecord, runFiles } from "../../operations/scenarios/types.ts";
import { projectRoot } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { killCount, killed, processesNaming, randomKill } from "../support/kills.ts";
import { kubectl, lab, m3perf, stack, standsOn, temporaryFolder } from "./environment.ts";

/** Kills at random moments: few unless told, since each costs a minute and a half. */
const kills = killCount("scenario", 2);
const words = (out: string) => ["scenario", "node-failure", "--short", "--stack", stack, "--as-is", "--out", out];

/** Starts a run and waits until its fault is made. */
async function untilBroken(out: string) {
    const child = spawn(join(projectRoot, "bin/m3perf"), [...words(out), "--lab", lab], {
        stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        told += text;
    });
    const ended = once(child, "close");
    await waitFor({ what: "the kubelet to be stopped", timeout: 300, every: 0.5 }, () => {
        if (child.exitCode !== null) throw new Error(told);
        return told.includes("stop the kubelet of the node with M3DB and etcd: done");
    });
    return { child, ended, told: () => told };
}

async function recordIn(out: string): Promise<RunRecord> {
    const [id = ""] = await readdir(out);
    return JSON.parse(await readFile(join(out, id, runFiles.run), "utf8")) as RunRecord;
}

const nodesReady = () => kubectl("wait", "--for=condition=Ready", "nodes", "--all", "--timeout=120s");

describe("e2e: a scenario that does not come to its end", function () {
    this.timeout(15 * 60_000);
    before(() => standsOn("up", "up"));

    it("after Ctrl-C what it broke is healed, and it ends with 130; meanwhile a second one is refused", async () => {
        const out = await temporaryFolder();
        const { child, ended, told } = await untilBroken(out);
        const second = await m3perf(["scenario", "dev", "--short", "--stack", stack]);
        assert.equal(second.code, 69, second.stderr);
        assert.match(second.stderr, /a scenario runs on the lab e2e already\n {2}node-failure, process \d+/);
        child.kill("SIGINT");
        assert.deepEqual(await ended, [130, null], told());
        assert.equal((await recordIn(out)).state, "interrupted");
        await nodesReady();
        const none = await m3perf(["scenario", "heal"]);
        assert.match(none.stdout, /nothing is broken/);
    });

    it("after kill -9 the next command heals it, from what was written down", async () => {
        const out = await temporaryFolder();
        const { child, ended } = await untilBroken(out);
        child.kill("SIGKILL");
        await ended;
        assert.equal((await recordIn(out)).state, "running");
        const { code, stdout, stderr } = await m3perf(["scenario", "heal"]);
        assert.equal(code, 0, stderr);
        assert.match(stderr, /worker-3: kubelet stopped/);
        assert.match(stdout, /^healed: 1$/m);
        await nodesReady();
        const { code: well, stdout: checks } = await m3perf([
            "verify",
            "--only",
            "nodes,etcd,m3db,data",
            "--wait",
            "240",
        ]);
        assert.equal(well, 0, checks);
    });

    it(`killed ${kills} times at moments that nobody chose, it leaves what one command heals`, async function () {
        this.timeout(2 * 60 * 60_000);
        const out = await temporaryFolder();
        const program = join(projectRoot, "bin/m3perf");
        let index = 0;
        for (let tried = 0; index < kills && tried < 2 * kills; tried += 1) {
            // A run that ended before its moment, by itself or refused, was not killed.
            if (await killed(program, [...words(out), "--lab", lab], randomKill(index, 150_000, 3000), { limit: 600 }))
                index += 1;
        }
        assert.equal(index, kills, "it ended before nearly every kill");
        await waitFor({ what: "the loads to end", timeout: 30 }, () => {
            assert.deepEqual(processesNaming(out), []);
            return true;
        });
        const { code, stdout, stderr } = await m3perf(["scenario", "heal"]);
        assert.equal(code, 0, stderr);
        console.log(`      heal: ${stdout.trim().split("\n").at(-1)}`);
        await nodesReady();
        const { code: well, stdout: checks } = await m3perf(["verify", "--wait", "300"]);
        assert.equal(well, 0, checks);
    });
});
