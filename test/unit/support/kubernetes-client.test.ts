import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../support/exec.ts";
import * as client from "../../../support/kubernetes-client.ts";
import { projectRoot } from "../../../support/paths.ts";

describe("the Kubernetes client", function () {
    this.timeout(30_000);

    it("is one file, which bin/bootstrap has made, with all that is used of it", () => {
        assert.ok(existsSync(client.oneFile), client.oneFile);
        for (const [name, value] of Object.entries(client)) assert.ok(value, name);
        const config = new client.KubeConfig();
        config.loadFromClusterAndUser(
            { name: "one", server: "https://127.0.0.1:1", skipTLSVerify: true },
            { name: "one" },
        );
        assert.ok(config.makeApiClient(client.CoreV1Api) instanceof client.CoreV1Api);
    });

    it("is the library itself where there is no such file", async () => {
        const clone = await mkdtemp(join(tmpdir(), "m3perf-client-"));
        try {
            await cp(join(projectRoot, "support"), join(clone, "support"), { recursive: true });
            await mkdir(join(clone, "node_modules"));
            const scope = "node_modules/@kubernetes";
            await symlink(join(projectRoot, scope), join(clone, scope));
            await writeFile(join(clone, "package.json"), '{"type": "module"}');
            const program =
                'const c = await import("./support/kubernetes-client.ts"); console.log(Object.values(c).every(Boolean), new c.KubeConfig().getUsers())';
            const stdout = await run(process.execPath, ["--input-type=module", "-e", program], { cwd: clone });
            assert.equal(stdout.trim(), "true []");
        } finally {
            await rm(clone, { recursive: true, force: true });
        }
    });
});
