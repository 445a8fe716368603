import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuSecondsOf, makeCgroup } from "../../../lab/cluster/cgroups.ts";
import { usageLine } from "../../../lab/cluster/usage.ts";

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

describe("cluster: CPU time of a cgroup", () => {
    let tree: string;
    beforeEach(async () => {
        tree = await mkdtemp(join(tmpdir(), "m3perf-cgroup-"));
        await mkdir(join(tree, "lab"));
    });
    afterEach(() => rm(tree, { recursive: true }));

    it("is read as version 1 has it", async () => {
        await writeFile(join(tree, "lab", "cpuacct.usage"), "12500000000\n");
        const trees = { version: 1 as const, all: [tree], main: "/nowhere", controller: () => tree };
        assert.equal(cpuSecondsOf("/lab", trees), 12.5);
        assert.equal(cpuSecondsOf("/off", trees), undefined);
    });

    it("is read as version 2 has it", async () => {
        await writeFile(join(tree, "lab", "cpu.stat"), "usage_usec 12500000\nuser_usec 1\n");
        const trees = { version: 2 as const, all: [tree], main: tree, controller: () => tree };
        assert.equal(cpuSecondsOf("/lab", trees), 12.5);
        assert.equal(cpuSecondsOf("/off", trees), undefined);
    });
});

describe("cluster: a look at what the nodes use", () => {
    const use = (memoryMi: number, cpuSeconds: number | null) => ({ memoryMi, memoryCeilingMi: 1024, cpuSeconds });

    it("tells the CPU since the look before, and what is off", () => {
        const at = Date.parse("2026-11-27T17:00:00Z");
        const before = { at, nodes: { a: use(1, 10), b: use(1, 50) }, controlPlane: null };
        const now = { at: at + 5000, nodes: { a: use(106, 11), b: use(7, 3) }, controlPlane: null };
        assert.equal(usageLine(now, undefined), "17:00:05  a 106/1024 MiB  b 7/1024 MiB  (control plane) off");
        assert.equal(usageLine(now, before), "17:00:05  a 0.20 cores 106/1024 MiB  b 7/1024 MiB  (control plane) off");
    });
});
