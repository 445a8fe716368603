import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellPulumi } from "../../../lab/shell.ts";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";

/** The script with its folders moved into a temporary one: a real `pulumi` that prints what it was given. */
describe("pulumi in the lab's shell", () => {
    let root = "";
    const copy = () => join(root, "copies", "Pulumi.dev.yaml");

    beforeEach(async () => {
        root = await mkdtemp(join(tmpdir(), "m3perf-shell-"));
        await mkdir(join(root, "project/sub"), { recursive: true });
        await mkdir(join(root, "copies"));
        await writeFile(join(root, "project/Pulumi.dev.yaml"), "config:\n  m3perf:site: lab\n");
        await writeFile(join(root, "real"), '#!/bin/sh\necho "$PULUMI_OPTION_CONFIG_FILE|$*"\n');
        await chmod(join(root, "real"), 0o755);
    });
    afterEach(() => rm(root, { recursive: true }));

    async function run(words: string[], lab = "lab", cwd = join(root, "project")): Promise<string> {
        const script = shellPulumi({ lab, bin: "/bin" })
            .replace(/^real=.*$/m, `real='${root}/real'`)
            .replace(/^project=.*$/m, `project='${root}/project'`)
            .replace(/^copies=.*$/m, `copies='${root}/copies'`);
        await writeFile(join(root, "script"), script);
        const { code, stdout, stderr } = await exec("sh", [join(root, "script"), ...words], {
            cwd,
            env: { PATH: process.env.PATH },
        });
        assert.equal(code, 0, stderr);
        return stdout.trim();
    }

    it("copies the stack's settings before each run, and keeps the salt that the CLI has added to the copy", async () => {
        assert.equal(await run(["preview", "--diff"]), `${copy()}|preview --diff`);
        await writeFile(copy(), "config: {}\nencryptionsalt: v1:abc\n");
        await writeFile(join(root, "project/Pulumi.dev.yaml"), "config:\n  m3perf:site: mine.yaml\n");
        await run(["up", "--stack", "dev"], "lab", join(root, "project/sub"));
        assert.equal(await readFile(copy(), "utf8"), "config:\n  m3perf:site: mine.yaml\nencryptionsalt: v1:abc\n");
    });

    it("names another lab's site by its file", async () => {
        await run(["up", "--stack=dev"], "e2e");
        assert.match(await readFile(copy(), "utf8"), /m3perf:site: \/var\/lib\/m3perf\/e2e\/site.yaml\n/);
    });

    it("leaves other commands, other projects, stacks without a file, and a settings file that is named, alone", async () => {
        assert.equal(await run(["config", "set", "a", "b"]), "|config set a b");
        assert.equal(await run(["preview"], "lab", root), "|preview");
        assert.equal(await run(["preview", "-s", "other"]), "|preview -s other");
        assert.equal(await run(["preview", "--config-file", "x"]), "|preview --config-file x");
    });

    it("is for this project and the CLI that the lab uses", () => {
        const script = shellPulumi({ lab: "lab", bin: "/cache/it's/bin" });
        assert.ok(script.includes(`real='/cache/it'\\''s/bin/pulumi'`));
        assert.ok(script.includes(`project='${projectRoot.replace(/\/$/, "")}'`));
    });
});
