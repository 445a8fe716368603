import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sideBySide, summary, total } from "../../support/side-by-side.ts";

/** A part is a program's text. */
const node = (part: string) => ["-e", part];

describe("parts of the tests side by side", () => {
    const said: string[] = [];
    const say = (text: string) => said.push(text);
    beforeEach(() => {
        said.length = 0;
    });

    it("count by the summary that each ends with", async () => {
        const first = "console.log('9 passed, 9 failed'); console.log('2 passed, 0 failed')";
        const second = "console.log('3 passed, 1 failed, 4 skipped'); process.exitCode = 1";
        const sum = total(await sideBySide([first, second], node, { say }));
        assert.deepEqual(sum, { passed: 5, failed: 1, skipped: 4 });
        assert.match(said.join("\n"), /, \d+ s:\n9 passed, 9 failed\n2 passed, 0 failed\n/);
        assert.equal(summary(sum), "5 passed, 1 failed, 4 skipped");
        assert.equal(summary({ passed: 1, failed: 0, skipped: 0 }), "1 passed, 0 failed");
    });

    it("count as a failure when they end without one, by a signal, or badly with nothing failed", async () => {
        for (const part of [
            "console.log('1 passed, 0 failed and so on')",
            "console.log('1 passed, 0 failed'); process.kill(process.pid, 'SIGKILL')",
            "console.log('1 passed, 0 failed'); process.exitCode = 3",
            "throw new Error('no such module')",
        ])
            assert.equal(total(await sideBySide([part], node, { say })).failed, 1, part);
        assert.equal(said.filter((text) => text.includes(": ended with ")).length, 4);
    });

    it("run two at a time", async () => {
        const dir = mkdtempSync(join(tmpdir(), "m3perf-test-"));
        try {
            const [mine, theirs] = [join(dir, "a"), join(dir, "b")];
            // Each ends when the other has begun: in turn, neither would.
            const part = (own: string, other: string) =>
                `const fs = require("fs"); fs.writeFileSync(${JSON.stringify(own)}, "");
                const end = Date.now() + 20000;
                while (!fs.existsSync(${JSON.stringify(other)}) && Date.now() < end);
                console.log(fs.existsSync(${JSON.stringify(other)}) ? "1 passed, 0 failed" : "0 passed, 1 failed")`;
            const sum = total(await sideBySide([part(mine, theirs), part(theirs, mine)], node, { say }));
            assert.deepEqual(sum, { passed: 2, failed: 0, skipped: 0 });
        } finally {
            rmSync(dir, { recursive: true });
        }
    });
});
