import assert from "node:assert/strict";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { run } from "../../../support/exec.ts";
import { projectRoot, userPath } from "../../../support/paths.ts";

describe("bin/bootstrap", () => {
    it("starts a command in the project's folder, and tells where the user is: paths are meant from there", async () => {
        const words = ["sh", "-c", 'pwd -P; echo "$M3PERF_CWD"'];
        const told = await run(join(projectRoot, "bin/bootstrap"), words, { cwd: tmpdir(), timeout: 60 });
        assert.deepEqual(told.trim().split("\n"), [projectRoot.replace(/\/$/, ""), tmpdir()]);
        assert.equal(userPath("sites/own.yaml", { M3PERF_CWD: "/srv/my sites" }), "/srv/my sites/sites/own.yaml");
        assert.equal(userPath("/etc/own.yaml", { M3PERF_CWD: "/srv" }), "/etc/own.yaml");
    });

    it("gives what it starts the home of the user where there is none in the environment", async () => {
        const home = async (env: NodeJS.ProcessEnv) =>
            (await run(join(projectRoot, "bin/bootstrap"), ["sh", "-c", 'echo "$HOME"'], { env, timeout: 60 })).trim();
        const { HOME: _, ...rest } = process.env;
        assert.equal(await home(rest), userInfo().homedir);
        assert.equal(await home({ ...rest, HOME: "/some where", M3PERF_CACHE: "/nonexistent" }), "/some where");
    });
});
