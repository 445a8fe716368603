/** The kernels of the image's repositories: one that comes up, and those that fail as their names say (lab/vm/repository.ts). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { RepositoryVariant, Vm } from "../../lab/vm/index.ts";
import { waitFor } from "../../support/wait.ts";
import { bootId, bootLimit, nextBoot, output, reboot, timeFor, type VmBench, vmBench } from "./machine.ts";

describe("virtual machines: kernels", () => {
    let bench: VmBench;
    let vm: Vm;

    beforeEach(async function () {
        this.timeout(2_400_000);
        bench = await vmBench();
        vm = await bench.start("kernels");
        await vm.waitForSsh(bootLimit);
        await output(vm, "rpm --import http://elrepo.lab.test/RPM-GPG-KEY-elrepo");
    });

    afterEach(async function () {
        this.timeout(120_000);
        await bench?.end();
    });

    const release =
        "yum -y --setopt=localpkg_gpgcheck=1 install http://elrepo.lab.test/elrepo-release-8.el8.elrepo.noarch.rpm";
    const kernel = "yum -y --enablerepo=elrepo-kernel install kernel-ml";

    async function install(variant: RepositoryVariant) {
        await output(vm, release);
        bench.repository.serve(variant);
        await output(vm, kernel, 600);
    }

    /** As the product does it: the old kernel stays the default, the new one gets one boot. */
    async function bootOnce() {
        const entry = await output(vm, "grub2-editenv list | sed -n 's/^saved_entry=//p'");
        const old = bench.image.kernels.old;
        await output(vm, `grubby --set-default=/boot/vmlinuz-${old} && grub2-reboot ${entry} && sync`);
        await reboot(vm);
    }

    it("good: the new one boots, and takes the place of the old one", async function () {
        this.timeout(timeFor(2));
        const before = await bootId(vm);
        await install("good");
        assert.equal(await output(vm, "rpm -q --qf '%{VERSION}-%{RELEASE}' kernel-ml"), bench.image.kernelMl);
        assert.equal(await output(vm, "grubby --default-kernel"), `/boot/vmlinuz-${bench.image.kernels.new}`);
        await reboot(vm);
        await nextBoot(vm, before);
        assert.equal(await output(vm, "uname -r"), bench.image.kernels.new);
    });

    it("wrong-key, no-kernel: dnf refuses, and nothing is changed", async function () {
        this.timeout(timeFor(1));
        bench.repository.serve("wrong-key");
        const unsigned = await vm.run(release, { timeout: 300 });
        assert.notEqual(unsigned.code, 0);
        bench.repository.serve("good");
        await output(vm, release);
        for (const [variant, words] of [
            ["wrong-key", /GPG check FAILED/],
            ["no-kernel", /Unable to find a match/],
        ] as const) {
            bench.repository.serve(variant);
            const refused = await vm.run(`${kernel} --refresh`, { timeout: 600 });
            assert.notEqual(refused.code, 0);
            assert.match(refused.stdout + refused.stderr, words);
            assert.equal((await vm.run("rpm -q kernel-ml-core")).code, 1);
        }
    });

    it("panicking-kernel: the machine comes back with the old one by itself", async function () {
        this.timeout(timeFor(2));
        const before = await bootId(vm);
        await install("panicking-kernel");
        await bootOnce();
        await nextBoot(vm, before);
        assert.equal(await output(vm, "uname -r"), bench.image.kernels.old);
        assert.match(readFileSync(vm.consoleLog, "utf8"), /Kernel panic/);
    });

    for (const [variant, words] of [
        ["broken-kernel", /invalid magic number|you need to load the kernel first/],
        ["hanging-kernel", undefined],
    ] as const) {
        it(`${variant}: the machine stays away until it is reset, then runs the old one`, async function () {
            this.timeout(timeFor(3));
            const before = await bootId(vm);
            await install(variant);
            await bootOnce();
            await assert.rejects(
                waitFor({ what: "it", timeout: 90, every: 1 }, async () => (await bootId(vm)) !== before),
                /waited 90 s/,
            );
            if (words) assert.match(readFileSync(vm.consoleLog, "utf8"), words);
            await vm.reset();
            await nextBoot(vm, before);
            assert.equal(await output(vm, "uname -r"), bench.image.kernels.old);
        });
    }
});
