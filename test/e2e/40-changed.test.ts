import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stackLocks } from "../../operations/stack/lock.ts";
import { labDir, projectRoot } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { kubectl, lab, m3perf, m3perfJson, settingsWith, stack, standsOn, type UpJson } from "./environment.ts";

describe("e2e: a changed setting", function () {
    this.timeout(15 * 60_000);
    before(() => standsOn("up", "up"));

    it("is previewed, rolled out to what it concerns alone, and verified", async () => {
        const settings = await settingsWith({ "m3perf:query": { maxFetchedSeries: 50_000 } });
        const preview = await m3perfJson<UpJson>(["preview", "--settings", settings]);
        assert.equal(preview.unchanged, false);
        const result = await m3perfJson<UpJson>(["up", "--settings", settings]);
        assert.equal(result.unchanged, false);
        assert.equal(result.failed, 0);
        const touched = (result.changes.update ?? 0) + (result.changes.create ?? 0) + (result.changes.replace ?? 0);
        assert.ok(touched <= 6, `more was changed than the query service: ${JSON.stringify(result.changes)}`);
        const text = await kubectl("-n", "m3db", "get", "configmaps", "-o", "yaml");
        assert.match(text, /maxFetchedSeries: 50000/);
    });

    it("goes on after an update that was killed in the middle", async () => {
        // Back to the defaults, killed as soon as the engine has an operation in hand: client and engine.
        const child = spawn(join(projectRoot, "bin/m3perf"), ["up", "--lab", lab], {
            stdio: ["ignore", "ignore", "pipe"],
        });
        let said = "";
        child.stderr.on("data", (text) => {
            said += text;
        });
        const ended = once(child, "exit");
        const backend = `file://${labDir(lab, "pulumi")}`;
        const checkpoint = labDir(lab, "pulumi/.pulumi/stacks/m3perf", `${stack}.json`);
        const lock = await waitFor({ what: "the engine to be in the middle", timeout: 300, every: 0.1 }, async () => {
            if (child.exitCode !== null) return "ended";
            const inHand = (await readFile(checkpoint, "utf8")).includes('"pending_operations"');
            return inHand && stackLocks(backend, "m3perf", stack).find(({ state }) => state === "running");
        }).catch(async (error) => {
            child.kill("SIGINT"); // what comes after finds no update under way
            await ended;
            throw new Error(`${error}\nwhat it said:\n${said.slice(-3000)}`);
        });
        assert.ok(lock !== "ended", `it was never seen with an operation in hand; it said:\n${said.slice(-3000)}`);
        child.kill("SIGKILL");
        process.kill(lock.pid, "SIGKILL");
        await ended;

        const { code, stdout, stderr } = await m3perf(["up"]);
        assert.equal(code, 0, stderr + stdout);
        assert.match(stderr, /an earlier update was killed \(process \d+\): its lock is removed/);
        assert.match(stderr, /an earlier update left \d+ operations? unfinished/);
        const { unchanged, changes } = await m3perfJson<UpJson>(["preview"]);
        assert.equal(unchanged, true, JSON.stringify(changes));
    });
});
