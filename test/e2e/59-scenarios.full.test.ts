import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { catalog } from "../../operations/scenarios/catalog/index.ts";
import { type RunRecord, runFiles, type Verdict } from "../../operations/scenarios/types.ts";
import { m3perf, stack, standsOn, temporaryFolder } from "./environment.ts";

interface ScenarioJson {
    runs: { folder: string; state: RunRecord["state"]; verdicts: Verdict[] }[];
}

/** Verdicts that no machine is too slow for. */
const certain = ["lost-samples", "wrong-samples", "verify-after"];

/**
 * Whether M3DB lives is what these ask. Where its pods were killed or put out, acknowledged samples may be gone (all replicas in the same
 * seconds: docs/results), or nobody answers for them, and it may not be well in time. What it gives has to be right.
 */
const mayEndM3db = ["dedicated", "colocated"];

/** Where the runs' folders are kept, to be looked at and published; they go with the tests unless told. */
const kept = process.env.M3PERF_RESULTS;

describe("e2e: every scenario, short, from its one command, each on its own stack", function () {
    this.timeout(40 * 60_000);
    before(async () => {
        standsOn("up", "up");
        // One environment at a time stands on a lab: theirs in turn.
        const { code, stderr } = await m3perf(["down", "--keep-lab"]);
        assert.equal(code, 0, stderr);
    });
    after(async () => {
        const { code, stderr } = await m3perf(["up", "--stack", stack], { minutes: 30 });
        assert.equal(code, 0, stderr);
    });

    for (const { name } of catalog) {
        it(`${name}: stood up, run, judged, reported, taken down`, async () => {
            const out = kept ?? (await temporaryFolder());
            const { code, stdout, stderr } = await m3perf(["scenario", name, "--short", "--out", out, "--json"], {
                minutes: 38,
            });
            if (code !== 0 && code !== 1) await m3perf(["down", "--stack", name, "--keep-lab"]); // the next one needs the lab
            assert.ok(code === 0 || code === 1, stderr.slice(-4000));
            const [run] = (JSON.parse(stdout) as ScenarioJson).runs;
            assert.ok(run && existsSync(join(run.folder, runFiles.html)));
            const verdict = (id: string): Verdict | undefined => run.verdicts.find((one) => one.id === id);
            const ended = ["oom-kills", "evictions"].some((id) => verdict(id)?.measured !== "none");
            for (const id of certain) {
                const told = verdict(id);
                const excused =
                    mayEndM3db.includes(name) && ended && (id !== "wrong-samples" || told?.measured === "not measured");
                assert.ok(told?.ok || excused, `${id}: ${told?.measured} ${told?.why ?? ""}`);
            }
        });
    }
});
