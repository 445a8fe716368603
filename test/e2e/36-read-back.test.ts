import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readPlanFor } from "../../agent/load/reads-plan.ts";
import type { LoadInterval } from "../../agent/load/types.ts";
import { startReads } from "../../operations/load/reads-child.ts";
import type { RunPlan } from "../../operations/read-back/run-plan.ts";
import type { ReadBack } from "../../operations/scenarios/types.ts";
import { m3perf, standsOn, temporaryFolder } from "./environment.ts";
import { plant } from "./plants.ts";

describe("e2e: a load is read back", function () {
    this.timeout(5 * 60_000);
    before(() => standsOn("up", "up"));
    let folder: string;

    async function readBack(expected: number): Promise<ReadBack> {
        const { code, stdout, stderr } = await m3perf(["read-back", folder, "--json"]);
        assert.equal(code, expected, `${stderr}\n${stdout.slice(0, 4000)}`);
        return JSON.parse(stdout);
    }

    it("to the last sample, merged and from each replica, while it is queried as dashboards and rules do", async () => {
        folder = join(await temporaryFolder(), "run");
        const words = ["--series", "300", "--interval", "1s", "--duration", "20s", "--out", folder];
        const load = m3perf(["load", ...words]);
        // Where the load goes to, queries go to, too: m3query's NodePort at the same nodes.
        const plan = await planWritten(load);
        const urls = plan.urls.map((url) => `http://${new URL(url).hostname}:32558`);
        const rangesMs = [60_000, 15 * 60_000];
        const queries = { queriesPerSecond: 2, durationMs: 15_000, dataAfterMs: 8000, rangesMs };
        const lines: LoadInterval[] = [];
        const reads = startReads(readPlanFor(plan, urls, queries), folder, (line) => lines.push(line));
        const ended = await load;
        assert.equal(ended.code, 0, ended.stderr);
        assert.equal((await reads.ended).code, 0);
        const sum = (pick: (line: LoadInterval) => number) => lines.reduce((total, line) => total + pick(line), 0);
        const of = (kind: "intended" | "acknowledged" | "refused" | "unknown" | "unsent") => sum((line) => line[kind]);
        const told = JSON.stringify(lines.map((line) => line.errors));
        assert.equal(of("intended"), 30);
        // What a busy machine answers too late is counted as that; none is refused, none forgotten.
        assert.equal(of("refused"), 0, told);
        assert.equal(of("acknowledged") + of("unknown") + of("unsent"), 30, told);
        assert.ok(of("acknowledged") > 0, told);

        const { acknowledged, merged, replicas, sampled } = await readBack(0);
        assert.equal(acknowledged, 6000);
        assert.deepEqual([merged.found, merged.missing, merged.doubled, merged.wrong], [6000, 0, 0, 0]);
        assert.equal(Object.keys(replicas).length, 3);
        for (const [pod, copy] of Object.entries(replicas)) assert.equal(copy.found, 6000, pod);
        assert.equal(sampled, undefined);
    });

    async function planWritten(load: Promise<unknown>): Promise<RunPlan["plan"]> {
        let over = false;
        void load.finally(() => {
            over = true;
        });
        for (;;) {
            const text = await readFile(join(folder, "plan.json"), "utf8").catch(() => "");
            if (text.endsWith("}\n")) return (JSON.parse(text) as RunPlan).plan;
            assert.ok(!over, "the load has left no plan.json");
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    }

    it("and a lost, a doubled and a wrong sample that are planted are found, merged and in each replica", async () => {
        const planted = await plant(folder);
        const { merged, replicas } = await readBack(1);
        for (const [name, copy] of Object.entries({ merged, ...replicas })) {
            const { found, missing, doubled, wrong, gaps, examples } = copy;
            assert.deepEqual(
                { found, missing, doubled, wrong },
                { found: 5999, missing: 1, doubled: 1, wrong: 1 },
                name,
            );
            assert.deepEqual(gaps, [{ from: planted.lost.time, to: planted.lost.time, samples: 1 }], name);
            const at = ({ slot, time }: { slot: number; time: number }) =>
                new RegExp(`slot ${slot}(, le .*)? at ${new Date(time).toISOString().replaceAll(".", "\\.")}`);
            for (const kind of ["wrong", "doubled", "lost"] as const) {
                assert.ok(
                    examples.some((text) => at(planted[kind]).test(text)),
                    `${name}: ${examples.join("; ")}`,
                );
            }
        }
    });
});
