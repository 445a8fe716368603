import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { waitFor } from "../../../support/wait.ts";
import { bound } from "../../support/bound.ts";

/** What the process runs; "" when there is none, or none but its exit status. */
function running(pid: number): string {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    } catch {
        return "";
    }
}

describe("tests: a program that a test has started", () => {
    it("is the process that was spawned, and goes with a test run that is killed", async () => {
        const script = `
            const { spawn } = require("node:child_process");
            const child = spawn(...${JSON.stringify(bound("sleep", ["300"]))}, { stdio: "ignore" });
            console.log(child.pid);
            setInterval(() => {}, 1000);`;
        const run = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
        try {
            const [line] = (await once(run.stdout, "data")) as [Buffer];
            const pid = Number(line.toString());
            await waitFor({ what: "sleep to run", timeout: 10, every: 0.02 }, () => running(pid) === "sleep 300");
            const ended = once(run, "close");
            run.kill("SIGKILL");
            await ended;
            await waitFor({ what: "sleep to be gone", timeout: 10, every: 0.02 }, () => running(pid) === "");
        } finally {
            run.kill("SIGKILL");
        }
    });
});
