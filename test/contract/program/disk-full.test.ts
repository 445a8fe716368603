import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../../support/exec.ts";
import { type PulumiProject, pulumiProject } from "../../support/pulumi.ts";

const program = `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
const count = Number(new pulumi.Config().get("count") ?? "2");
for (let index = 0; index < count; index += 1) new random.RandomString("text-" + index, { length: 8 });
`;

describe("the disk with the stack's state is full", function () {
    this.timeout(120_000);
    let project: PulumiProject;
    let disk: string;
    let mounted = false;

    before(async () => {
        project = await pulumiProject(program, ["random"]);
        disk = mkdtempSync(join(tmpdir(), "m3perf-full-"));
        await run("mount", ["-t", "tmpfs", "-o", "size=512k", "m3perf-full", disk]);
        mounted = true;
        cpSync(fileURLToPath(project.env.PULUMI_BACKEND_URL ?? ""), disk, { recursive: true });
    });
    after(async () => {
        await project?.remove();
        if (mounted) await run("umount", [disk]);
        if (disk) rmSync(disk, { recursive: true, force: true });
    });

    const pulumi = (...args: string[]) =>
        project.run(args, { env: { ...project.env, PULUMI_BACKEND_URL: `file://${disk}` } });
    const up = () => pulumi("up", "--yes", "--skip-preview");
    const state = () => readFileSync(join(disk, ".pulumi/stacks/tiny/test.json"), "utf8");

    it("up fails and says so, the state stays whole, and with room again up goes on", async () => {
        const first = await up();
        assert.equal(first.code, 0, first.stdout + first.stderr);
        const filler = join(disk, "filler");
        const { bavail, bsize } = statfsSync(disk);
        writeFileSync(filler, Buffer.alloc(bavail * bsize));
        assert.equal(statfsSync(disk).bavail, 0);

        await pulumi("config", "set", "count", "40");
        const full = await up();
        assert.notEqual(full.code, 0, full.stdout);
        assert.match(full.stdout + full.stderr, /no space left on device/);
        const { checkpoint } = JSON.parse(state()) as { checkpoint: { latest: { resources: unknown[] } } };
        assert.ok(checkpoint.latest.resources.length >= 3, "what was there before is no longer in the state");

        rmSync(filler);
        await pulumi("cancel", "--yes"); // the lock, where it could not be removed; without one it does nothing
        const again = await up();
        assert.equal(again.code, 0, again.stdout + again.stderr);
        const nothing = await pulumi("preview", "--expect-no-changes");
        assert.equal(nothing.code, 0, nothing.stdout + nothing.stderr);
    });
});
