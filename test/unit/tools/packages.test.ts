import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allPackages, listsAreOld, quietScripts, readPackageStatus } from "../../../lab/tools/packages.ts";
import { systemTools } from "../../../lab/tools/system.ts";
import { exec } from "../../../support/exec.ts";

describe("tools: Debian packages", () => {
    it("every system tool's package is in the list", () => {
        assert.deepEqual(
            systemTools.map((tool) => tool.package).filter((name) => !allPackages.includes(name)),
            [],
        );
    });

    it("only fully installed packages count as installed", () => {
        const status = "runc installed 1.1.5+ds1-1\netcd-server config-files 3.4.23-4\njq half-configured 1.6-2.1\n";
        assert.deepEqual([...readPackageStatus(status)], [["runc", "1.1.5+ds1-1"]]);
        assert.deepEqual([...readPackageStatus("")], []);
    });

    it("knows when the package lists have to be read", () => {
        assert.ok(listsAreOld("E: Unable to locate package etcd-server"));
        assert.ok(listsAreOld("E: Failed to fetch http://…/runc_1.1.5_amd64.deb  404  Not Found"));
        assert.ok(listsAreOld("E: Package 'runc' has no installation candidate"));
        assert.ok(!listsAreOld("E: dpkg was interrupted, you must manually run 'dpkg --configure -a'"));
    });

    describe("services of packages", () => {
        let folder: string;
        before(async () => {
            folder = await mkdtemp(join(tmpdir(), "m3perf-quiet-"));
            for (const [name, body] of Object.entries(quietScripts)) {
                await writeFile(join(folder, name), body.replaceAll("exec /usr", "echo /usr"));
            }
        });
        after(() => rm(folder, { recursive: true }));
        const call = (name: string, ...args: string[]) => exec("sh", [join(folder, name), ...args]);

        it("are not started", async () => {
            for (const name of ["invoke-rc.d", "deb-systemd-invoke"]) {
                assert.deepEqual(await call(name, "etcd", "start"), { code: 0, stdout: "", stderr: "" });
            }
        });

        it("are registered as disabled", async () => {
            assert.equal((await call("deb-systemd-helper", "--quiet", "was-enabled", "etcd.service")).code, 1);
            const update = await call("deb-systemd-helper", "update-state", "etcd.service");
            assert.equal(update.stdout, "/usr/bin/deb-systemd-helper update-state etcd.service\n");
            assert.equal(
                (await call("update-rc.d", "etcd", "defaults")).stdout,
                "/usr/sbin/update-rc.d etcd defaults-disabled\n",
            );
            assert.equal((await call("update-rc.d", "etcd", "remove")).stdout, "/usr/sbin/update-rc.d etcd remove\n");
        });
    });
});
