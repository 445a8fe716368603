import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../support/wait.ts";
import { type PulumiProject, pulumiProject } from "../../support/pulumi.ts";
import { ed25519Pair } from "../../support/ssh-keys.ts";
import { type SshServer, sshServer } from "../../support/sshd.ts";

describe("command provider, remote (a real sshd on 127.0.0.1)", function () {
    this.timeout(120_000);
    let project: PulumiProject;
    let server: SshServer;
    let imports: string;
    before(async () => {
        server = await sshServer();
        project = await pulumiProject("", ["command"]);
        project.write(server.privateKey, "key");
        imports = `
            import * as command from "@pulumi/command";
            import * as pulumi from "@pulumi/pulumi";
            import { readFileSync } from "node:fs";
            const connection = {
                host: "127.0.0.1", port: ${server.port}, user: ${JSON.stringify(server.user)},
                privateKey: readFileSync("key", "utf8"), hostKey: ${JSON.stringify(server.hostKey)},
            };
        `;
        await server.start();
    });
    after(async () => {
        await project?.remove();
        await server?.remove();
    });

    it("creates, updates and deletes over SSH with environment and stdin; the connection is sealed", async () => {
        const journal = join(project.dir, "journal");
        const program = (who: string) => `${imports}
            const c = new command.remote.Command("life", {
                connection,
                create: "cat >> ${journal}; echo create $LAB_WHO >> ${journal}; echo made; echo aside >&2",
                delete: "echo delete after $PULUMI_COMMAND_STDOUT >> ${journal}",
                environment: { LAB_WHO: "${who}" },
                stdin: "in\\n",
            });
            export const stdout = c.stdout, stderr = c.stderr;`;
        project.write(program("ann"));
        assert.equal((await project.run(["preview"])).code, 0);
        assert.ok(!existsSync(journal));
        await project.up();
        assert.deepEqual(await project.outputs(), { stdout: "made", stderr: "aside" });
        const state = project.state();
        assert.ok(!state.includes("PRIVATE KEY") && !state.includes(server.privateKey.split("\n")[1] ?? "-"));
        const same = await project.run(["up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"]);
        assert.equal(same.code, 0, same.stdout);
        project.write(program("bob"));
        await project.up();
        project.write("");
        await project.up();
        const lines = readFileSync(journal, "utf8").trim().split("\n");
        assert.deepEqual(lines, ["in", "create ann", "in", "create bob", "delete after made"]);
    });

    it("fails with the remote command's status and output", async () => {
        project.write(`${imports}
            new command.remote.Command("failing", { connection, create: "echo why; exit 9" });`);
        const { code, stdout } = await project.run(["up", "--yes", "--skip-preview"]);
        assert.notEqual(code, 0);
        assert.match(stdout, /status 9/);
        assert.match(stdout, /why/);
    });

    it("refuses a wrong host key at once and sends nothing", async () => {
        const marker = join(project.dir, "sent");
        const other = ed25519Pair().public;
        project.write(`${imports}
            new command.remote.Command("elsewhere", {
                connection: { ...connection, hostKey: ${JSON.stringify(other)}, dialErrorLimit: 0 }, create: "touch ${marker}",
            });`);
        const { code, stdout } = await project.run(["up", "--yes", "--skip-preview"]);
        assert.notEqual(code, 0);
        assert.match(stdout, /host key|key mismatch/);
        assert.ok(!existsSync(marker));
    });

    it("dials again until the host answers", async () => {
        await server.stop();
        project.write(`${imports}
            export const out = new command.remote.Command("patient", {
                connection: { ...connection, dialErrorLimit: -1, perDialTimeout: 2 }, create: "echo at last",
            }).stdout;`);
        const up = project.up();
        const later = new Promise((resolve) => setTimeout(resolve, 4000)); // it must have failed a few times by then
        await Promise.all([later.then(() => server.start()), up]);
        assert.equal((await project.outputs()).out, "at last");
    });

    it("gives up after the limit of failed attempts, naming the host", async () => {
        await server.stop();
        project.write(`${imports}
            new command.remote.Command("hasty", { connection: { ...connection, dialErrorLimit: 2 }, create: "true" });`);
        const { code, stdout } = await project.run(["up", "--yes", "--skip-preview"]);
        await server.start();
        assert.notEqual(code, 0);
        assert.match(stdout, /127\.0\.0\.1/);
        assert.match(stdout, /refused/i);
    });

    it("reaches a host through a jump host", async () => {
        project.write(`${imports}
            export const out = new command.remote.Command("behind", {
                connection: { ...connection, proxy: { ...connection } }, create: "echo $SSH_CONNECTION | cut -d' ' -f1",
            }).stdout;`);
        await project.up();
        assert.equal((await project.outputs()).out, "127.0.0.1");
    });

    it("copies a file, a text and a folder, and again only what has changed", async () => {
        mkdirSync(join(project.dir, "tree/deep"), { recursive: true });
        project.write("one", "tree/a.txt");
        writeFileSync(join(project.dir, "tree/deep/b.bin"), Buffer.alloc(300_000, 7));
        project.write("single", "single.txt");
        const target = join(project.dir, "remote");
        project.write(`${imports}
            const copy = (name: string, source: any, path: string) =>
                new command.remote.CopyToRemote(name, { connection, source, remotePath: "${target}/" + path });
            copy("file", new pulumi.asset.FileAsset("single.txt"), "made/for/it.txt");
            copy("text", new pulumi.asset.StringAsset("some text"), "text.txt");
            copy("folder", new pulumi.asset.FileArchive("tree"), "folder");
            copy("content", new pulumi.asset.FileArchive("tree/"), "content");`);
        await project.up();
        const read = (path: string) => readFileSync(join(target, path), "utf8");
        assert.equal(read("made/for/it.txt"), "single");
        assert.equal(read("text.txt"), "some text");
        assert.equal(read("folder/tree/a.txt"), "one");
        assert.equal(read("content/a.txt"), "one");
        assert.deepEqual(readFileSync(join(target, "folder/tree/deep/b.bin")), Buffer.alloc(300_000, 7));
        const same = await project.run(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
        assert.equal(same.code, 0, same.stdout);

        const before = statSync(join(target, "made/for/it.txt")).mtimeMs;
        project.write("two", "tree/a.txt");
        assert.match(await project.up(), /~ 2 updated/);
        assert.equal(read("folder/tree/a.txt"), "two");
        assert.equal(read("content/a.txt"), "two");
        assert.equal(statSync(join(target, "made/for/it.txt")).mtimeMs, before);
    });

    it("refuses to import a command", async () => {
        const { code, stdout, stderr } = await project.run(["import", "command:remote:Command", "x", "y", "--yes"]);
        assert.notEqual(code, 0);
        assert.match(stdout + stderr, /import|not (found|exist)/i);
    });

    it("ends the remote command when the update is cancelled", async () => {
        const marker = `m3perf-cancel-${process.pid}`;
        project.write(`${imports}
            new command.remote.Command("long", { connection, create: "exec -a ${marker} sleep 300" });`);
        const child = project.start(["up", "--yes", "--skip-preview"]);
        const ended = new Promise((resolve) => child.once("exit", resolve));
        await waitFor({ what: "the remote command to run", timeout: 60 }, () => processes(marker) > 0);
        child.kill("SIGINT");
        await ended;
        await waitFor({ what: "the remote command to end", timeout: 10 }, () => processes(marker) === 0);
        assert.equal(processes(marker), 0);
    });
});

/** How many processes bear this name as their first argument. */
function processes(name: string): number {
    const list = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
    return list.split("\n").filter((line) => line.startsWith(`${name} `)).length;
}
