import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../../support/wait.ts";
import { type PulumiProject, pulumiProject } from "../../support/pulumi.ts";

describe("language host", function () {
    this.timeout(120_000);
    let project: PulumiProject;
    before(async () => {
        project = await pulumiProject("export {};");
    });
    after(() => project.remove());

    it("previews and runs an empty program", async () => {
        const preview = await project.run(["preview"]);
        assert.equal(preview.code, 0, preview.stdout + preview.stderr);
        await project.up();
        const again = await project.run(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
        assert.equal(again.code, 0, again.stdout);
    });

    it("runs TypeScript with modules of its own and shows what it prints", async () => {
        project.write("export interface Pair { left: number }\nexport const pair: Pair = { left: 41 };", "pair.ts");
        project.write(`
            import { type Pair, pair } from "./pair.ts";
            const next = (of: Pair): number => of.left + 1;
            console.log("said on stdout");
            console.error("said on stderr");
            export const answer = next(pair);`);
        const printed = await project.up();
        assert.match(printed, /said on stdout/);
        assert.match(printed, /said on stderr/);
        assert.deepEqual(await project.outputs(), { answer: 42 });
    });

    it("gives the program its stack, its config and its secret config", async () => {
        await project.run(["config", "set", "plain", "seen"]);
        await project.run(["config", "set", "--secret", "password", "hunter2"]);
        await project.run(["config", "set", "--path", "nested.list[0]", "first"]);
        project.write(`
            import * as pulumi from "@pulumi/pulumi";
            const config = new pulumi.Config();
            export const plain = config.require("plain"), password = config.requireSecret("password");
            export const nested = config.requireObject("nested");
            export const at = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack(), pulumi.runtime.isDryRun()];
            export const notInArguments = !process.argv.join(" ").includes("hunter2");`);
        const printed = await project.up();
        assert.ok(!printed.includes("hunter2"), printed);
        assert.deepEqual(await project.outputs(), {
            plain: "seen",
            password: "hunter2",
            nested: { list: ["first"] },
            at: ["organization", "tiny", "test", false],
            notInArguments: true,
        });
        assert.ok(!project.state().includes("hunter2"));
    });

    it("shows a program's error as it is, once, and not as one of the protocol", async () => {
        project.write(`
            import * as pulumi from "@pulumi/pulumi";
            throw new pulumi.RunError("2 settings are wrong:\\n  m3perf:a = 1   must be 2");`);
        const { code, stdout, stderr } = await project.run(["preview"]);
        assert.notEqual(code, 0);
        assert.match(stdout, /error: 2 settings are wrong:\s+m3perf:a = 1 {3}must be 2/);
        assert.doesNotMatch(stdout + stderr, /rpc|grpc|UNKNOWN|index\.ts:\d|exit code/i);
    });

    it("shows where an unexpected error came from", async () => {
        project.write('const list: string[] = [];\nif (list.length === 0) throw new Error("unforeseen");');
        const { code, stdout } = await project.run(["up", "--yes", "--skip-preview"]);
        assert.notEqual(code, 0);
        assert.match(stdout, /unhandled exception/);
        assert.match(stdout, /unforeseen/);
        assert.match(stdout, /index\.ts:2/);
    });

    it("tells the exit code of a program that ends itself", async () => {
        project.write("process.exit(3);");
        const { code, stdout, stderr } = await project.run(["preview"]);
        assert.notEqual(code, 0);
        assert.match(stdout + stderr, /exit code: 3/);
    });

    it("says what to do when the SDK is not installed", async () => {
        const bare = await pulumiProject("export {};");
        try {
            await bare.up();

            unlinkSync(join(bare.dir, "node_modules"));
            const { code, stdout, stderr } = await bare.run(["preview"]);
            assert.notEqual(code, 0);
            assert.match(stdout + stderr, /npm install|pulumi install/);
        } finally {
            await bare.remove();
        }
    });

    it("answers what pulumi about asks", async () => {
        const { code, stdout } = await project.run(["about", "--json"]);
        assert.equal(code, 0);
        const about = JSON.parse(stdout);
        assert.equal(about.runtime.language, "nodejs");
        assert.match(about.runtime.version, /24\.|22\./);
    });

    it("leaves no process behind when the update is interrupted", async () => {
        project.write(`
            import { writeFileSync } from "node:fs";
            writeFileSync("pid", String(process.pid));
            await new Promise((resolve) => setTimeout(resolve, 300_000));`);
        const child = project.start(["up", "--yes", "--skip-preview"]);
        const ended = new Promise((resolve) => child.once("exit", resolve));
        const pid = await programPid(project.dir);
        const host = parentOf(pid);
        child.kill("SIGINT");
        await ended;
        await waitFor({ what: "the program and its host to end", timeout: 10 }, () => !isAlive(pid) && !isAlive(host));
    });

    it("leaves no process behind when the CLI is killed", async () => {
        rmSync(join(project.dir, "pid"), { force: true });
        await project.run(["cancel", "--yes"]);
        const child = project.start(["preview"]);
        const pid = await programPid(project.dir);
        const host = parentOf(pid);
        child.kill("SIGKILL");
        await waitFor({ what: "the program and its host to end", timeout: 15 }, () => !isAlive(pid) && !isAlive(host));
        assert.deepEqual(processesIn(project.dir), []);
    });
});

function programPid(dir: string): Promise<number> {
    const file = join(dir, "pid");
    return waitFor(
        { what: "the program to run", timeout: 60 },
        () => existsSync(file) && Number(readFileSync(file, "utf8")),
    );
}

function parentOf(pid: number): number {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

function isAlive(pid: number): boolean {
    try {
        return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
        return false;
    }
}

/** Command lines of the processes that mention the folder. */
function processesIn(dir: string): string[] {
    return readdirSync("/proc").flatMap((entry) => {
        if (!/^\d+$/.test(entry)) return [];
        try {
            const line = readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ");
            return line.includes(dir) ? [line] : [];
        } catch {
            return [];
        }
    });
}
