import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inTurn } from "../../../operations/stack/bring.ts";
import { changedByOthers } from "../../../operations/stack/other-hands.ts";
import { runEngine } from "../../../operations/stack/pulumi.ts";
import type { Session } from "../../../operations/stack/session.ts";
import { engineStep } from "../../../operations/stack/update.ts";
import { UserError } from "../../../support/errors.ts";
import type { Progress } from "../../../support/progress.ts";
import { waitFor } from "../../../support/wait.ts";

describe("updates of one stack at the same moment", () => {
    const session = { env: {}, project: "m3perf", stack: "dev" } as Session;
    const locked = new UserError("pulumi up failed", {
        what: "the stack is currently locked by 1 lock(s). Either wait …",
    });

    it("take turns: one that was refused for the other's lock tries again", async () => {
        const said: string[] = [];
        let tries = 0;
        const work = async () => {
            tries += 1;
            if (tries < 3) throw locked;
            return "done";
        };
        const result = await inTurn(session, { say: (text) => said.push(text) }, work, () => 1);
        assert.deepEqual([result, tries, said.length], ["done", 3, 2]);
    });

    it("do not try again for anything else, nor for ever", async () => {
        let tries = 0;
        const fails = (error: Error) => async () => {
            tries += 1;
            throw error;
        };
        const other = new UserError("pulumi up failed", { what: "quota" });
        await assert.rejects(
            inTurn(session, { say() {} }, fails(other), () => 1),
            other,
        );
        assert.equal(tries, 1);
        await assert.rejects(
            inTurn(session, { say() {} }, fails(locked), () => 1),
            locked,
        );
        assert.equal(tries, 11);
    });
});

const silent: Progress = { plan() {}, say() {}, step: (_, work) => work(() => {}), timings: [] };

describe("the engine's process", () => {
    let folder: string;
    let session: Session;
    const ready = () => join(folder, "pulumi.ready"); // a signal before its trap would end it without its word
    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-engine-"));
        const script = "#!/bin/sh\ntrap 'echo stopping; exit 1' INT\n: >$0.ready\nwhile :; do sleep 0.1; done\n";
        await writeFile(join(folder, "pulumi"), script, { mode: 0o755 });
        session = {
            project: "m3perf",
            stack: "dev",
            site: "lab",
            lab: "lab",
            env: { PATH: `${folder}:${process.env.PATH}` },
            configFile: null,
            choices: [],
            idle: false,
            folder,
            close: async () => {},
        };
    });
    after(() => rm(folder, { recursive: true }));

    /** Ends what runs by a signal to ourselves. */
    async function signalled(signal: NodeJS.Signals): Promise<void> {
        await waitFor({ what: "the engine", timeout: 10, every: 0.02 }, () => existsSync(ready()));
        await rm(ready());
        process.kill(process.pid, signal);
    }

    it("is asked to stop, once, by each signal that ends us, a closed terminal's included", async () => {
        for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
            const run = runEngine(session, ["up"], { line: () => {}, note: () => {} });
            await signalled(signal);
            const { code, said } = await run;
            assert.equal(code, 130);
            assert.match(said, /stopping/, signal);
        }
    });

    it("that refuses the settings ends the command with 78, and for anything else with 1", async () => {
        const bin = await mkdtemp(join(tmpdir(), "m3perf-refusing-"));
        const refusing = { ...session, env: { PATH: `${bin}:${process.env.PATH}` } };
        const said = async (message: string) => {
            const event = JSON.stringify({ diagnosticEvent: { urn: "", message, severity: "error" } });
            await writeFile(join(bin, "pulumi"), `#!/bin/sh\ncat <<'END'\n${event}\nEND\nexit 1\n`, { mode: 0o755 });
            const failed = await engineStep(refusing, "pulumi up", ["up"], silent).catch((error) => error);
            assert.ok(failed instanceof UserError);
            assert.ok(failed.message.includes(message.split("\n")[0] ?? ""), failed.message);
            return failed.exitCode;
        };
        try {
            assert.equal(await said("1 setting is wrong in Pulumi.dev.yaml:\n  m3perf:etcd.members = 3"), 78);
            assert.equal(await said("2 settings are wrong in Pulumi.dev.yaml:\n  a\n  b"), 78);
            assert.equal(await said("the kubeconfig /k has no usable context (none is current)"), 78);
            assert.equal(await said("pods cannot be created: 1 setting is wrong in their namespace"), 1);
        } finally {
            await rm(bin, { recursive: true });
        }
    });

    it("that looks for other hands and is interrupted interrupts the command: it is no cluster that could not be asked", async () => {
        const looking = changedByOthers(session, silent);
        await Promise.all([
            assert.rejects(looking, (error: unknown) => error instanceof UserError && error.exitCode === 130),
            signalled("SIGINT"),
        ]);
    });
});
