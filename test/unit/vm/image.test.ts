import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTargets } from "../../../lab/vm/image/archive.ts";
import { guestFiles, guestLinks } from "../../../lab/vm/image/guest-files.ts";
import { readImage } from "../../../lab/vm/image/index.ts";
import { compareReleases, readKernels } from "../../../lab/vm/image/kernels.ts";
import { removeOldKeys } from "../../../lab/vm/image/keys.ts";
import { basePackages, elrepoRelease, filesSpec, kernelSpec } from "../../../lab/vm/image/specs.ts";
import { buildSpace, machineProblems, type VmMachine } from "../../../lab/vm/machine.ts";
import { projectRoot } from "../../../support/paths.ts";
import { waitFor } from "../../../support/wait.ts";

const search = `linux-image-6.1.0-47-cloud-amd64 - Linux 6.1 for x86-64 cloud (signed)
linux-image-6.1.0-56-cloud-amd64 - Linux 6.1 for x86-64 cloud (signed)
linux-image-6.1.0-56-cloud-amd64-dbg - Debug symbols for linux-image-6.1.0-56-cloud-amd64
linux-image-6.1.0-57-cloud-amd64-unsigned - Linux 6.1 for x86-64 cloud
linux-image-6.12.94+deb12-cloud-amd64 - Linux 6.12 for x86-64 cloud (signed)
linux-image-6.12.117+deb12-cloud-amd64 - Linux 6.12 for x86-64 cloud (signed)
linux-image-6.13~rc7-cloud-amd64 - Linux 6.13 for x86-64 cloud (signed)
linux-image-cloud-amd64 - Linux for x86-64 cloud (meta-package)
`;
const meta = (release: string) => `Package: linux-image-cloud-amd64\nDepends: linux-image-${release} (= 1)\n`;

describe("the virtual machines' image: kernels", () => {
    it("takes the release's own kernel as the old one, the archive's newest signed one as the new one", () => {
        const chosen = readKernels(search, meta("6.1.0-56-cloud-amd64"));
        assert.deepEqual(chosen, { old: "6.1.0-56-cloud-amd64", new: "6.12.117+deb12-cloud-amd64" });
    });

    it("takes the next older one where the release's own is the newest", () => {
        const chosen = readKernels(search, meta("6.12.117+deb12-cloud-amd64"));
        assert.deepEqual(chosen, { old: "6.12.94+deb12-cloud-amd64", new: "6.12.117+deb12-cloud-amd64" });
    });

    it("finds none where the archive has one kernel only, or none", () => {
        const [first = ""] = search.split("\n");
        assert.equal(readKernels(`${first}\n`, meta("6.1.0-47-cloud-amd64")), undefined);
        assert.equal(readKernels("", ""), undefined);
    });

    it("compares releases by number", () => {
        const sorted = ["6.12.117+deb12", "6.1.0-56", "6.12.94+deb12", "6.1.0-9"].sort(compareReleases);
        assert.deepEqual(sorted, ["6.1.0-9", "6.1.0-56", "6.12.94+deb12", "6.12.117+deb12"]);
    });
});

describe("the virtual machines' image: Debian's archive", () => {
    it("takes Debian's sources alone, each once", () => {
        const targets = `Debian|bookworm|http://mirror.test/debian/|bookworm|main
Debian|bookworm|http://mirror.test/debian/|bookworm|main
Debian|bookworm-security|http://mirror.test/security/|bookworm-security|main
Other vendor|nodistro|http://other.test/|nodistro|main
`;
        assert.deepEqual(readTargets(targets), [
            "deb http://mirror.test/debian/ bookworm main",
            "deb http://mirror.test/security/ bookworm-security main",
        ]);
    });
});

