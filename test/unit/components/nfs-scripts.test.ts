/** The repository's steps, run by sh with another root folder and with stand-ins for the tools that change a host. */
import assert from "node:assert/strict";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ExportPlan, type ExportStep, exportScript, exportSteps } from "../../../components/nodes/nfs/script.ts";
import { exec } from "../../../support/exec.ts";

/** What exportfs, systemctl and the package managers do to $FAKE, as far as the steps can see. */
const tools: Record<string, string> = {
    exportfs: `case $1 in
        -ra) [ ! -e $FAKE/broken ] || { echo "exportfs: Failed to resolve nowhere" >&2; exit 1; }
            : >$FAKE/etab
            for file in $FAKE/etc/exports $FAKE/etc/exports.d/*.exports; do
                [ ! -r $file ] || awk '!/^#/ && NF { for (i = 2; i <= NF; i++) print $1 "  " $i }' $file >>$FAKE/etab
            done ;;
        -s) cat $FAKE/etab 2>/dev/null ;;
        esac`,
    systemctl: `action=$1; shift; [ "$1" != --quiet ] || shift; at=$FAKE/units/$1
        case $action in
        is-enabled) [ ! -e $at.masked ] || { echo masked; exit 1; }; [ -e $at.enabled ] ;;
        is-active) [ -e $at.active ] ;;
        enable) : >$at.enabled ;; disable) rm -f $at.enabled ;;
        mask) : >$at.masked ;; unmask) rm $at.masked ;;
        start) [ ! -e $FAKE/units/rpcbind.socket.masked ] || exit 1; : >$at.active ;; stop) rm -f $at.active ;;
        esac`,
    dnf: 'echo "dnf $*" >>$FAKE/log; mkdir -p $FAKE/usr/sbin; cp $FAKE/bin/exportfs $FAKE/usr/sbin/',
    "apt-get": 'echo "apt-get $*" >>$FAKE/log; mkdir -p $FAKE/usr/sbin; cp $FAKE/bin/exportfs $FAKE/usr/sbin/',
    stat: 'cat "$FAKE/owners/$(basename $3)" 2>/dev/null || echo "0:0 755"',
    chown: 'echo "$1 $(stat -c x $2 | cut -d" " -f2)" >"$FAKE/owner" && mv $FAKE/owner "$FAKE/owners/$(basename $2)"',
    chmod: 'echo "$(stat -c x $2 | cut -d" " -f1) $1" >"$FAKE/owner" && mv $FAKE/owner "$FAKE/owners/$(basename $2)"',
    "firewall-cmd": "exit 1",
};

const plan: ExportPlan = {
    node: "repository",
    directory: "/srv/m3perf/reports",
    clients: ["10.0.0.1", "10.0.0.2"],
    sizeMi: 1,
    owner: "stack dev",
};

