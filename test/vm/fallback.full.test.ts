/**
 * Kernels that do not come up, and power that is lost, in an upgrade on real machines by the real engine: the host falls back, the
 * roll ends there, the next run goes on.
 */
import assert from "node:assert/strict";
import type { Vm } from "../../lab/vm/index.ts";
import { waitFor } from "../../support/wait.ts";
import { bootId, bootLimit, nextBoot, output, timeFor, type VmBench, vmBench } from "./machine.ts";
import { kernelOf, kernelRunning, packagesOf, type UpgradeStack, upgradeOf, upgradeStack } from "./upgrade.ts";

describe("kernel upgrade, kernels that do not come up", function () {
    this.timeout(timeFor(4));
    let bench: VmBench;
    let stack: UpgradeStack;
    let vm: Vm;
    let next: Vm;

    const series = () => bench.image.kernelMl.split(".").slice(0, 2).join(".");
    const declare = (version: string, limit = bootLimit) =>
        stack.declare(upgradeOf([vm, next], kernelOf(bench.image, { version, update: false }), limit));

    before(async function () {
        this.timeout(2_400_000);
        bench = await vmBench();
        [vm, next] = await Promise.all([bench.start("host"), bench.start("next")]);
        stack = await upgradeStack();
        await Promise.all([vm.waitForSsh(bootLimit), next.waitForSsh(bootLimit)]);
    });
    after(async function () {
        this.timeout(120_000);
        await stack?.project.remove();
        await bench?.end();
    });

    it("one that panics falls back by itself; the roll stops there, and the next host is untouched", async () => {
        const before = await packagesOf(next);
        bench.repository.serve("panicking-kernel");
        declare(`${series()}.0`);
        const said = await stack.failingUp();
        assert.match(
            said,
            /host: came back with \S+, not \S+-panicking: the new kernel did not start, and the boot loader fell back/,
        );
        assert.match(said, /set m3perf:kernel\.version to another version/);
        assert.equal(await kernelRunning(vm), bench.image.kernels.old);
        assert.equal(await packagesOf(next), before);
        assert.doesNotMatch(said, /kernels-next-\w+ created/);
    });

    it("one that hangs is told of by name; after a reset from outside the host is as before", async () => {
        await output(vm, "rpm -e kernel-ml kernel-ml-core kernel-ml-modules");
        bench.repository.serve("hanging-kernel");
        declare(`${series()}.0-1.el8.elrepo`, 60);
        const boot = await bootId(vm);
        const said = await stack.failingUp();
        assert.match(said, /host does not come back/);
        await vm.reset();
        await nextBoot(vm, boot);
        assert.equal(await kernelRunning(vm), bench.image.kernels.old);
    });

    it("power that is lost in the middle of the installation: the next run makes it whole", async () => {
        bench.repository.serve("good");
        declare("latest");
        const boot = await bootId(vm);
        const failing = stack.failingUp();
        await waitFor({ what: "rpm at work", timeout: 300, every: 0.3 }, async () =>
            /Installing.*kernel-ml/.test((await vm.run("cat /var/lib/m3perf/kernel/last.log")).stdout),
        );
        await vm.powerOff();
        await failing;
        await vm.powerOn();
        await nextBoot(vm, boot);
        assert.equal(await kernelRunning(vm), bench.image.kernels.old, "an installation leaves the default alone");
        await stack.up();
        assert.equal(await kernelRunning(vm), bench.image.kernels.new);
        assert.equal(await kernelRunning(next), bench.image.kernels.new);
        const left = await output(
            vm,
            "rpm -V kernel-ml-core kernel-ml-modules | grep -v ' [cg] ' || :; rpm -qa | sort | uniq -d",
        );
        assert.doesNotMatch(left, new RegExp(bench.image.kernels.new.replaceAll(/[+.]/g, "\\$&")));
    });
});
