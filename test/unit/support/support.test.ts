import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { UserError } from "../../../support/errors.ts";
import { exec, run } from "../../../support/exec.ts";
import { withLock } from "../../../support/lock.ts";
import { createProgress } from "../../../support/progress.ts";
import { waitFor } from "../../../support/wait.ts";

describe("support", () => {
    it("an error for people tells what, why and what to do", () => {
        const error = new UserError("2 settings are wrong", [
            { what: "a = 2", why: "must be odd", next: "use 3" },
            { what: "b = x" },
        ]);
        assert.equal(
            error.message,
            "2 settings are wrong\n  a = 2\n    why: must be odd\n    what to do: use 3\n  b = x",
        );
    });

    it("a wait ends with what it waited for and what was last seen", async () => {
        await assert.rejects(
            waitFor({ what: "the sun", timeout: 0.05, every: 0.01 }, () => {
                throw new Error("still night");
            }),
            /waited 0.05 s for the sun\n {2}last seen: still night/,
        );
    });

    it("a wait returns the first value that is there, false and undefined are not", async () => {
        const looks = [undefined, false as const, 7];
        assert.equal(await waitFor({ what: "seven", timeout: 5, every: 0.001 }, () => looks.shift()), 7);
    });

    it("a wait ends when its signal does", async () => {
        const controller = new AbortController();
        controller.abort(new Error("stopped by hand"));
        await assert.rejects(
            waitFor({ what: "nothing", timeout: 5, signal: controller.signal }, () => undefined),
            /stopped by hand/,
        );
    });

    it("a wait ends at its limit or its signal although a look hangs, with the last error", async () => {
        const never = () => new Promise<undefined>(() => {});
        await assert.rejects(
            waitFor({ what: "the moon", timeout: 0.05, every: 0.01 }, never),
            /waited 0.05 s for the moon/,
        );
        let looks = 0;
        const thenHangs = () => (looks++ === 0 ? Promise.reject(new Error("still cloudy")) : never());
        await assert.rejects(
            waitFor({ what: "the moon", timeout: 0.05, every: 0.01 }, thenHangs),
            /last seen: still cloudy/,
        );
        const controller = new AbortController();
        setTimeout(() => controller.abort(new Error("stopped by hand")), 20);
        await assert.rejects(
            waitFor({ what: "the moon", timeout: 20, signal: controller.signal }, never),
            /stopped by hand/,
        );
        const slow = () => new Promise<string>((resolve) => setTimeout(() => resolve("full"), 30));
        assert.equal(await waitFor({ what: "the moon", timeout: 0, every: 5 }, slow), "full", "one look has `every`");
    });

    it("exec gives the exit code, output by line, and input to the child", async () => {
        const lines: string[] = [];
        const result = await exec("sh", ["-c", "cat; echo err >&2; exit 3"], {
            input: "one\ntwo",
            onLine: (line) => lines.push(line),
        });
        assert.equal(result.code, 3);
        assert.equal(result.stdout, "one\ntwo");
        assert.deepEqual(lines.sort(), ["err", "one", "two"]);
    });

    it("run fails with the end of the output, and a child that takes too long is stopped", async () => {
        await assert.rejects(run("sh", ["-c", "echo broken >&2; exit 4"]), /exit code 4[\s\S]*broken/);
        await assert.rejects(exec("sleep", ["30"], { timeout: 0.05 }), /did not end within 0.05 s/);
    });

    it("a child's limit holds although a process of its own keeps its output open", async () => {
        const start = performance.now();
        await assert.rejects(exec("sh", ["-c", "sleep 3 & wait"], { timeout: 0.2 }), /did not end within 0.2 s/);
        assert.ok(performance.now() - start < 2500, "waited for the child's child");
    });

    it("a signal that ended a child shows in its exit code", async () => {
        assert.equal((await exec("sh", ["-c", "kill -KILL $$"])).code, 137);
    });

    it("a lock whose file was removed meanwhile is taken anew: two never hold it", async () => {
        const folder = await mkdtemp(join(tmpdir(), "m3perf-lock-"));
        const file = join(folder, "lab", "lock");
        const events: string[] = [];
        let second: Promise<void> | undefined;
        let third: Promise<void> | undefined;
        const hold = (name: string, onWait?: () => void) =>
            withLock(file, { timeout: 20, ...(onWait ? { onWait } : {}) }, async () => {
                events.push(`${name} begins`);
                await new Promise((resolve) => setTimeout(resolve, 300));
                events.push(`${name} ends`);
            });
        try {
            await withLock(file, { timeout: 20 }, async () => {
                await new Promise<void>((waits) => {
                    second = hold("second", waits);
                });
                await rm(join(folder, "lab"), { recursive: true }); // as `lab down` does at its end
                third = hold("third");
                await new Promise((resolve) => setTimeout(resolve, 100));
            });
            await Promise.all([second, third]);
            assert.equal(events.length, 4);
            for (const at of [0, 2]) assert.equal(events[at]?.split(" ")[0], events[at + 1]?.split(" ")[0]);
        } finally {
            await rm(folder, { recursive: true, force: true });
        }
    });

    it("progress off a terminal prints a line at the begin and at the end of a step, with its place in the plan", async () => {
        let text = "";
        const out = new Writable({
            write(chunk, _encoding, done) {
                text += chunk;
                done();
            },
        });
        const progress = createProgress(out as unknown as NodeJS.WriteStream);
        progress.plan(["tools", "images"]);
        const tools = progress.step("tools", async (note) => {
            for (let i = 0; i < 100; i++) note(`${i} packages compiled`);
            return 5;
        });
        assert.equal(await tools, 5);
        assert.doesNotMatch(text, /packages compiled/, "what goes on is told every ten seconds at most");
        await assert.rejects(progress.step("images", () => Promise.reject(new Error("no disk"))));
        assert.match(text, /2 steps: tools, images\n\[1\/2\] tools …\n\[1\/2\] tools: done in \d+\.\d s\n/);
        assert.match(text, /\[2\/2\] images: failed after/);
        assert.deepEqual(
            progress.timings.map(({ title }) => title),
            ["tools"],
        );
    });
});
