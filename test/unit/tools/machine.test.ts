import assert from "node:assert/strict";
import { judgeCgroups } from "../../../lab/tools/features.ts";
import { diskNeeds, judge, type Needs } from "../../../lab/tools/judge.ts";
import type { MachineFacts } from "../../../lab/tools/machine.ts";
import { toolSets } from "../../../lab/tools/sets.ts";
import { UserError } from "../../../support/errors.ts";

const yes = (name: string) => ({ name, state: "yes" as const, detail: "" });

/** A machine like ours, on which everything can be done. */
const good: MachineFacts = {
    platform: "linux",
    arch: "x64",
    uid: 0,
    go: "1.26.8",
    npm: true,
    debian: true,
    missingPackages: ["runc"],
    missingTools: ["runc"],
    missingCommands: [],
    cores: 2,
    totalMiB: 24_000,
    freeMiB: 23_000,
    disks: [
        { use: "Go's module cache", path: "/home/ann/go/pkg/mod", device: 1, freeMiB: 60_000 },
        { use: "Go's build cache", path: "/home/ann/.cache/go-build", device: 1, freeMiB: 60_000 },
        { use: "m3perf's cache", path: "/home/ann/.cache/m3perf", device: 1, freeMiB: 60_000 },
        { use: "the lab", path: "/var/lib/m3perf/lab", device: 2, freeMiB: 20_000 },
        { use: "Debian packages", path: "/var/cache/apt", device: 2, freeMiB: 20_000 },
    ],
    features: ["network namespaces", "mount", "veth", "bridge", "nftables", "overlayfs", "br_netfilter", "cgroups"].map(
        yes,
    ),
};

const everything: Needs = { builds: toolSets, go: "1.26.6", packages: true, lab: true, labMemoryMiB: 12_288 };
const warm: Needs = { ...everything, builds: [], go: "1.0" };

function problems(facts: Partial<MachineFacts>, needs: Partial<Needs> = {}): string[] {
    return judge({ ...good, ...facts }, { ...everything, ...needs }).map(({ what }) => what);
}