describe("the virtual machines' image: packages", () => {
    const kernel = {
        name: "kernel-ml",
        version: "6.12.117",
        release: "1.el8.elrepo",
        kver: "6.12.117+deb12-cloud-amd64",
        image: "/w/boot/vmlinuz",
        config: "/w/boot/config",
    };

    it("cut a kernel as elrepo does, its boot entry made by kernel-install", () => {
        const spec = kernelSpec({ ...kernel, modules: "/w/lib/modules/k" });
        assert.match(spec, /^Name: kernel-ml$/m);
        assert.match(spec, /^Requires: kernel-ml-core = %\{version\}-%\{release\}$/m);
        assert.match(spec, /^%package modules$/m);
        assert.match(spec, /^Provides: installonlypkg\(kernel\)$/m);
        assert.match(spec, /^Provides: kernel-ml-uname-r = 6\.12\.117\+deb12_cloud_amd64$/m);
        assert.match(
            spec,
            /^\/usr\/bin\/kernel-install add 6\.12\.117\+deb12-cloud-amd64 \/lib\/modules\/6\.12\.117\+deb12-cloud-amd64\/vmlinuz \|\| exit \$\?$/m,
        );
        assert.match(spec, /cp -a "\/w\/lib\/modules\/k\/\."/);
        assert.doesNotMatch(spec, /\$entry|undefined/);
    });

    it("that fail on purpose change their own boot entry, after it was made", () => {
        const spec = kernelSpec({ ...kernel, kver: "6.12.0-panicking", afterEntry: 'sed -i s/a/b/ "$entry"' });
        const posttrans = spec.slice(spec.indexOf("%posttrans"), spec.indexOf("%preun"));
        assert.match(
            posttrans,
            /kernel-install add[\s\S]*entry=\/boot\/loader\/entries\/\$machine-6\.12\.0-panicking\.conf\nsed -i/,
        );
    });

    it("make the guest an EL8 and give an update something to do", () => {
        const packages = basePackages();
        const release = packages.find(({ name }) => name === "el8-release");
        assert.match(release?.files["/etc/os-release"] ?? "", /^PLATFORM_ID="platform:el8"$/m);
        assert.match(release?.files["/etc/redhat-release"] ?? "", /release 8\.10/);
        assert.deepEqual(
            packages.filter(({ name }) => name === "lab-config").map(({ version }) => version),
            ["1", "2"],
        );
    });

    it("elrepo-release enables elrepo and leaves elrepo-kernel off, both checked", () => {
        const { version, release, files } = elrepoRelease("KEY\n");
        assert.equal(`${version}-${release}`, "8.4-2.el8.elrepo");
        const text = files["/etc/yum.repos.d/elrepo.repo"] ?? "";
        assert.match(text, /\[elrepo\]\n[^[]*baseurl=http:\/\/elrepo\.lab\.test\/elrepo\/\nenabled=1\ngpgcheck=1\n/);
        assert.match(
            text,
            /\[elrepo-kernel\]\n[^[]*baseurl=http:\/\/elrepo\.lab\.test\/elrepo-kernel\/\nenabled=0\ngpgcheck=1\n/,
        );
        assert.match(
            filesSpec(elrepoRelease("KEY\n"), "/w/files"),
            /%files\n\/etc\/pki\/rpm-gpg\/RPM-GPG-KEY-elrepo\.org\n\/etc\/yum/,
        );
    });
});

describe("the virtual machines' image: the guest's files", () => {
    const files = guestFiles({ login: "ssh-ed25519 LOGIN", baseKey: "KEY", machineId: "e0" });

    it("let in nobody but the image's key", () => {
        assert.equal(files["/etc/ssh/authorized_keys"], "ssh-ed25519 LOGIN\n");
        const sshd = files["/etc/ssh/sshd_config.d/lab.conf"] ?? "";
        assert.match(sshd, /^PasswordAuthentication no$/m);
        assert.match(sshd, /^PermitRootLogin prohibit-password$/m);
    });

    it("have the repositories' names lead to the address that is handed out", () => {
        assert.match(files["/etc/hosts"] ?? "", /^10\.0\.2\.100 elrepo\.lab\.test mirror\.lab\.test$/m);
        assert.match(files["/etc/yum.repos.d/base.repo"] ?? "", /^baseurl=http:\/\/mirror\.lab\.test\/base\/$/m);
    });

    it("bring a panicking kernel back to the old one, and yum under its name", () => {
        assert.match(files["/etc/kernel/cmdline"] ?? "", /\bpanic=5\b/);
        assert.equal(guestLinks()["/usr/bin/yum"], "dnf");
    });
});

describe("the virtual machines' machine", () => {
    const good: VmMachine = {
        platform: "linux",
        arch: "x64",
        uid: 0,
        debian: true,
        namespaces: true,
        freeMiB: buildSpace,
    };

    it("is a Debian with root and space", () => {
        assert.deepEqual(machineProblems(good), []);
    });

    it("hears all that is in the way at once", () => {
        const bad = { platform: "darwin", arch: "arm64", uid: 501, debian: false, namespaces: false, freeMiB: 10 };
        const problems = machineProblems(bad).map(({ what }) => what);
        assert.equal(problems.length, 4);
        assert.match(problems.join("\n"), /darwin on arm64[\s\S]*not apt's[\s\S]*not root[\s\S]*10 MiB are free/);
        assert.match(machineProblems({ ...good, namespaces: false })[0]?.what ?? "", /unshare/);
    });
});

describe("the virtual machines' image: what was interrupted", () => {
    const folder = mkdtempSync(join(tmpdir(), "m3perf-vm-"));
    after(() => rmSync(folder, { recursive: true }));
    /** Longer than any process id of Linux. */
    const nobody = 2 ** 22 + 1;

    it("is no image where a power cut has left an empty record", async () => {
        writeFileSync(join(folder, "image.json"), "");
        assert.equal(await readImage(folder), undefined);
        assert.equal(await readImage(join(folder, "none")), undefined);
        writeFileSync(join(folder, "image.json"), '{"hostKey": "ssh-ed25519 A"}');
        assert.equal((await readImage(folder))?.hostKey, "ssh-ed25519 A");
    });

    it("leaves no keys for long, and nothing of others is removed", async () => {
        const place = join(folder, "tmp");
        const names = [`m3perf-gpg-${nobody}-a`, `m3perf-gpg-${process.pid}-b`, "m3perf-gpg-c", "other"];
        for (const name of names) mkdirSync(join(place, name, "inner"), { recursive: true });
        symlinkSync(join(place, "other"), join(place, `m3perf-gpg-${nobody}-link`));
        await removeOldKeys(place);
        assert.deepEqual(
            readdirSync(place).sort(),
            [`m3perf-gpg-${process.pid}-b`, "m3perf-gpg-c", `m3perf-gpg-${nobody}-link`, "other"].sort(),
        );
        assert.ok(existsSync(join(place, "other/inner")));
    });

    it("goes on in no program of a build that was killed", async function () {
        this.timeout(20_000);
        const file = join(folder, "pid");
        const programs = join(projectRoot, "lab/vm/image/programs.ts");
        const text = `import { runTied } from ${JSON.stringify(programs)};
            await runTied("sh", ["-c", 'echo $$ >"$1.new"; mv "$1.new" "$1"; exec sleep 60', "sh", ${JSON.stringify(file)}], {});`;
        const build = spawn(process.execPath, ["--input-type=module", "--eval", text], { stdio: "ignore" });
        try {
            const waits = { timeout: 10, every: 0.02 };
            const pid = await waitFor({ what: "the program", ...waits }, () => Number(readFileSync(file, "utf8")));
            build.kill("SIGKILL");
            const state = () => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
            await waitFor({ what: "its end", ...waits }, () => !existsSync(`/proc/${pid}`) || state() === "Z");
        } finally {
            build.kill("SIGKILL");
        }
    });
});
