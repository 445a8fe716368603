import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPlanFor } from "../../../../agent/load/reads-plan.ts";
import { projectRoot } from "../../../../support/paths.ts";
import { planOf } from "./plans.ts";

const nobody = "http://127.0.0.1:1/";
const plans = {
    "main.ts": planOf({ urls: [`${nobody}api/v1/prom/remote/write`], timeoutMs: 500 }),
    "reads-main.ts": readPlanFor(planOf(), [nobody], { queriesPerSecond: 20 }),
};

/** The modules' loading goes on until the channel has closed: nobody listens for that yet. */
const slowModules = 'await new Promise((done) => process.once("disconnect", done))';

describe("load: a generator without an end whose m3perf is killed while it loads its modules", () => {
    const folder = mkdtempSync(join(tmpdir(), "m3perf-abandoned-"));
    after(() => rmSync(folder, { recursive: true }));

    for (const [program, plan] of Object.entries(plans)) {
        it(`ends by itself: ${program}`, async () => {
            const child = fork(join(projectRoot, "agent/load", program), ["--plan", "-", "--out", folder], {
                stdio: ["pipe", "ignore", "ignore", "ipc"],
                execArgv: ["--import", `data:text/javascript,${encodeURIComponent(slowModules)}`],
            });
            try {
                const ended = once(child, "exit", { signal: AbortSignal.timeout(20_000) });
                child.disconnect();
                child.stdin?.end(JSON.stringify({ plan, tokens: [] }));
                assert.deepEqual(await ended, [0, null]);
            } finally {
                child.kill("SIGKILL");
            }
        }).timeout(30_000);
    }
});
