import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ensureSet } from "../../../lab/tools/build.ts";
import { readGoEnvironment } from "../../../lab/tools/go.ts";
import { ensureTools } from "../../../lab/tools/index.ts";
import { toolSets } from "../../../lab/tools/sets.ts";
import { findExecutable, searchPath } from "../../../lab/tools/system.ts";
import { probeVersion } from "../../../lab/tools/versions.ts";
import { withLock } from "../../../support/lock.ts";
import { createProgress } from "../../../support/progress.ts";
import { waitFor } from "../../../support/wait.ts";
import { tinySet, writeTinyManifest } from "./tiny.ts";

describe("tools: every executable", function () {
    this.timeout(3_600_000); // with empty caches this is the build of them all

    it("is there, of the version that is wanted; once built, asking again is quick and builds nothing", async () => {
        const tools = await ensureTools({ progress: createProgress() });
        for (const set of toolSets) {
            for (const name of Object.keys(set.binaries)) {
                const tool = tools.all().find((candidate) => candidate.name === name);
                assert.equal(tool?.version, set.version, name);
                assert.ok((await stat(tools.path(name))).isFile());
            }
        }
        for (const name of ["etcd", "etcdctl", "prometheus", "promtool", "runc", "nft", "sshd", "busybox"]) {
            const tool = tools.all().find((candidate) => candidate.name === name);
            assert.match(tool?.version ?? "", /^\d/, name);
        }
        assert.ok((await readdir(tools.path("cni-plugins"))).includes("host-local"));

        const before = await stat(tools.path("kubelet"));
        const progress = createProgress();
        const start = performance.now();
        await ensureTools({ progress });
        assert.deepEqual(progress.timings, [], "no step: nothing was built or installed");
        assert.equal((await stat(tools.path("kubelet"))).ino, before.ino);
        assert.ok(performance.now() - start < 15_000, "about a second on a quiet machine");
    });
});

