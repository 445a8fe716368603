import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../../support/lock.ts";

const module = join(import.meta.dirname, "../../../support/lock.ts");

describe("lock", () => {
    let folder: string;
    let file: string;
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-lock-"));
        file = join(folder, "sub/lock");
    });
    afterEach(() => rm(folder, { recursive: true }));

    it("lets one at a time in, in the same process too, and frees itself after a failure", async () => {
        let inside = 0;
        const work = async () => {
            inside += 1;
            assert.equal(inside, 1);
            await new Promise((resolve) => setTimeout(resolve, 20));
            inside -= 1;
        };
        await assert.rejects(
            withLock(file, {}, () => Promise.reject(new Error("the work's own"))),
            /the work's own/,
        );
        await Promise.all([withLock(file, {}, work), withLock(file, {}, work), withLock(file, {}, work)]);
    });

    it("says that it waits, and gives up after the limit", async () => {
        let waited = false;
        await withLock(file, {}, async () => {
            const options = { timeout: 1, onWait: () => (waited = true) };
            await assert.rejects(
                withLock(file, options, async () => {}),
                /was not free within 1 s/,
            );
        });
        assert.ok(waited);
    });

    it("goes with the process that holds it, even one that is killed", async () => {
        const script = `import { withLock } from ${JSON.stringify(module)};
            await withLock(${JSON.stringify(file)}, {}, () => { console.log("held"); return new Promise((done) => setTimeout(done, 60_000)); });`;
        const holder = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        await once(holder.stdout, "data");
        await assert.rejects(
            withLock(file, { timeout: 1 }, async () => {}),
            /was not free/,
        );
        holder.kill("SIGKILL");
        assert.equal(await withLock(file, { timeout: 10 }, async () => "mine"), "mine");
    });

    it("a signal ends the wait", async () => {
        await withLock(file, {}, async () => {
            const signal = AbortSignal.timeout(200);
            await assert.rejects(
                withLock(file, { signal }, async () => {}),
                { name: "TimeoutError" },
            );
        });
    });
});
