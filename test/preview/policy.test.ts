import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { type ProgramStack, programStack } from "../support/program.ts";

/** The verb as a user runs it; the tools of this machine's tests on its PATH. */
describe("m3perf policy", function () {
    this.timeout(240_000);
    const folder = mkdtempSync(join(tmpdir(), "m3perf-policy-"));
    let stack: ProgramStack;
    before(async () => {
        stack = await programStack("policy", {});
    });
    after(() => {
        stack.remove();
        rmSync(folder, { recursive: true });
    });
    const policy = (...words: string[]) =>
        exec(process.execPath, [join(projectRoot, "operations/cli/main.ts"), "policy", ...words], {
            cwd: projectRoot,
            env: stack.env,
            timeout: 180,
        });

    for (const name of ["dev", "multi-cluster", "colocated"]) {
        it(`holds for the stack ${name}, as the real engine previews it`, async () => {
            const { code, stdout, stderr } = await policy("--stack", name, "--json");
            assert.equal(code, 0, stdout + stderr);
            const { breaches, pods } = JSON.parse(stdout) as { breaches: unknown[]; pods: number };
            assert.deepEqual(breaches, []);
            assert.ok(pods >= 6, String(pods));
        });
    }

    it("refuses a kept preview in which something is broken, and one that is none", async () => {
        const file = join(folder, "preview.json");
        const pod = { containers: [{ name: "a", image: "a:1", securityContext: { privileged: true } }] };
        const inputs = { kind: "Deployment", metadata: { name: "bad" }, spec: { template: { spec: pod } } };
        const newState = { type: "kubernetes:apps/v1:Deployment", inputs };
        writeFileSync(file, JSON.stringify({ steps: [{ op: "create", urn: "urn:pulumi:a::b::c::bad", newState }] }));
        const broken = await policy("--file", file);
        assert.equal(broken.code, 1);
        assert.match(broken.stdout, /BROKEN {2}pods\.restricted: .*\n {10}Deployment bad: a: privileged/);
        writeFileSync(file, "{}");
        const none = await policy("--file", file);
        assert.equal(none.code, 1);
        assert.match(none.stderr, /this is no `pulumi preview --json`/);
        const nowhere = await policy("--file", join(folder, "nowhere.json"));
        assert.equal(nowhere.code, 64);
    });
});
