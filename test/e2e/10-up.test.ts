import assert from "node:assert/strict";
import { labExists, m3perf, m3perfJson, shared, snapshot, standsOn, trackedFiles, type UpJson } from "./environment.ts";

describe("e2e: from nothing to a verified environment", function () {
    this.timeout(30 * 60_000);

    before("what an earlier, broken run of these tests left goes first", async () => {
        if (labExists()) await m3perf(["lab", "down"]);
        shared.tracked = await trackedFiles();
    });

    it("preview works with no lab running, says what it could not check, and leaves nothing behind", async () => {
        const { code, stdout, stderr } = await m3perf(["preview", "--json"]);
        assert.equal(code, 0, stderr);
        const { unchanged, changes } = JSON.parse(stdout) as UpJson;
        assert.equal(unchanged, false);
        assert.ok((changes.create ?? 0) > 20, `only ${JSON.stringify(changes)}`);
        assert.match(stderr, /not checked/i);
        assert.equal(labExists(), false, "the preview left a lab's folder behind");
    });

    it("verify without an environment says so, with the command that makes one", async () => {
        const { code, stdout, stderr } = await m3perf(["verify"]);
        assert.equal(code, 69);
        assert.equal(stdout, "");
        assert.match(stderr, /m3perf .*up/);
        assert.doesNotMatch(stderr, /\n\s+at /);
    });

    it("lab up starts seven nodes", async () => {
        await m3perfJson(["lab", "up"]);
        const status = await m3perfJson<{ state: string; nodes: { state: string }[] }>(["lab", "status"]);
        assert.equal(status.state, "up");
        assert.equal(status.nodes.filter(({ state }) => state === "running").length, 7);
        shared.before = await snapshot();
    });

    it("up stands the environment up, every check passes, and each phase has its time", async () => {
        standsOn("before", "lab up");
        const result = await m3perfJson<UpJson>(["up"]);
        assert.equal(result.failed, 0);
        assert.ok(result.passed >= 20);
        assert.equal(result.unchanged, false);
        const phases = result.phases.map(({ title }) => title);
        for (const phase of ["pulumi up", "verify"])
            assert.ok(phases.includes(phase), `no phase "${phase}" in ${phases}`);
        assert.ok(phases.some((title) => title.startsWith("lab: ")));
        shared.up = true;
    });

    it("the clone is as it was: Pulumi's salt went elsewhere", async () => {
        assert.deepEqual(await trackedFiles(), shared.tracked);
    });
});
