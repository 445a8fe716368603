import assert from "node:assert/strict";
import { exec } from "../../support/exec.ts";
import { waitFor } from "../../support/wait.ts";
import { forgetLab, labExists, m3perf, m3perfJson, shared, snapshot, standsOn, trackedFiles } from "./environment.ts";

describe("e2e: down", function () {
    this.timeout(15 * 60_000);

    after("whatever happened, no lab of these tests stays", async () => {
        if (labExists()) await m3perf(["lab", "down"]);
    });

    it("destroy leaves the cluster as it was, Prometheus' own configuration included", async () => {
        const before = standsOn("before", "lab up");
        standsOn("up", "up");
        const { problem } = await m3perfJson<{ problem?: string }>(["down", "--keep-lab"]);
        assert.equal(problem, undefined);
        // Kubernetes removes a namespace's objects and their volumes after the answer.
        await waitFor({ what: "the cluster to be as it was", timeout: 120, every: 3 }, async () => {
            assert.deepEqual(await snapshot(), before);
            return true;
        });
    });

    it("down once more, with the environment gone, takes the lab down and leaves nothing", async () => {
        standsOn("before", "lab up");
        await m3perfJson(["down"]);
        forgetLab();
        assert.equal(labExists(), false);
        const { state } = await m3perfJson<{ state: string }>(["lab", "status"], 3);
        assert.equal(state, "down");
        const { stdout } = await exec("ps", ["-eo", "pid,args"]);
        const left = stdout.split("\n").filter((line) => /\/m3perf\/e2e\b/.test(line));
        assert.deepEqual(left, [], "processes that name the lab's folder");
    });

    it("down of nothing is done at once, and says so", async () => {
        const { code, stderr } = await m3perf(["down"]);
        assert.equal(code, 0, stderr);
        assert.match(stderr, /the lab is down/);
        assert.equal(labExists(), false);
    });

    it("the clone is as it was", async () => {
        assert.deepEqual(await trackedFiles(), shared.tracked);
    });
});
