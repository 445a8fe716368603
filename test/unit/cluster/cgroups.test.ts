import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCgroup } from "../../../lab/cluster/cgroups.ts";

describe("cluster: limits of a cgroup", () => {
    let tree: string;
    beforeEach(async () => {
        tree = await mkdtemp(join(tmpdir(), "m3perf-cgroup-"));
    });
    afterEach(() => rm(tree, { recursive: true }));
    const limits = { memoryMi: 64, cpu: 1.5, weight: 16 };
    const value = (file: string) => readFile(join(tree, "lab", file), "utf8");

    it("are written as version 1 has them", async () => {
        await makeCgroup("/lab", limits, { version: 1, all: [tree], main: tree, controller: () => tree });
        assert.equal(await value("memory.limit_in_bytes"), String(64 * 2 ** 20));
        assert.equal(await value("cpu.cfs_quota_us"), "150000");
        assert.equal(await value("cpu.shares"), "16384");
    });

    it("are written as version 2 has them", async () => {
        await writeFile(join(tree, "cgroup.controllers"), "cpu memory\n");
        await makeCgroup("/lab", limits, { version: 2, all: [tree], main: tree, controller: () => tree });
        assert.equal(await value("memory.max"), String(64 * 2 ** 20));
        assert.equal(await value("cpu.max"), "150000 100000");
        assert.equal(await value("cpu.weight"), "1600");
    });
});
