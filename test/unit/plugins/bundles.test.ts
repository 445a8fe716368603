import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../../../lab/plugins/bundle.ts";
import { waitFor } from "../../../support/wait.ts";

describe("plugins: bundles", function () {
    this.timeout(20_000);
    const dir = mkdtempSync(join(tmpdir(), "m3perf it's-"));
    const file = join(dir, "pulumi-resource-random");
    before(() => bundle({ folder: "random", version: "1.2.3" }, file));
    after(() => rmSync(dir, { recursive: true, force: true }));

    it("start as shell scripts, whatever is above them, and print a port", async () => {
        writeFileSync(join(dir, "package.json"), '{"type":"commonjs"}');
        const child = spawn(file, [], { env: { PATH: "/bin:/usr/bin" } });
        const [data] = await once(child.stdout, "data");
        assert.match(String(data), /^\d+\n$/);
        const ended = once(child, "exit");
        child.kill("SIGINT");
        assert.deepEqual(await ended, [0, null]);
    });

    it("end when nobody reads their port", async () => {
        const child = spawn(file, [], { stdio: ["ignore", "pipe", "ignore"] });
        const ended = once(child, "exit", { signal: AbortSignal.timeout(10_000) }).finally(() => child.kill("SIGKILL"));
        child.stdout.destroy();
        assert.deepEqual(await ended, [0, null]);
    });

    it("end when their parent is gone before they have begun", async () => {
        const shell = spawn("sh", ["-c", '"$0" >/dev/null 2>&1 & echo $!; wait', file], {
            stdio: ["ignore", "pipe", "ignore"],
        });
        const [text] = await once(shell.stdout, "data");
        const pid = Number(String(text));
        const state = () =>
            existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0] : "gone";
        try {
            // Held where sh has become Node, which has read nothing yet.
            const waits = { timeout: 10, every: 0.002 };
            await waitFor({ what: "Node", ...waits }, () => readlinkSync(`/proc/${pid}/exe`) === process.execPath);
            process.kill(pid, "SIGSTOP");
            await waitFor({ what: "a stop", ...waits }, () => state() === "T");
            const ended = once(shell, "exit");
            shell.kill("SIGKILL");
            await ended;
            process.kill(pid, "SIGCONT");
            await waitFor({ what: "its end", ...waits }, () => ["gone", "Z"].includes(state() ?? "gone"));
        } finally {
            if (state() !== "gone") process.kill(pid, "SIGKILL");
        }
    });
});
