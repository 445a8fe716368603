import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LoadInterval } from "../../agent/load/types.ts";
import { type RunEvent, type RunRecord, runFiles, type Verdict } from "../../operations/scenarios/types.ts";
import { m3perf, stack, standsOn, temporaryFolder } from "./environment.ts";

interface ScenarioJson {
    ok: boolean;
    runs: { folder: string; state: RunRecord["state"]; verdicts: Verdict[] }[];
}

describe("e2e: a scenario with a fault, from its one command to its report", function () {
    this.timeout(15 * 60_000);
    before(() => standsOn("up", "up"));

    it("node-failure, short: a kubelet of a node with M3DB and etcd stops under load, and nothing is lost", async () => {
        const out = await temporaryFolder();
        const words = ["scenario", "node-failure", "--short", "--stack", stack, "--as-is", "--out", out, "--json"];
        const { code, stdout, stderr } = await m3perf(words);
        assert.ok(code === 0 || code === 1, stderr.slice(-4000));
        const [run] = (JSON.parse(stdout) as ScenarioJson).runs;
        assert.ok(run);
        const verdict = (id: string) => run.verdicts.find((one) => one.id === id);
        // What a busy machine decides (seconds, a late answer) is told by the run; these are not a matter of speed.
        const must = ["lost-samples", "wrong-samples", "collection-lost", "nodes-lost", "verify-after"];
        for (const id of must)
            assert.equal(verdict(id)?.ok, true, `${id}: ${verdict(id)?.measured} ${verdict(id)?.why ?? ""}`);
        assert.equal(code, run.state === "passed" ? 0 : 1);
        for (const name of [runFiles.html, runFiles.markdown, runFiles.watch, runFiles.reads, runFiles.ledger])
            assert.ok(existsSync(join(run.folder, name)), name);

        const lines = async <T>(name: string) =>
            (await readFile(join(run.folder, name), "utf8"))
                .trim()
                .split("\n")
                .map((line) => JSON.parse(line) as T);
        const events = await lines<RunEvent>(runFiles.events);
        const fault = events.find(({ kind }) => kind === "fault");
        const heal = events.find(({ kind }) => kind === "heal");
        assert.ok(fault && heal && heal.at - fault.at >= 60_000, JSON.stringify(events));
        assert.equal(fault.target, heal.target);
        const load = await lines<LoadInterval>(runFiles.load);
        const during = load.filter(({ at }) => at > fault.at && at < heal.at);
        assert.ok(
            during.some(({ acknowledged }) => acknowledged > 0),
            "nothing was acknowledged during the fault",
        );
        const journal = JSON.parse(await readFile(join(run.folder, runFiles.journal), "utf8")) as { made: unknown[] };
        assert.deepEqual(journal.made, []);
    });
});
