import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { probeFeatures } from "../../../lab/tools/features.ts";
import { checkMachine } from "../../../lab/tools/index.ts";
import { exec } from "../../../support/exec.ts";

describe("tools: this machine", function () {
    this.timeout(60_000);

    it("can run a lab, as far as the kernel goes; trying it leaves nothing", async () => {
        const seen = async () => ({
            links: (await exec("ip", ["-o", "link"])).stdout.match(/m3perftry/g),
            tries: (await readdir("/var/lib")).filter((name) => name.startsWith(".m3perf-try")),
            tables: (await exec("nft", ["list", "tables"])).stdout.match(/m3perftry/g),
        });
        const before = await seen();
        const features = await probeFeatures("/var/lib/m3perf/tried");
        assert.deepEqual(
            features.filter(({ state }) => state !== "yes"),
            [],
        );
        assert.deepEqual(await seen(), before);
        assert.deepEqual(before, { links: null, tries: [], tables: null });
    });

    it("asked for more than it has, it refuses", async () => {
        const problems = await checkMachine({ sets: [], packages: false, labMemoryMiB: 2 ** 30 });
        assert.equal(problems.length, 1);
        assert.match(problems[0]?.what ?? "", /of memory is free/);
    });
});