describe("tools: what the machine must have", () => {
    it("a machine that has all of it is accepted", () => {
        assert.deepEqual(judge(good, everything), []);
    });

    it("names all that is missing at once, each with what to do", () => {
        const bare = {
            uid: 1000,
            go: null,
            npm: false,
            missingCommands: ["unshare"],
            freeMiB: 2000,
            disks: good.disks.map((disk) => ({ ...disk, freeMiB: 100 })),
        };
        const found = judge({ ...good, ...bare }, everything);
        assert.deepEqual(
            found.map(({ what }) => what.split(" is free")[0]),
            ["not root", "no Go", "no npm", "no unshare", "2.0 GiB of memory", "0.1 GiB of disk", "0.1 GiB of disk"],
        );
        assert.ok(found.every(({ next }) => next));
        assert.match(new UserError("no", found).message, /M3PERF_TOOLS_DIR/);
    });

    it("Go: none or too old is refused only where something is to be built", () => {
        assert.deepEqual(problems({ go: null }), ["no Go"]);
        assert.deepEqual(problems({ go: "1.24.4" }), ["Go 1.24.4 is too old"]);
        assert.deepEqual(problems({ go: "1.26.5" }), ["Go 1.26.5 is too old"]);
        assert.deepEqual(problems({ go: "1.27" }), []);
        assert.deepEqual(problems({ go: null }, warm), []);
    });

    it("root: needed for a lab or to install packages, not to build", () => {
        assert.deepEqual(problems({ uid: 1000 }, { lab: false }), ["not root"]);
        assert.deepEqual(problems({ uid: 1000, missingPackages: [] }, { lab: false }), []);
        assert.deepEqual(problems({ uid: 1000 }, { lab: false, packages: false }), []);
    });

    it("a kernel feature that was tried and failed is refused with the kernel's words", () => {
        for (const { name } of good.features) {
            const features = good.features.map((feature) =>
                feature.name === name ? { name, state: "no" as const, detail: "Operation not permitted" } : feature,
            );
            assert.deepEqual(problems({ features }), [`no ${name}: Operation not permitted`]);
            assert.deepEqual(problems({ features }, { lab: false }), []);
        }
    });

    it("a feature that could not be tried yet is no reason", () => {
        const features = [{ name: "nftables", state: "unknown" as const, detail: "nft is not installed" }];
        assert.deepEqual(problems({ features }), []);
    });

    it("only Linux on amd64 or arm64", () => {
        assert.deepEqual(problems({ arch: "arm64" }), []);
        assert.deepEqual(problems({ arch: "riscv64" }), ["linux on riscv64"]);
        assert.deepEqual(problems({ platform: "darwin", arch: "arm64" }), ["darwin on arm64"]);
    });

    it("without apt, the missing programs are named instead", () => {
        assert.deepEqual(problems({ debian: false, missingTools: ["etcd", "runc"] }), ["no etcd, runc"]);
        assert.deepEqual(problems({ debian: false, missingTools: [] }), []);
    });

    it("memory: for the lab, or for the largest build alone", () => {
        assert.equal(problems({ freeMiB: 12_287 }).length, 1);
        assert.equal(problems({ freeMiB: 12_288 }).length, 0);
        assert.equal(problems({ freeMiB: 4096 }, { lab: false }).length, 0);
        assert.equal(problems({ freeMiB: 2048 }, { lab: false }).length, 1);
    });

    it("disk: uses on one device add up; each device is judged alone", () => {
        const needed = diskNeeds(everything, 1);
        const first = needed["Go's module cache"] + needed["Go's build cache"] + needed["m3perf's cache"];
        const second = needed["the lab"] + needed["Debian packages"];
        const disks = (a: number, b: number) => ({
            disks: good.disks.map((disk) => ({ ...disk, freeMiB: disk.device === 1 ? a : b })),
        });
        assert.deepEqual(problems(disks(first, second)), []);
        assert.match(problems(disks(first - 1, second)).join(), /Go's module cache.*Go's build cache.*m3perf's cache/);
        assert.match(problems(disks(first, second - 1)).join(), /the lab.*Debian packages/);
    });

    it("disk: warm caches need little", () => {
        const cold = diskNeeds(everything, 5);
        const now = diskNeeds(warm, 0);
        assert.ok(cold["Go's build cache"] > 5000);
        assert.deepEqual(now, {
            ...cold,
            "Go's module cache": 0,
            "Go's build cache": 0,
            "m3perf's cache": 0,
            "Debian packages": 0,
        });
    });
});

describe("tools: cgroups", () => {
    const v1 = (options: string) => `30 29 0:26 / /sys/fs/cgroup/${options} rw,relatime - cgroup cgroup rw,${options}`;
    const all = ["cpu", "cpuacct", "cpuset", "memory", "pids", "devices", "freezer", "blkio"];

    it("version 1 with all controllers, mounted together or apart", () => {
        assert.deepEqual(judgeCgroups(all.map(v1).join("\n"), "").missing, []);
        const together = ["cpu,cpuacct", ...all.slice(2)].map(v1).join("\n");
        assert.deepEqual(judgeCgroups(together, "").missing, []);
        assert.equal(judgeCgroups(together, "").folder, "/sys/fs/cgroup/memory");
    });

    it("version 1 without one names it", () => {
        const some = all.filter((name) => name !== "pids");
        assert.deepEqual(judgeCgroups(some.map(v1).join("\n"), "").missing, ["pids"]);
    });

    it("version 2 by its list of controllers; a hybrid machine counts as version 1", () => {
        const v2 = "31 29 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw";
        const judged = judgeCgroups(v2, "cpuset cpu io memory pids\n");
        assert.deepEqual(judged, { kind: "v2", folder: "/sys/fs/cgroup", missing: [] });
        assert.deepEqual(judgeCgroups(v2, "cpu io\n").missing, ["cpuset", "memory", "pids"]);
        assert.equal(judgeCgroups([...all.map(v1), v2].join("\n"), "").kind, "v1");
    });
});
