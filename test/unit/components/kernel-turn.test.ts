import assert from "node:assert/strict";
import { fresh, type KernelHost, kernelHost, old, release } from "./kernel-host.ts";

describe("kernel upgrade, a node's turn on the host", function () {
    this.timeout(120_000);
    let host: KernelHost;
    beforeEach(() => {
        host = kernelHost();
        host.write("installed", `${release}\n`);
        host.write(`boot/vmlinuz-${fresh}`, "new");
        host.write(`boot/loader/entries/a1-${fresh}.conf`, `linux /vmlinuz-${fresh}\noptions ro\n`);
    });
    afterEach(() => host.remove());

    const run = async (name: string, code: number, more?: object) => {
        const result = await host.step(`turn/${name}`, more);
        assert.equal(result.code, code, result.stdout + result.stderr);
        return result.stdout + result.stderr;
    };

    it("is needed while another kernel runs, and is not (3) when the target does", async () => {
        assert.match(await run("needed", 0), new RegExp(`runs ${old}, is to run 6\\.12\\.117`));
        host.write("running", fresh);
        assert.match(await run("needed", 3), /already: no reboot/);
        host.write("installed", "");
        assert.match(await run("needed", 1), /kernel-ml 6\.12\.117 is not installed/);
    });

    it("boots the new kernel once, with the old one as the default, and a panic that reboots", async () => {
        host.write("default", fresh); // what an installation leaves where /etc/sysconfig/kernel says so
        assert.match(
            await run("prepare", 0),
            new RegExp(`next boot, once: ${fresh}.*; default, to fall back to: ${old}`),
        );
        assert.deepEqual([host.read("next").trim(), host.read("default").trim()], [`a1-${fresh}`, old]);
        assert.ok(host.calls().includes(`grubby --update-kernel=/boot/vmlinuz-${fresh} --args=panic=10`));
        host.write("running", fresh);
        await run("check", 0);
        await run("settle", 0);
        assert.equal(host.read("default").trim(), fresh);
        assert.ok(host.calls().includes(`grubby --update-kernel=/boot/vmlinuz-${fresh} --remove-args=panic=10`));
    });

    const withOptions = (options: string) =>
        host.write(`boot/loader/entries/a1-${fresh}.conf`, `linux /vmlinuz-${fresh}\noptions ${options}\n`);
    /** The command lines that grubby was asked for between "prepare" and the end of "settle". */
    const panicCalls = async () => {
        const before = host.calls().length;
        host.write("running", old);
        await run("prepare", 0);
        host.write("running", fresh);
        await run("settle", 0);
        const calls = host.calls().slice(before);
        return calls.filter((call) => call.includes("panic")).map((call) => call.replace(/^.* --/, "--"));
    };
    const ours = ["--args=panic=10", "--remove-args=panic=10"];

    it("leaves a panic setting of the site alone, in the entry and where EL 8 keeps the arguments", async () => {
        withOptions("ro panic=30");
        assert.deepEqual(await panicCalls(), []);
        host.write("kernelopts", "root=/dev/sda2 ro panic=30 quiet");
        withOptions("$kernelopts $tuned_params");
        assert.deepEqual(await panicCalls(), []);
    });

    it("takes no other argument for it, nor one that does not reboot or that the entry does not use", async () => {
        for (const options of ["ro softlockup_panic=1", "ro hung_task_panic=1 panic=0", "ro panic_on_oops=1"]) {
            withOptions(options);
            assert.deepEqual(await panicCalls(), ours, options);
        }
        host.write("kernelopts", "root=/dev/sda2 ro softlockup_panic=1");
        withOptions("$kernelopts");
        assert.deepEqual(await panicCalls(), ours);
        host.write("kernelopts", "panic=30");
        withOptions("ro");
        assert.deepEqual(await panicCalls(), ours);
    });

    it("says why a boot loader cannot try a kernel once, and makes it the default", async () => {
        const reasons: [() => void, RegExp][] = [
            [() => host.write("boot-device", "/dev/mapper/vg-boot\n"), /not on a plain partition/],
            [() => host.write("boot/grub2/grub.cfg", "set default=0\n"), /GRUB_DEFAULT is not saved/],
        ];
        for (const [arrange, reason] of reasons) {
            arrange();
            const said = await run("prepare", 0);
            assert.match(said, /cannot try a kernel once/);
            assert.match(said, reason);
            assert.deepEqual([host.read("next").trim(), host.read("default").trim()], ["", fresh]);
        }
        assert.match(await run("prepare", 0, { safeBoot: false }), /safeBoot is off/);
    });

    it("refuses to boot a kernel whose entry is not whole", async () => {
        host.write(`boot/loader/entries/a1-${fresh}.conf`, `linux /vmlinuz-${fresh}\ninitrd /initramfs-x.img\n`);
        assert.match(await run("prepare", 1), /cannot boot 6\.12\S+: the boot entry names \/initramfs-x\.img/);
        assert.equal(host.read("default").trim(), old);
    });

    it("tells a host that fell back from one that came up", async () => {
        assert.match(
            await run("check", 1),
            new RegExp(`came back with ${old}, not ${fresh}: .*fell back\n.*m3perf:kernel\\.version`),
        );
    });
});
