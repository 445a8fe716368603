/** The guest's imitations of EL8's boot loader tools (lab/vm/guest), run on a folder that stands for the guest's root. */
import assert from "node:assert/strict";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { exec, run } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";

/** GRUB's own tool as far as it is used here; the real one is in the guest. grub2-editenv FILE list | set NAME=VALUE */
const editenv = `#!/bin/bash
case $2 in
list) cat "$1" ;;
set) { grep -v "^\${3%%=*}=" "$1"; echo "$3"; } >"$1.new"; mv "$1.new" "$1" ;;
esac
`;

describe("the guest's boot loader tools", () => {
    let root: string;
    let env: NodeJS.ProcessEnv;
    const machine = "e0123456789abcdef0123456789abcde";
    const guest = join(projectRoot, "lab/vm/guest");
    const put = (path: string, text: string) => {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
    };
    const read = (path: string) => readFileSync(join(root, path), "utf8");
    const entry = (kver: string) => read(`boot/loader/entries/${machine}-${kver}.conf`);
    const grubby = async (...args: string[]) => (await run("grubby", args, { env })).trim();
    const install = (...args: string[]) => run("bash", [join(guest, "20-grub.install"), ...args], { env });

    beforeEach(async () => {
        root = mkdtempSync(join(tmpdir(), "m3perf-boot-"));
        put("bin/grub2-editenv", editenv);
        chmodSync(join(root, "bin/grub2-editenv"), 0o755);
        for (const name of ["grubby", "grub2-mkconfig"]) symlinkSync(join(guest, name), join(root, "bin", name));
        env = { PATH: `${root}/bin:${process.env.PATH}`, M3PERF_TEST_ROOT: root };
        put("etc/machine-id", `${machine}\n`);
        put("etc/os-release", 'NAME="EL8 Lab Linux"\nVERSION="8.10"\n');
        put("etc/kernel/cmdline", "root=/dev/nvme0n1p1 ro panic=5\n");
        put("etc/sysconfig/kernel", "UPDATEDEFAULT=yes\n");
        put("boot/grub2/grubenv", "# GRUB Environment Block\n");
        for (const kver of ["6.1.0-56-cloud-amd64", "6.12.117-cloud-amd64"]) {
            put(`lib/modules/${kver}/vmlinuz`, `image of ${kver}`);
            await install("add", kver);
        }
    });

    afterEach(() => rmSync(root, { recursive: true, force: true }));

    it("a kernel that is installed gets its image, its entry, and is the default", async () => {
        assert.equal(read("boot/vmlinuz-6.12.117-cloud-amd64"), "image of 6.12.117-cloud-amd64");
        assert.equal(
            entry("6.12.117-cloud-amd64"),
            `title EL8 Lab Linux (6.12.117-cloud-amd64) 8.10
version 6.12.117-cloud-amd64
linux /boot/vmlinuz-6.12.117-cloud-amd64
options root=/dev/nvme0n1p1 ro panic=5
id ${machine}-6.12.117-cloud-amd64
`,
        );
        assert.equal(await grubby("--default-kernel"), "/boot/vmlinuz-6.12.117-cloud-amd64");
        assert.equal(await grubby("--default-index"), "0");
    });

    it("UPDATEDEFAULT=no leaves the default alone", async () => {
        put("etc/sysconfig/kernel", "UPDATEDEFAULT=no\n");
        put("lib/modules/6.13.0/vmlinuz", "image");
        await install("add", "6.13.0");
        assert.equal(await grubby("--default-kernel"), "/boot/vmlinuz-6.12.117-cloud-amd64");
    });

    it("a kernel that is removed takes image and entry with it", async () => {
        await install("remove", "6.12.117-cloud-amd64");
        assert.ok(!existsSync(join(root, "boot/vmlinuz-6.12.117-cloud-amd64")));
        assert.doesNotMatch(read("boot/grub2/grub.cfg"), /6\.12\.117/);
        assert.match(read("boot/grub2/grub.cfg"), /6\.1\.0-56/);
    });

    it("GRUB's configuration has the entries, the newest first, and boots the next one once", () => {
        const config = read("boot/grub2/grub.cfg");
        const entries = [...config.matchAll(/^menuentry .* --id (\S+) \{\n {2}linux (.*)\n\}/gm)].map(
            ([, id, linux]) => [id, linux],
        );
        const line = (kver: string) => [`${machine}-${kver}`, `/boot/vmlinuz-${kver} root=/dev/nvme0n1p1 ro panic=5`];
        assert.deepEqual(entries, [line("6.12.117-cloud-amd64"), line("6.1.0-56-cloud-amd64")]);
        assert.match(config, /set default="\$\{next_entry\}"\n {2}set next_entry=\n {2}save_env next_entry/);
        assert.doesNotMatch(config, /fallback/);
    });

    it("grubby sets the default, and refuses a kernel that is not there", async () => {
        await grubby("--set-default=/boot/vmlinuz-6.1.0-56-cloud-amd64");
        assert.match(read("boot/grub2/grubenv"), new RegExp(`^saved_entry=${machine}-6\\.1\\.0-56-cloud-amd64$`, "m"));
        await grubby("--set-default", "/boot/vmlinuz-6.12.117-cloud-amd64");
        assert.equal(await grubby("--default-kernel"), "/boot/vmlinuz-6.12.117-cloud-amd64");
        const refused = await exec("grubby", ["--set-default=/boot/vmlinuz-9"], { env });
        assert.notEqual(refused.code, 0);
        assert.match(refused.stderr, /incorrect/);
    });

    it("grubby gives and takes arguments of one kernel, in GRUB's configuration, too", async () => {
        const kernel = "/boot/vmlinuz-6.12.117-cloud-amd64";
        await grubby(`--update-kernel=${kernel}`, "--args=panic=10 debug");
        assert.match(entry("6.12.117-cloud-amd64"), /^options root=\/dev\/nvme0n1p1 ro panic=10 debug$/m);
        assert.match(entry("6.1.0-56-cloud-amd64"), /^options root=\/dev\/nvme0n1p1 ro panic=5$/m);
        assert.match(read("boot/grub2/grub.cfg"), /vmlinuz-6\.12\.117-cloud-amd64 root=\S+ ro panic=10 debug$/m);
        await grubby(`--update-kernel=${kernel}`, "--remove-args=panic debug");
        assert.match(entry("6.12.117-cloud-amd64"), /^options root=\/dev\/nvme0n1p1 ro$/m);
    });

    it("grubby tells about all kernels, or one", async () => {
        const all = await grubby("--info=ALL");
        assert.match(
            all,
            /^index=0\nkernel="\/boot\/vmlinuz-6\.12\.117-cloud-amd64"\nargs="ro panic=5"\nroot="\/dev\/nvme0n1p1"\n/,
        );
        const one = await grubby("--info=/boot/vmlinuz-6.1.0-56-cloud-amd64");
        assert.match(one, /^index=1\n/);
        assert.match(one, new RegExp(`id="${machine}-6\\.1\\.0-56-cloud-amd64"$`));
    });
});
