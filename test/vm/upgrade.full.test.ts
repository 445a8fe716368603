/**
 * The kernel upgrade on real machines by the real engine: two that really reboot into another kernel, one after the other. One of
 * them is tuned for M3DB before, so that what the tuning leaves is seen after a boot.
 */
import assert from "node:assert/strict";
import type { Vm } from "../../lab/vm/index.ts";
import { bootId, bootLimit, output, type VmBench, vmBench } from "./machine.ts";
import { hostOf, kernelOf, kernelRunning, packagesOf, type UpgradeStack, upgradeOf, upgradeStack } from "./upgrade.ts";
import { overlaps, watchMachines } from "./watch.ts";

const steps = ["release", "update", "fastestmirror", "key", "elrepo-release", "repolist", "kernel", "reboot", "uname"];

describe("kernel upgrade on two machines", function () {
    this.timeout(bootLimit * 4 * 1000);
    let bench: VmBench;
    let stack: UpgradeStack;
    let first: Vm;
    let second: Vm;
    let untouched: string;

    const parameters =
        "sysctl -n vm.max_map_count vm.swappiness fs.nr_open; cat /proc/swaps | cut -f 1; cat /etc/fstab";
    let asItWas: string;

    before(async function () {
        this.timeout(2_400_000); // the image may have to be made
        bench = await vmBench();
        [first, second] = await Promise.all([bench.start("first"), bench.start("second")]);
        stack = await upgradeStack();
        await Promise.all([first.waitForSsh(bootLimit), second.waitForSsh(bootLimit)]);
        const swap =
            "dd if=/dev/zero of=/swap bs=1M count=8 status=none && chmod 600 /swap && mkswap -q /swap && swapon /swap";
        await output(first, `${swap} && echo '/swap none swap sw 0 0' >>/etc/fstab`);
        asItWas = await output(first, parameters);
    });
    after(async function () {
        this.timeout(120_000);
        await stack?.project.remove();
        await bench?.end();
    });

    it("stops at a key that is not the pinned one: nothing of it on the host, the next host not even asked", async () => {
        untouched = await packagesOf(second);
        const keys = [
            { url: "http://elrepo.lab.test/RPM-GPG-KEY-elrepo", fingerprint: bench.image.fingerprints.wrong },
        ];
        stack.declare(upgradeOf([first, second], kernelOf(bench.image, { elrepo: { keys } })));
        const said = await stack.failingUp();
        const { elrepo, wrong } = bench.image.fingerprints;
        assert.match(
            said,
            new RegExp(
                `first: the key at \\S+ has the fingerprint ${elrepo}, not the pinned ${wrong}; it was not imported`,
            ),
        );
        assert.match(said, /what to do: compare it with the one that elrepo publishes/);
        assert.equal(await output(first, "rpm -q gpg-pubkey | wc -l; rpm -qa 'kernel-ml*' elrepo-release"), "1");
        assert.doesNotMatch(said, /kernels-second-\w+ created/);
        assert.equal(await packagesOf(second), untouched);
    });

    it("stops at a repository that cannot be reached, saying which and what to do", async () => {
        bench.repository.serve("unreachable");
        stack.declare(upgradeOf([first, second], kernelOf(bench.image)));
        const updating = await stack.failingUp();
        assert.match(
            updating,
            /first: updating all packages: a repository cannot be reached: .*http:\/\/mirror\.lab\.test/,
        );
        assert.match(
            updating,
            /what to do: .* name a mirror or proxy \(m3perf:kernel\.repositories, m3perf:kernel\.proxy\)/,
        );
        stack.declare(upgradeOf([first, second], kernelOf(bench.image, { update: false })));
        const said = await stack.failingUp();
        bench.repository.serve("good");
        assert.match(
            said,
            /first: elrepo's key could not be fetched from http:\/\/elrepo\.lab\.test\/RPM-GPG-KEY-elrepo: curl: /,
        );
        assert.match(said, /what to do: see that this host reaches that address, or name a mirror or proxy/);
        assert.equal(await packagesOf(second), untouched);
    });

    it("tells the order in a preview, and changes nothing", async () => {
        const { code, stdout } = await stack.project.run(["preview"], { timeout: 120 });
        assert.equal(code, 0, stdout);
        assert.match(stdout, /kernel upgrade to kernel-ml latest, one node at a time/);
        assert.match(stdout, /1\. first \(127\.0\.0\.1\)\s+2\. second \(127\.0\.0\.1\)/);
        for (const step of steps.slice(4)) assert.match(stdout, new RegExp(`kernels-first-${step}\\b.*create`));
        assert.equal(await packagesOf(second), untouched);
    });

    it("brings both to the new kernel, one after the other, with every step in the log", async () => {
        const boots = await Promise.all([first, second].map(bootId));
        const watch = watchMachines([first, second]);
        stack.declare({ tuning: { hosts: [hostOf(first)] }, ...upgradeOf([first, second], kernelOf(bench.image)) });
        const said = await stack.up();
        const down = await watch.end();
        for (const vm of [first, second]) {
            assert.equal(await kernelRunning(vm), bench.image.kernels.new);
            assert.ok(
                down.some((one) => one.vm === vm.name),
                `${vm.name} was never seen down`,
            );
            for (const step of steps.slice(vm === first ? 3 : 0))
                assert.match(said, new RegExp(`kernels-${vm.name}-${step}\\b.*created`));
            assert.match(said, new RegExp(`Linux ${bench.image.kernels.new.replaceAll(/[+.]/g, "\\$&")} x86_64`));
        }
        const after = await Promise.all([first, second].map(bootId));
        assert.ok(after.every((id, index) => id !== boots[index]));
        assert.deepEqual(overlaps(down), [], "both were down at once");
        const [before, behind] = ["first", "second"].map((name) => down.filter(({ vm }) => vm === name));
        assert.ok(
            Math.max(...(before ?? []).map(({ to }) => to)) < Math.min(...(behind ?? []).map(({ from }) => from)),
        );
    });

    it("leaves the new kernel as the default and nothing of the roll behind", async () => {
        for (const vm of [first, second]) {
            assert.equal(await output(vm, "grubby --default-kernel"), `/boot/vmlinuz-${bench.image.kernels.new}`);
            assert.doesNotMatch(await output(vm, "grub2-editenv list"), /next_entry=./);
            assert.equal(await output(vm, "systemctl list-units --all --plain --no-legend 'm3perf*'"), "");
        }
    });

    it("does nothing a second time", async () => {
        const boots = await Promise.all([first, second].map(bootId));
        const requests = bench.repository.log.length;
        await stack.up("--expect-no-changes");
        assert.deepEqual(await Promise.all([first, second].map(bootId)), boots);
        assert.equal(bench.repository.log.length, requests);
    });

    it("keeps the tuning over the reboot, and gives back what was there when it is destroyed", async () => {
        assert.equal(await output(first, "sysctl -n vm.max_map_count vm.swappiness fs.nr_open"), "3000000\n1\n3000000");
        assert.equal(await output(first, "tail -n +2 /proc/swaps"), "");
        assert.match(await output(first, "cat /etc/fstab"), /^#m3perf-off# \/swap none swap/m);
        stack.declare({});
        await stack.up();
        assert.equal(await output(first, parameters), asItWas);
        assert.equal(await output(first, "ls /etc/sysctl.d | grep -c m3perf || :; ls /var/lib/m3perf"), "0\nkernel");
        assert.equal(await kernelRunning(first), bench.image.kernels.new, "a kernel is not taken back");
    });
});
