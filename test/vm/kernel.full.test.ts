/**
 * What can go wrong in a kernel upgrade, on a real machine by the real engine: each a clear error with nothing half done, and the next
 * run goes on. The cases follow one another on one machine, so that it boots as seldom as that allows.
 */

import assert from "node:assert/strict";
import type { Vm } from "../../lab/vm/index.ts";
import type { Host } from "../../settings/hosts.ts";
import { waitFor } from "../../support/wait.ts";
import { ed25519Pair } from "../support/ssh-keys.ts";
import { bootId, bootLimit, output, timeFor, type VmBench, vmBench } from "./machine.ts";
import { cutProxy } from "./proxy.ts";
import { hostOf, kernelOf, kernelRunning, packagesOf, type UpgradeStack, upgradeOf, upgradeStack } from "./upgrade.ts";

describe("kernel upgrade, failures on a machine", function () {
    this.timeout(timeFor(2));
    let bench: VmBench;
    let stack: UpgradeStack;
    let vm: Vm;

    const declare = (more: Parameters<typeof kernelOf>[1] = {}, host: Host = hostOf(vm), limit = bootLimit) =>
        stack.declare(upgradeOf([host], kernelOf(bench.image, more), limit));
    const kernels = () => output(vm, "rpm -qa 'kernel-ml*' | sort");
    /** What the steps before the failing one have done is whole, and stays. */
    const others = async () => (await packagesOf(vm)).replaceAll(/^(gpg-pubkey|elrepo-release)-.*\n/gm, "");
    /** A failing update, after which the other packages and the boot entries are as before. */
    const refused = async (what: RegExp, next: RegExp) => {
        const before = await others();
        const said = await stack.failingUp();
        assert.match(said, what);
        assert.match(said, next);
        assert.equal(await others(), before);
    };

    before(async function () {
        this.timeout(2_400_000); // the image may have to be made
        bench = await vmBench();
        vm = await bench.start("host");
        stack = await upgradeStack();
        await vm.waitForSsh(bootLimit);
    });
    after(async function () {
        this.timeout(120_000);
        await stack?.project.remove();
        await bench?.end();
    });

    it("a host key that is not the expected one: nothing is sent", async () => {
        const other = ed25519Pair().public;
        const host = hostOf(vm);
        declare({}, { ...host, ssh: { ...host.ssh, hostKey: other } });
        await refused(/kernels-host-release/, /host key is not the expected one|mismatch|unexpected key/i);
        declare();
    });

    it("an elrepo-release that another key has signed", async () => {
        bench.repository.serve("wrong-key");
        declare({ update: false });
        await refused(/host: elrepo-release from \S+ is not signed by a pinned key/, /it was not installed/);
        assert.equal(await output(vm, "rpm -qa elrepo-release"), "");
    });

    it("a kernel-ml that another key has signed", async () => {
        bench.repository.serve("good");
        declare({ update: false, repositories: { "elrepo-kernel": "http://elrepo.lab.test/none/" } });
        await refused(
            /asking elrepo-kernel for kernel-ml: a repository cannot be reached/,
            /m3perf:kernel\.repositories/,
        );
        bench.repository.serve("wrong-key");
        declare({ update: false });
        await refused(
            /host: installing kernel-ml \S+: a package is not signed by a key that is trusted here/,
            /nothing was installed/,
        );
        assert.equal(await kernels(), "");
    });

    it("a repository without the package, or without the version", async () => {
        bench.repository.serve("no-kernel");
        await refused(
            /host: kernel-ml latest is not in elrepo-kernel; there is: none/,
            /m3perf:kernel\.elrepo\.kernelRepository/,
        );
        bench.repository.serve("good");
        declare({ update: false, version: "99.1.2" });
        await refused(/host: kernel-ml 99\.1\.2 is not in elrepo-kernel; there is: 6\./, /set m3perf:kernel\.version/);
    });

    it("a full disk: told before anything is changed", async () => {
        declare({ update: false });
        await output(vm, "fallocate -l $(($(df --output=avail -B1 / | tail -n 1) - 20000000)) /filler");
        await refused(/host: too little disk space: \/ has \d+ MiB free and needs \d+/, /nothing was changed/);
        await output(vm, "rm /filler");
    });

    it("a connection that is cut during the installation: it goes on there, and the next run waits for it", async () => {
        const proxy = await cutProxy(vm.ssh.port);
        const host = hostOf(vm, proxy.port);
        declare({ update: false }, host);
        bench.repository.slow(300_000);
        const failing = stack.failingUp();
        const asked = bench.repository.log.length;
        await waitFor({ what: "the download of kernel-ml", timeout: 300 }, () =>
            bench.repository.log.slice(asked).some((line) => /kernel-ml-modules.*\.rpm/.test(line)),
        );
        proxy.cut();
        assert.match(await failing, /kernels-host-kernel[\s\S]*(connection was lost|exited without exit status|EOF)/i);
        assert.equal(await output(vm, "systemctl is-active m3perf-kernel.service"), "active", "dnf goes on");
        assert.equal(await kernels(), "", "it has not got that far yet");
        const again = stack.up();
        await waitFor({ what: "the next run to wait for it", timeout: 120, every: 1 }, async () =>
            /tail/.test(await output(vm, "pgrep -a tail || :")),
        );
        bench.repository.slow(0);
        const said = await again;
        assert.match(said, /an earlier run is still at work on this host; waiting for it/);
        assert.doesNotMatch(said, /installing it again/);
        assert.equal(await kernelRunning(vm), bench.image.kernels.new);
        await proxy.close();
    });

    it("a new stack over a host that is there already: nothing runs, and each step says so", async () => {
        declare({});
        stack.declare({});
        await stack.up();
        declare({});
        const boot = await bootId(vm);
        const said = await stack.up();
        const already = said.match(/already at \S+ \(\S+\): nothing to do/g) ?? [];
        assert.ok(already.length >= 7, said.slice(-4000));
        assert.match(said, /runs \S+ already: no reboot/);
        assert.equal(await bootId(vm), boot);
    });
});