describe("the repository's steps on its host", () => {
    let root: string;
    let bin: string;

    const sh = async (step: ExportStep, action: "up" | "down", more: Partial<ExportPlan> = {}) =>
        exec("sh", ["-s", action], {
            env: { PATH: `${bin}:${process.env.PATH}`, FAKE: root },
            input: exportScript(step, { ...plan, ...more }, root),
            timeout: 20,
        });
    const must = async (...args: Parameters<typeof sh>) => {
        const { code, stdout, stderr } = await sh(...args);
        assert.equal(code, 0, stdout + stderr);
        return stdout;
    };
    const write = (path: string, text = "") => {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
    };
    const read = (path: string) => readFileSync(join(root, path), "utf8");
    const units = () => readdirSync(join(root, "units")).sort();
    const up = async (more: Partial<ExportPlan> = {}) => {
        for (const step of exportSteps) await must(step, "up", more);
    };
    const down = async (more: Partial<ExportPlan> = {}) => {
        let said = "";
        for (const step of exportSteps.filter((one) => one !== "check").reverse())
            said += await must(step, "down", more);
        return said;
    };

    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "m3perf-nfs-"));
        bin = join(root, "bin");
        mkdirSync(bin);
        for (const [name, text] of Object.entries(tools)) {
            writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
            chmodSync(join(bin, name), 0o755);
        }
        write("usr/sbin/exportfs");
        chmodSync(join(root, "usr/sbin/exportfs"), 0o755);
        write("proc/fs/nfsd/threads", "8\n");
        write("proc/fs/nfsd/versions", "+3 +4 +4.1 +4.2\n");
        for (const folder of ["units", "etc", "owners"]) mkdirSync(join(root, folder));
    });
    afterEach(() => rmSync(root, { recursive: true }));

    it("make an export for the nodes alone, and find it as it should be a second time", async () => {
        await up();
        const options = "rw,sync,no_subtree_check,all_squash,anonuid=65534,anongid=65534";
        assert.equal(
            read("etc/exports.d/m3perf-srv-m3perf-reports.exports"),
            `# m3perf: stack dev\n/srv/m3perf/reports 10.0.0.1(${options}) 10.0.0.2(${options})\n`,
        );
        assert.equal(read("owners/reports"), "65534:65534 770\n");
        assert.deepEqual(units(), ["nfs-server.service.active", "nfs-server.service.enabled"]);
        assert.match(await must("export", "up"), /as it should be/);
        assert.match(await must("directory", "up"), /belongs to the user that writes there/);
        assert.match(await must("check", "up"), /exports \/srv\/m3perf\/reports to 10\.0\.0\.1 10\.0\.0\.2/);
    });

    it("take back what was theirs, and leave nothing behind", async () => {
        await up();
        const said = await down();
        assert.match(said, /stopped nfs-server[\s\S]*removed \/srv\/m3perf\/reports\n[\s\S]*package stays/);
        assert.deepEqual(units(), []);
        for (const path of ["srv", "etc/exports.d", "var/lib/m3perf"]) assert.ok(!existsSync(join(root, path)), path);
        await down();
    });

    it("leave a folder with data in it, and say so", async () => {
        await up();
        write("srv/m3perf/reports/report.html", "42");
        assert.match(await down(), /\/srv\/m3perf\/reports stays with what is in it/);
        assert.equal(read("srv/m3perf/reports/report.html"), "42");
        rmSync(join(root, "srv/m3perf/reports/report.html"));
        await up();
        assert.match(await down(), /removed \/srv\/m3perf\/reports/, "still known to be ours");
    });

    it("give a folder that was there its owner back", async () => {
        mkdirSync(join(root, "srv/m3perf/reports"), { recursive: true });
        write("owners/reports", "0:4 2755\n");
        await up();
        await up();
        assert.equal(read("owners/reports"), "65534:65534 770\n");
        assert.match(await down(), /was there before: it stays, with its owner of then/);
        assert.equal(read("owners/reports"), "0:4 2755\n");
    });

    it("touch no folder of another user, no link and no file", async () => {
        mkdirSync(join(root, "srv/m3perf/reports"), { recursive: true });
        write("owners/reports", "1000:1000 755\n");
        const { code, stderr } = await sh("directory", "up");
        assert.equal(code, 1);
        assert.match(stderr, /repository: \/srv\/m3perf\/reports belongs to user 1000.*\n.*chown 65534:65534/);
        write("srv/file");
        assert.match((await sh("directory", "up", { directory: "/srv/file" })).stderr, /is there and no folder/);
    });

    it("respect a server that others use: neither its service nor their exports are touched", async () => {
        write("etc/exports", "/srv/homes 10.0.0.9(rw)\n");
        for (const state of ["enabled", "active"]) write(`units/nfs-server.service.${state}`);
        await up();
        assert.match(await down(), /goes on: it exports \/srv\/homes/);
        assert.equal(units().length, 2);
        assert.equal(read("etab"), "/srv/homes  10.0.0.9(rw)\n");
    });

    it("refuse a folder that is exported already, by /etc/exports or by another stack", async () => {
        write("etc/exports", '"/srv/m3perf/reports" *(rw)\n');
        const taken = await sh("export", "up");
        assert.equal(taken.code, 1);
        assert.match(taken.stderr, /is exported already, by \S+\/etc\/exports .*\n.*existing/);
        rmSync(join(root, "etc/exports"));
        await up();
        const { stderr } = await sh("export", "up", { owner: "stack other" });
        assert.match(stderr, /is not ours: # m3perf: stack dev/);
        assert.match(await must("export", "down", { owner: "stack other" }), /is another's by now and stays/);
        assert.equal(read("etab").split("\n").length, 3);
    });

    it("take the export back when exportfs does not like it", async () => {
        await up();
        const before = read("etc/exports.d/m3perf-srv-m3perf-reports.exports");
        write("broken");
        const { code, stderr } = await sh("export", "up", { clients: ["nowhere"] });
        assert.equal(code, 1);
        assert.match(
            stderr,
            /Failed to resolve nowhere\nrepository: exportfs -ra failed, and the export was taken back/,
        );
        assert.equal(read("etc/exports.d/m3perf-srv-m3perf-reports.exports"), before);
        assert.deepEqual(readdirSync(join(root, "etc/exports.d")).length, 1);
    });

    it("unmask rpcbind where it is masked, and mask it again", async () => {
        write("units/rpcbind.socket.masked");
        write("units/rpcbind.service.masked");
        await up();
        assert.deepEqual(units(), ["nfs-server.service.active", "nfs-server.service.enabled"]);
        await down();
        assert.deepEqual(units(), ["rpcbind.service.masked", "rpcbind.socket.masked"]);
    });

    it("see an export that is not what it should be", async () => {
        await up();
        const failure = async () => (await sh("check", "up")).stderr;
        write("etab", "/srv/m3perf/reports  10.0.0.1(rw)\n");
        assert.match(await failure(), /is not exported to 10\.0\.0\.2/);
        write("etab", ["10.0.0.1", "10.0.0.2", "*"].map((client) => `/srv/m3perf/reports  ${client}(rw)\n`).join(""));
        assert.match(await failure(), /is exported to \*, which is no node/);
        write("proc/fs/nfsd/versions", "+3 -4\n");
        assert.match(await failure(), /does not speak version 4/);
        write("proc/fs/nfsd/threads", "0\n");
        assert.match(await failure(), /no NFS server runs/);
    });

    it("install the server by the system's own package manager", async () => {
        const systems = {
            'ID="centos"\nID_LIKE="rhel fedora"\n': "dnf -y install nfs-utils",
            "ID=debian\n": "nfs-kernel-server",
        };
        for (const [release, command] of Object.entries(systems)) {
            rmSync(join(root, "usr/sbin/exportfs"));
            write("etc/os-release", release);
            await must("package", "up");
            assert.ok(read("log").trimEnd().endsWith(command), read("log"));
        }
        assert.match(await must("package", "up"), /is installed/);
        rmSync(join(root, "usr/sbin/exportfs"));
        write("etc/os-release", "ID=alpine\n");
        assert.match((await sh("package", "up")).stderr, /is neither of the EL nor of the Debian family/);
    });

    it("warn of a folder that is smaller than the claim", async () => {
        assert.match(
            await must("directory", "up", { sizeMi: 1e12 }),
            /note: .* has room for \d+ MiB, .* 1000000000000 MiB/,
        );
    });
});
