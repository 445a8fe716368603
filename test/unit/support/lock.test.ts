import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../../../support/exec.ts";
import { withLock } from "../../../support/lock.ts";
import { waitFor } from "../../../support/wait.ts";

describe("a lock", function () {
    this.timeout(20_000);
    const folder = mkdtempSync(join(tmpdir(), "m3perf-lock-"));
    const file = join(folder, "lock");
    after(() => rmSync(folder, { recursive: true }));
    const isFree = async () => (await exec("flock", ["--nonblock", file, "true"])).code === 0;

    it("is held until the work has ended, also where a signal has told it to stop", async () => {
        const stop = new AbortController();
        const seen: boolean[] = [];
        const work = withLock(file, { signal: stop.signal }, async () => {
            stop.abort(new Error("stopped"));
            // Time enough for a helper that the signal ends.
            for (let look = 0; look < 20; look++) seen.push(await isFree());
            stop.signal.throwIfAborted();
        });
        await assert.rejects(work, /^Error: stopped$/);
        assert.ok(!seen.includes(true), "another could have taken it");
        assert.equal(await waitFor({ what: "the lock", timeout: 10, every: 0.02 }, isFree), true);
    });

    it("is waited for no longer once the signal comes, and is not taken after that", async () => {
        const stop = new AbortController();
        await withLock(file, {}, async () => {
            const onWait = () => stop.abort(new Error("stopped"));
            await assert.rejects(
                withLock(file, { signal: stop.signal, onWait }, async () => assert.fail("it has worked")),
                /^Error: stopped$/,
            );
        });
        assert.equal(await waitFor({ what: "the lock", timeout: 10, every: 0.02 }, isFree), true);
        await assert.rejects(
            withLock(file, { signal: stop.signal }, async () => assert.fail("it has worked")),
            /^Error: stopped$/,
        );
    });
});
