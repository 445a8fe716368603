import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { kernelScript } from "../../../components/nodes/kernel/script.ts";
import { exec } from "../../../support/exec.ts";
import { fingerprint, fresh, type KernelHost, kernelHost, old, otherSystem, release, settings } from "./kernel-host.ts";

describe("kernel upgrade, steps on a host", function () {
    this.timeout(120_000);
    let host: KernelHost;
    beforeEach(() => {
        host = kernelHost();
    });
    afterEach(() => host.remove());

    const good = async (file: string, more?: object) => {
        const { code, stdout, stderr } = await host.step(file, more);
        assert.equal(code, 0, stdout + stderr);
        return stdout;
    };
    /** Its last two lines: what is wrong, and what to do. */
    const bad = async (file: string, more?: object) => {
        const { code, stdout, stderr } = await host.step(file, more);
        assert.equal(code, 1, stdout + stderr);
        const [what = "", next = ""] = stderr.trimEnd().split("\n").slice(-2);
        assert.match(what, /^worker-1: /);
        assert.match(next, /^ {2}what to do: ./);
        return `${what}\n${next}`;
    };

    it("are all scripts that sh can read, and do nothing when they arrive cut off", async () => {
        for (const folder of ["steps", "turn"]) {
            for (const file of readdirSync(`components/nodes/kernel/${folder}`)) {
                const script = kernelScript(`${folder}/${file}`, "it's", settings());
                assert.equal((await exec("sh", ["-n"], { input: script })).code, 0, file);
                const { code, stdout } = await host.run(script.slice(0, script.lastIndexOf("main </dev/null")));
                assert.deepEqual([code, stdout, host.calls()], [0, "", []], file);
            }
        }
    });

    it("record release and kernel, and refuse what is no EL 8 or 9, naming what was found", async () => {
        assert.match(
            await good("steps/release"),
            /Rocky Linux release 8\.10[\s\S]*Linux 4\.18[\s\S]*is to run kernel-ml 6\.12\.117/,
        );
        host.write("etc/os-release", otherSystem("platform:el9", "AlmaLinux 9.4"));
        await good("steps/release");
        host.write("etc/os-release", otherSystem("platform:f40", "Fedora 40"));
        assert.match(await bad("steps/release"), /is Fedora 40; the upgrade from elrepo knows EL 8 and EL 9/);
        for (const step of ["update", "kernel"]) await bad(`steps/${step}`);
        assert.deepEqual(host.changes(), []);
    });

    it("do nothing on a host that runs the kernel already, and say so", async () => {
        host.write("running", fresh);
        const nothing = /already at 6\.12\.117-1\.el8\.elrepo .*nothing to do/;
        for (const version of [release, "latest"]) assert.match(await good("steps/kernel", { version }), nothing);
        for (const step of ["release", "update", "fastestmirror", "key", "elrepo-release", "repolist"])
            assert.match(await good(`steps/${step}`), nothing);
        assert.deepEqual(host.changes(), []);
        host.write("available", `${release}\n6.13.1-1.el8.elrepo\n`);
        assert.doesNotMatch(await good("steps/release", { version: "latest" }), /nothing to do/);
    });

    it("update all packages but those of Kubernetes, with the site's mirrors and proxy for this command only", async () => {
        const repositories = { baseos: "http://vault.test/$releasever/$basearch/os/" };
        await good("steps/update", { repositories, proxy: "http://proxy.test:3128" });
        const [call = ""] = host.changes();
        assert.match(
            call,
            /--exclude=kubelet .*--exclude=cri-\* --exclude=containerd\* --exclude=docker\* --exclude=moby\* update$/,
        );
        assert.match(call, /--setopt=proxy=http:\/\/proxy\.test:3128/);
        assert.match(
            call,
            /--setopt=baseos\.mirrorlist= --setopt=baseos\.metalink= --setopt=baseos\.baseurl=http:\/\/vault\.test\/8\/x86_64\/os\//,
        );
        assert.ok(!host.has("etc/yum.repos.d"));
    });

    it("import a key only when it is the pinned one, and alone in its file", async () => {
        assert.match(await good("steps/key"), new RegExp(`trusts ${fingerprint}`));
        assert.equal(host.changes().length, 1);
        host.remove();
        host = kernelHost();
        const other = "0".repeat(40);
        host.write("web/key", `${other}\n`);
        assert.match(
            await bad("steps/key"),
            new RegExp(`has the fingerprint ${other}, not the pinned ${fingerprint}; it was not imported`),
        );
        host.write("web/key", `${fingerprint}\n${other}\n`);
        assert.match(await bad("steps/key"), /it was not imported/);
        host.write("web/key", "");
        assert.match(await bad("steps/key"), /is not a public key/);
        host.command("curl", "echo 'curl: (6) Could not resolve host' >&2; exit 6");
        assert.match(
            await bad("steps/key"),
            /could not be fetched from http:\/\/elrepo\.lab\.test\/key: curl: \(6\)[\s\S]*m3perf:kernel\.proxy/,
        );
        assert.deepEqual(host.changes(), []);
    });

    it("install elrepo-release only with a pinned key's signature and the pinned version", async () => {
        host.write("web/signature", "digests OK");
        assert.match(await bad("steps/elrepo-release"), /is not signed by a pinned key/);
        host.write("web/signature", "digests SIGNATURES NOT OK");
        await bad("steps/elrepo-release");
        host.write("web/version", "8.5-1.el8.elrepo");
        assert.match(
            await bad("steps/elrepo-release"),
            /gives elrepo-release 8\.5-1\.el8\.elrepo, not the pinned 8\.4-2\.el8\.elrepo/,
        );
        assert.deepEqual(host.changes(), []);
        host.write("web/version", "8.4-2.el8.elrepo");
        host.write("web/signature", "digests signatures OK");
        await host.step("steps/elrepo-release");
        assert.match(host.changes().at(-1) ?? "", /--setopt=localpkg_gpgcheck=1 install .*elrepo-release\.rpm$/);
    });

    it("find elrepo among the repositories, or say which is missing", async () => {
        await good("steps/repolist");
        host.write("repolist", "elrepo ELRepo disabled\nelrepo-kernel ELRepo disabled\n");
        assert.match(await bad("steps/repolist"), /elrepo is not among the enabled repositories/);
        host.write("repolist", "elrepo ELRepo enabled\n");
        assert.match(await bad("steps/repolist"), /there is no repository elrepo-kernel/);
    });

    it("install the kernel with checked signatures, and leave the old one the default until the turn", async () => {
        assert.match(await good("steps/kernel"), /is installed, its boot entry is there; the default is 4\.18/);
        assert.equal(host.read("default").trim(), old);
        assert.match(
            host.changes()[0] ?? "",
            /--enablerepo=elrepo-kernel --setopt=elrepo-kernel\.gpgcheck=1 --setopt=elrepo-kernel\.gpgkey=file:\S+\.asc install kernel-ml-6\.12\.117-1\.el8\.elrepo$/,
        );
        assert.match(await good("steps/kernel"), /kernel-ml 6\.12\.117-1\.el8\.elrepo is installed\n/);
        assert.equal(host.changes().length, 1, "a second time changes nothing");
    });

    it("tell that the disk is too small before anything is changed", async () => {
        host.write("free", "100000");
        assert.match(
            await bad("steps/kernel"),
            /too little disk space: \/ has 97 MiB free and needs \d+[\s\S]*nothing was changed/,
        );
        await bad("steps/update");
        assert.deepEqual(host.changes(), []);
    });

    it("tell a version that is not there from a repository that is not, from a wrong signature, from a full disk", async () => {
        assert.match(
            await bad("steps/kernel", { version: "6.99.1" }),
            /kernel-ml 6\.99\.1 is not in elrepo-kernel; there is: 6\.12\.117-1[\s\S]*m3perf:kernel\.version/,
        );
        host.write(
            "log",
            "  - Curl error (7): Couldn't connect to server for http://elrepo.lab.test/repodata/repomd.xml\nError: Failed to download metadata\n",
        );
        assert.match(
            await bad("steps/kernel"),
            /a repository cannot be reached: .*http:\/\/elrepo\.lab\.test[\s\S]*m3perf:kernel\.repositories/,
        );
        host.write("installed", `${release}\n`); // so that the repository's answer is not what fails
        host.write("damaged", "missing     /lib/modules/a\n");
        host.command(
            "dnf",
            `case "$*" in *installsize*) echo 1 1 ;; *repoquery*) cat $ROOT/available ;; *) cat $ROOT/log; exit 1 ;; esac`,
        );
        host.write("log", "Public key for kernel-ml-core.rpm is not installed\nError: GPG check FAILED\n");
        assert.match(await bad("steps/kernel"), /is not signed by a key that is trusted here: Public key/);
        host.write(
            "log",
            "Error: Transaction test error:\n  installing package kernel-ml-core needs 12MB more space on the / filesystem\n",
        );
        assert.match(await bad("steps/kernel"), /the disk is full: installing package/);
        host.write("log", "Error: Unable to find a match: kernel-ml\n");
        assert.match(await bad("steps/kernel"), /a package is missing from the repositories: Error: Unable to find/);
        host.write("log", "something else\n");
        assert.match(await bad("steps/kernel"), /something else/);
    });

    it("install again what a power cut left damaged, and make a boot entry again that is missing or not whole", async () => {
        await good("steps/kernel");
        host.write("damaged", "S.5....T.    /lib/modules/a.ko\n.......T.  c /etc/a\n");
        host.command(
            "systemd-run",
            `rm -f $ROOT/damaged; while case $1 in --*) true ;; *) false ;; esac; do shift; done; exec "$@"`,
        );
        assert.match(await good("steps/kernel"), /is not whole on this host, as after a power cut/);
        assert.match(host.changes().at(-1) ?? "", / reinstall kernel-ml\*-6\.12/);
        host.write(`boot/initramfs-${fresh}.img`, "");
        assert.match(
            await good("steps/kernel"),
            /names \/initramfs-\S+, which is missing: making the boot entry again/,
        );
        host.write(`boot/vmlinuz-${fresh}`, "half");
        host.write("boot-full", "");
        assert.match(await bad("steps/kernel"), /is installed, but \/boot\/vmlinuz-\S+ is not the package's/);
    });

    it("wait for what an earlier run, cut off, has left at work", async () => {
        host.write("var/lib/m3perf/kernel/last.log", "Installing : kernel-ml-core\n");
        host.command("systemctl", `[ -e $ROOT/asked ] || { sleep 2 & echo $!; touch $ROOT/asked; }`);
        const started = performance.now();
        assert.match(
            await good("steps/kernel"),
            /an earlier run is still at work[\s\S]*Installing : kernel-ml-core\nthe earlier run has ended/,
        );
        assert.ok(performance.now() - started > 1900);
    });

    it("prove the kernel in the end and make it the default", async () => {
        host.write("installed", `${release}\n`);
        assert.match(await bad("steps/uname"), new RegExp(`runs ${old}, not ${fresh.replaceAll(".", "\\.")}`));
        host.write("running", fresh);
        assert.equal(await good("steps/uname"), `Linux ${fresh} x86_64\nboot id c0ffee\n`);
        assert.equal(host.read("default").trim(), fresh);
    });
});
