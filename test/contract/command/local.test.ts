import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../support/wait.ts";
import { type PulumiProject, pulumiProject } from "../../support/pulumi.ts";

const imports = `
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
`;

describe("command provider, local", function () {
    this.timeout(120_000);
    let project: PulumiProject;
    const journal = () => readFileSync(join(project.dir, "journal"), "utf8").trim().split("\n");
    before(async () => {
        project = await pulumiProject("", ["command"]);
    });
    after(() => project.remove());

    it("creates, updates, replaces and deletes", async () => {
        const program = (value: string, trigger: string, more = "") => `${imports}
            const c = new command.local.Command("life", {
                create: "echo create $WHO >> journal; echo made by create; echo aside >&2",
                update: "echo update $WHO after $PULUMI_COMMAND_STDOUT >> journal; echo made by update",
                delete: "echo delete after $PULUMI_COMMAND_STDOUT >> journal",
                environment: { WHO: "${value}" },
                triggers: ["${trigger}", 1],
                ${more}
            });
            export const stdout = c.stdout, stderr = c.stderr;`;
        project.write(program("ann", "a"));
        const preview = await project.run(["preview", "--diff"]);
        assert.equal(preview.code, 0, preview.stdout + preview.stderr);
        assert.ok(!existsSync(join(project.dir, "journal")), "a preview runs nothing");
        assert.match(await project.up(), /made by create/); // logged as it runs
        assert.deepEqual(await project.outputs(), { stdout: "made by create", stderr: "aside" });
        assert.match(String((await project.resource("life")).id), /^life[0-9a-f]{8}$/);

        const same = await project.run(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
        assert.equal(same.code, 0, same.stdout);
        const refreshed = await project.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
        assert.equal(refreshed.code, 0, refreshed.stdout);

        project.write(program("bob", "a"));
        assert.match((await project.run(["preview", "--diff"])).stdout, /WHO: "ann" => "bob"/);
        await project.up();
        assert.deepEqual(await project.outputs(), { stdout: "made by update", stderr: "" });

        project.write(program("bob", "b", "addPreviousOutputInEnv: false,"));
        assert.match((await project.run(["preview"])).stdout, /to replace/);
        await project.up();
        project.write("");
        await project.up();
        assert.deepEqual(journal(), [
            "create ann",
            "update bob after made by create",
            "create bob",
            "delete after made by update",
            "delete after",
        ]);
    });

    it("runs create again on a change when there is no update, with stdin, dir, interpreter and logging", async () => {
        const program = (stdin: string) => `${imports}
            const again = new command.local.Command("again", { create: "cat", stdin: "${stdin}" });
            const where = new command.local.Command("where", { create: "pwd", dir: "/tmp" });
            const node = new command.local.Command("node", {
                create: "console.log(6 * 7)", interpreter: [process.execPath, "-e"], logging: "none",
            });
            export const out = { again: again.stdout, where: where.stdout, node: node.stdout };`;
        project.write(program("one"));
        assert.doesNotMatch(await project.up("--diff"), /^\s*42$/m);
        project.write(program("two"));
        await project.up();
        assert.deepEqual((await project.outputs()).out, { again: "two", where: "/tmp", node: "42" });
    });

    it("returns files by globs as assets and as an archive", async () => {
        project.write(`${imports}
            const c = new command.local.Command("files", {
                create: "mkdir -p out/in && echo a > out/a.txt && echo b > out/in/b.txt && echo s > out/secret.txt",
                assetPaths: ["out/**.txt", "!**secret.txt"],
                archivePaths: ["out/*.txt"],
            });
            export const names = c.assets.apply((assets) => Object.keys(assets ?? {}).sort());
            export const inArchive = c.archive.apply(async (archive: any) => Object.keys(await archive.assets).sort());`);
        await project.up();
        const { names, inArchive } = await project.outputs();
        assert.deepEqual(names, ["out/a.txt", "out/in/b.txt"]);
        assert.deepEqual(inArchive, ["out/a.txt", "out/secret.txt"]);
        const same = await project.run(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
        assert.equal(same.code, 0, same.stdout);
    });

    it("seals the outputs of secret inputs; shows neither command nor output when the command is secret", async () => {
        project.write(`${imports}
            const c = new command.local.Command("sealed", {
                create: "echo value: $PASSWORD", environment: { PASSWORD: pulumi.secret("hunter2") },
            });
            export const out = c.stdout;`);
        const printed = await project.up();
        assert.ok(!printed.includes("hunter2"), printed);
        assert.equal((await project.outputs()).out, "value: hunter2");
        assert.ok(!project.state().includes("hunter2"));
        project.write(`${imports}
            new command.local.Command("leak", { create: pulumi.secret("echo hunter2; exit 3") });`);
        const { code, stdout, stderr } = await project.run(["up", "--yes", "--skip-preview"]);
        assert.notEqual(code, 0);
        assert.match(stdout, /exit status 3/);
        assert.ok(!(stdout + stderr).includes("hunter2"), stdout + stderr);
    });

    it("shows the failure of a command with a secret environment variable, without its value", async () => {
        project.write(`${imports}
            new command.local.Command("refused", {
                create: 'echo "trying $TOKEN"; echo "server refused $TOKEN" >&2; echo "$TOKEN" | base64; exit 5',
                environment: { TOKEN: pulumi.secret("first-line-1\\nsecond-line-2") },
            });`);
        const { code, stdout, stderr } = await project.run(["up", "--yes", "--skip-preview"]);
        const printed = stdout + stderr;
        assert.notEqual(code, 0);
        assert.match(printed, /exit status 5/);
        assert.match(printed, /trying \[secret\]/);
        assert.match(printed, /server refused \[secret\]/);
        assert.doesNotMatch(printed, /first-line-1|second-line-2/);
        assert.ok(!printed.includes(Buffer.from("first-line-1").toString("base64")), printed);
    });

    it("fails with the command's output on a non-zero exit code, and tries again next time", async () => {
        const program = (code: number) => `${imports}
            new command.local.Command("failing", { create: "echo before; echo why >&2; exit ${code}" });`;
        project.write(program(7));
        const { code, stdout } = await project.run(["up", "--yes", "--skip-preview"]);
        assert.notEqual(code, 0);
        assert.match(stdout, /exit status 7/);
        assert.match(stdout, /before\s+why/);
        project.write(program(0));
        assert.match(await project.up(), /\+ 1 created/);
    });

    it("ends a command that takes longer than its customTimeouts", async () => {
        project.write(`${imports}
            new command.local.Command("slow", { create: "echo begun; sleep 60" }, { customTimeouts: { create: "2s" } });`);
        const begin = performance.now();
        const { code, stdout } = await project.run(["up", "--yes", "--skip-preview"]);
        assert.notEqual(code, 0);
        assert.match(stdout, /begun/);
        assert.ok(performance.now() - begin < 30_000);
    });

    it("refuses wrong inputs at preview, naming them", async () => {
        project.write(`${imports}
            new command.local.Command("wrong", { create: "true", logging: "loud" as any });`);
        const { code, stdout } = await project.run(["preview"]);
        assert.notEqual(code, 0);
        assert.match(stdout, /logging/);
        assert.match(stdout, /stdoutAndStderr/);
    });

    it("runs local.run in the program, at preview as well", async () => {
        project.write(`${imports}
            export const out = command.local.runOutput({ command: "echo from $X", environment: { X: "here" } }).stdout;`);
        assert.match((await project.run(["preview"])).stdout, /from here/);
    });

    it("ends the command and all it started when the update is cancelled", async () => {
        project.write(`${imports}
            new command.local.Command("long", { create: "sleep 300 & echo $! > pid; wait" });`);
        const child = project.start(["up", "--yes", "--skip-preview"]);
        const ended = new Promise((resolve) => child.once("exit", resolve));
        const pidFile = join(project.dir, "pid");
        const pid = await waitFor({ what: "the command to run", timeout: 60 }, () => {
            return existsSync(pidFile) && Number(readFileSync(pidFile, "utf8"));
        });
        child.kill("SIGINT");
        await ended;
        await waitFor({ what: "the command's child to end", timeout: 10 }, () => !isAlive(pid));
        assert.ok(!isAlive(pid));
    });
});

function isAlive(pid: number): boolean {
    try {
        return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
        return false;
    }
}
