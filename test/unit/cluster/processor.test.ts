import assert from "node:assert/strict";
import { firstProcessor, specWithCpuinfo, tellsItsCore } from "../../../lab/cluster/processor.ts";

const processor = (number: number, flags: string) =>
    `processor\t: ${number}\nmodel name\t: Test\nflags\t\t: ${flags}\n`;
const two = (flags: string) => `${processor(0, flags)}\n${processor(1, flags)}\n`;

describe("cluster: a processor that does not tell its core", () => {
    it("is known by the missing flag, where M3 would ask at all", () => {
        assert.equal(tellsItsCore(two("fpu tsc rdtscp lm"), "x64"), true);
        assert.equal(tellsItsCore(two("fpu tsc lm"), "x64"), false);
        assert.equal(tellsItsCore(two("fpu tsc lm"), "arm64"), true);
        assert.equal(tellsItsCore(processor(0, "fpu tsc lm"), "x64"), true);
    });

    it("is shown to containers as one, in containerd's own specification", () => {
        assert.equal(firstProcessor(two("fpu")), `${processor(0, "fpu")}\n`);
        const base = {
            process: { cwd: "/", rlimits: [{ type: "RLIMIT_NOFILE" }] },
            mounts: [{ destination: "/proc" }],
        };
        assert.deepEqual(specWithCpuinfo(JSON.stringify(base), "/x/cpuinfo"), {
            process: { cwd: "/" },
            mounts: [
                { destination: "/proc" },
                { destination: "/proc/cpuinfo", type: "bind", source: "/x/cpuinfo", options: ["bind", "ro"] },
            ],
        });
    });
});