describe("tools: building a set", function () {
    this.timeout(120_000);
    let folder: string;
    let cache: string;
    let manifest: string;
    let children: ChildProcess[];
    const builder = join(import.meta.dirname, "builder.ts");

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-build-"));
        cache = join(folder, "cache");
        manifest = join(folder, "manifest");
        children = [];
        await writeTinyManifest(manifest);
    });
    afterEach(async () => {
        for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
        await rm(folder, { recursive: true });
    });

    it("removes what a killed build left, also while a compiler of it still writes there", async () => {
        const options = { cache, manifest, go: await readGoEnvironment(), jobs: 2, note: () => {} };
        const left = join(cache, ".building-coredns.999", ".work");
        await mkdir(left, { recursive: true });
        const writes = `i=0; while [ $i -lt 10000 ]; do i=$((i+1)); true >${left}/$i; done 2>/dev/null`;
        const child = spawn("sh", ["-c", writes], { stdio: "ignore" });
        children.push(child);
        await waitFor({ what: "it to write", timeout: 20 }, async () => (await readdir(left)).length > 0);
        const built = await ensureSet(tinySet, options);
        const there = (await readdir(cache)).filter((name) => !name.startsWith(".lock"));
        assert.deepEqual(there, [basename(built)]);
    });

    const start = (environment: NodeJS.ProcessEnv = {}) => {
        const child = spawn(process.execPath, [builder, cache, manifest], {
            stdio: ["ignore", "pipe", "inherit"],
            env: { ...process.env, ...environment },
        });
        children.push(child);
        let output = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            output += text;
        });
        const ended = once(child, "close");
        /** Waits until the child is in the build of the second binary; returns the process id of its go. */
        const inSecond = () =>
            waitFor({ what: "the second binary's build", timeout: 60 }, async () => {
                assert.equal(child.exitCode, null, output);
                return Number(await readFile(join(folder, "second"), "utf8").catch(() => "0")) || undefined;
            });
        return { child, ended, inSecond, output: () => output };
    };
    /** A go command that stays in the second binary's build: what happens then happens in the middle, every time. */
    const slowGo = async (): Promise<NodeJS.ProcessEnv> => {
        const go = await findExecutable("go", searchPath());
        const stay = `case "$*" in *./two*) echo $$ >${folder}/second; exec sleep 60 ;; esac`;
        await writeFile(join(folder, "go"), `#!/bin/sh\n${stay}\nexec ${go} "$@"\n`);
        await chmod(join(folder, "go"), 0o755);
        return { PATH: `${folder}:${process.env.PATH}` };
    };
    const build = async () =>
        ensureSet(tinySet, { cache, manifest, go: await readGoEnvironment(), jobs: 2, note: () => {} });
    const folders = async () => (await readdir(cache)).filter((name) => !name.startsWith(".lock"));

    it("an interrupted build converges, and leaves nothing", async () => {
        const first = start(await slowGo());
        await first.inSecond();
        first.child.kill("SIGKILL");
        await first.ended;
        assert.match((await folders()).join(), /^\.building-coredns\.\d+$/);

        const built = await build();
        assert.deepEqual(await folders(), [basename(built)]);
        assert.deepEqual((await readdir(built)).filter((name) => !name.startsWith(".")).sort(), ["one", "two"]);
    });

    it("go does not outlive the one who builds", async () => {
        const { child, ended, inSecond } = start(await slowGo());
        const pid = await inSecond();
        child.kill("SIGKILL");
        await ended;
        await waitFor({ what: "the end of go", timeout: 10 }, () => !isRunning(pid));
    });

    it("two processes build it once", async () => {
        const both = [start(), start()];
        await Promise.all(both.map(({ ended }) => ended));
        const [one = "", two = ""] = both.map(({ output }) => output());
        assert.equal(one.match(/^built .*/m)?.[0], two.match(/^built .*/m)?.[0]);
        assert.equal([one, two].filter((output) => output.includes("one (1 of 2)")).length, 1);
    });

    it("a damaged or wrong binary in the cache is built again", async () => {
        const built = await build();
        const probe = { args: [], pattern: /^tiny (\S+)/ };
        await build(); // remembers what it has seen
        await truncate(join(built, "one"), 1000);
        await build();
        assert.deepEqual(await probeVersion(join(built, "one"), probe), { version: "1.2.3" });
        await rm(join(built, "two"));
        await writeFile(join(built, "two"), "#!/bin/sh\necho tiny 1.2.2\n");
        await chmod(join(built, "two"), 0o755);
        await build();
        assert.deepEqual(await probeVersion(join(built, "two"), probe), { version: "1.2.3" });
        assert.deepEqual(await folders(), [basename(built)]);
    });

    it("a build that fails says why and leaves nothing", async () => {
        await writeFile(join(manifest, "two/main.go"), "package main\n\nfunc main() { undefined() }\n");
        await assert.rejects(build(), /tiny 1\.2\.3 could not be built[\s\S]*undefined: undefined/);
        assert.deepEqual(await folders(), []);
    });

    it("a binary that tells another version than its set is refused", async () => {
        const set = { ...tinySet, variables: { "main.version": "9.9.9" } };
        const options = { cache, manifest, go: await readGoEnvironment(), jobs: 2, note: () => {} };
        await assert.rejects(ensureSet(set, options), /one is version 9\.9\.9, not 1\.2\.3/);
        assert.deepEqual(await folders(), []);
    });

    it("a signal stops the build", async () => {
        const stop = new AbortController();
        const options = { cache, manifest, go: await readGoEnvironment(), jobs: 2, signal: stop.signal };
        await assert.rejects(ensureSet(tinySet, { ...options, note: () => stop.abort() }), { name: "AbortError" });
        await withLock(join(cache, ".lock-coredns"), { timeout: 5 }, async () => {});
    });
});

function isRunning(pid: number): boolean {
    try {
        return process.kill(pid, 0);
    } catch {
        return false;
    }
}
