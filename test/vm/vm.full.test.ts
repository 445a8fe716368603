import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureVmImage, type Vm } from "../../lab/vm/index.ts";
import { sshArguments } from "../../lab/vm/vm.ts";
import { exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { createProgress } from "../../support/progress.ts";
import { waitFor } from "../../support/wait.ts";
import { bootId, bootLimit, nextBoot, output, reboot, runs, timeFor, type VmBench, vmBench } from "./machine.ts";

describe("virtual machines", () => {
    let bench: VmBench;
    let one: Vm;
    let two: Vm;

    before(async function () {
        this.timeout(2_400_000); // the image may have to be made
        bench = await vmBench();
        one = await bench.start("one");
        two = await bench.start("two");
        await Promise.all([one.waitForSsh(bootLimit), two.waitForSsh(bootLimit)]);
    });

    after(async function () {
        this.timeout(120_000);
        await bench?.end();
    });

    it("the image is made once; a build that is interrupted leaves nothing", async function () {
        this.timeout(120_000);
        const made = statSync(bench.image.path).mtimeMs;
        const progress = createProgress();
        assert.deepEqual(await ensureVmImage({ progress }), bench.image);
        assert.deepEqual(progress.timings, []);
        assert.equal(statSync(bench.image.path).mtimeMs, made);
        assert.equal(statSync(bench.image.privateKeyFile).mode & 0o777, 0o600);

        const cache = mkdtempSync(join(tmpdir(), "m3perf-vm-cache-"));
        const own = process.env.M3PERF_CACHE;
        process.env.M3PERF_CACHE = cache;
        try {
            const interrupted = ensureVmImage({ progress, signal: AbortSignal.timeout(15_000) });
            await assert.rejects(interrupted, /abort|time/i);
            assert.deepEqual(readdirSync(join(cache, "vm")), [".lock"]);
        } finally {
            if (own === undefined) delete process.env.M3PERF_CACHE;
            else process.env.M3PERF_CACHE = own;
            rmSync(cache, { recursive: true, force: true });
        }
    });

    it("boot the old kernel, and look like EL8", async function () {
        this.timeout(timeFor(0));
        assert.equal(await output(one, "uname -r"), bench.image.kernels.old);
        assert.notEqual(bench.image.kernels.old, bench.image.kernels.new);
        assert.match(await output(one, "cat /etc/redhat-release"), /^EL8 Lab Linux release 8\./);
        assert.equal(await output(one, ". /etc/os-release && echo $PLATFORM_ID"), "platform:el8");
        assert.equal(await output(one, "grubby --default-kernel"), `/boot/vmlinuz-${bench.image.kernels.old}`);
        assert.equal(await output(one, "rpm -qf --qf '%{NAME}' /lib/modules/$(uname -r)/vmlinuz"), "kernel-core");
        assert.equal(
            await output(one, "systemctl is-system-running || systemctl --failed --plain --no-legend"),
            "running",
        );
    });

    it("run beside each other, each with a disk of its own", async () => {
        assert.notEqual(await bootId(one), await bootId(two));
        await output(one, "echo one >/var/lib/mark && sync");
        assert.equal((await two.run("cat /var/lib/mark")).code, 1);
    });

    it("show the image's host key, and nobody is let in who expects another", async () => {
        const other = join(bench.folder, "other");
        await exec("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", other]);
        const wrong = join(bench.folder, "wrong_hosts");
        const key = (await exec("ssh-keygen", ["-y", "-f", other])).stdout.trim();
        writeFileSync(wrong, `[127.0.0.1]:${one.ssh.port} ${key}\n`);
        const refused = await exec("ssh", [...sshArguments(one.ssh, wrong), "true"], { timeout: 60 });
        assert.equal(refused.code, 255);
        assert.match(refused.stderr, /Host key verification failed/);
        const stranger = await exec(
            "ssh",
            [...sshArguments({ ...one.ssh, privateKeyFile: other }, join(bench.folder, "one/known_hosts")), "true"],
            { timeout: 60 },
        );
        assert.match(stranger.stderr, /Permission denied \(publickey\)/);
    });

    it("have the base repository, over the one address that they reach", async function () {
        this.timeout(timeFor(0));
        assert.match(await output(one, "yum repolist"), /^baseos +EL8 Lab - BaseOS$/m);
        assert.match(await output(one, "yum --quiet --refresh repoquery lab-config"), /lab-config-0:2-1\.el8\.noarch/);
        assert.ok(bench.repository.log.includes("GET /base/repodata/repomd.xml 200"));
        bench.repository.serve("unreachable");
        const cut = await one.run("yum --refresh repoquery lab-config", { timeout: 200 });
        bench.repository.serve("good");
        assert.notEqual(cut.code, 0);
        const outside = await one.run("curl --silent --max-time 5 http://10.0.2.2/ || ip route show default");
        assert.equal(outside.stdout, "");
    });

    it("reboot when they are asked to, and are reset when they are not", async function () {
        this.timeout(timeFor(2));
        const first = await bootId(one);
        await reboot(one);
        const second = await nextBoot(one, first);
        await one.reset();
        await nextBoot(one, second);
        assert.equal(await output(one, "cat /var/lib/mark"), "one");
    });

    it("are off after a power cut, and keep their port and their disk", async function () {
        this.timeout(timeFor(1));
        const { pid } = two;
        const before = await bootId(two);
        await output(two, "echo two >/var/lib/mark && sync");
        await two.powerOff();
        assert.ok(pid !== undefined && !runs(pid), "its process is still there");
        assert.equal(two.pid, undefined);
        assert.match((await two.run("true")).stderr, /Connection refused/);
        await two.powerOn();
        await nextBoot(two, before);
        assert.equal(await output(two, "cat /var/lib/mark"), "two");
    });

    it("stop for good: no process, no overlay", async () => {
        const { pid } = two;
        await two.stop();
        await two.stop(); // no harm
        assert.ok(pid !== undefined && !runs(pid), "its process is still there");
        assert.deepEqual(readdirSync(join(bench.folder, "two")).sort(), ["console.log", "known_hosts"]);
        await assert.rejects(two.powerOn(), /has been stopped/);
        assert.ok(existsSync(bench.image.path));
    });

    it("end with the process that started them, even when it is killed", async () => {
        const program = `
            import { startVm } from ${JSON.stringify(join(projectRoot, "lab/vm/index.ts"))};
            const [image, folder, port] = process.argv.slice(1);
            const vm = await startVm({ image: JSON.parse(image), name: "orphan", folder, repository: { port: Number(port) } });
            console.log(vm.pid);
            setInterval(() => {}, 1000);
        `;
        const args = [JSON.stringify(bench.image), bench.folder, `${bench.repository.port}`];
        const owner = spawn(process.execPath, ["--input-type=module", "--eval", program, ...args], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        const [line] = await once(owner.stdout, "data");
        const pid = Number(String(line));
        assert.ok(runs(pid), `${line} is no process`);
        owner.kill("SIGKILL");
        await waitFor({ what: "its qemu to end", timeout: 20 }, () => !runs(pid));
    });
});
