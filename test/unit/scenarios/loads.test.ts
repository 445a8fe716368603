import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Loads, ledgerFolders } from "../../../operations/scenarios/run/loads.ts";
import { runFiles } from "../../../operations/scenarios/types.ts";
import { interval } from "./planted.ts";

const shape = { series: 100, interval: "5s" };
const door = { urls: ["http://10.0.0.5:32555/api/v1/prom/remote/write"], senders: [] };

describe("scenarios: the loads of a run", () => {
    const folder = mkdtempSync(join(tmpdir(), "m3perf-loads-"));
    after(() => rmSync(folder, { recursive: true }));
    let second = 0;
    const runs: string[] = [];
    const lost: Error[] = [];

    /** Each writes a second when it is started and one when it is stopped. */
    const loads = new Loads(
        {
            door,
            startLoad: (plan, into) => {
                runs.push(plan.run);
                let end = (_: { code: number }) => {};
                const ended = new Promise<{ code: number }>((resolve) => (end = resolve));
                const line = () => appendFileSync(join(into, runFiles.load), `${JSON.stringify(interval(++second))}\n`);
                line();
                writeFileSync(join(into, runFiles.ledger), "");
                return {
                    lately: () => undefined,
                    stop: async () => {
                        line();
                        end({ code: 0 });
                    },
                    ended,
                };
            },
        },
        folder,
        "r",
        (error) => lost.push(error),
    );
    const seconds = (text: string) =>
        text
            .trim()
            .split("\n")
            .map((line) => ((JSON.parse(line) as { at: number }).at - interval(0).at) / 1000);

    it("one that a step starts has a folder of its own, and its seconds are the run's, once, when it has ended", async () => {
        await loads.start(shape);
        assert.deepEqual(
            loads.intervals().map(({ at }) => (at - interval(0).at) / 1000),
            [1],
            "while it runs",
        );
        await loads.start(shape);
        await loads.stop();
        await loads.stop();
        assert.deepEqual(seconds(readFileSync(join(folder, runFiles.load), "utf8")), [1, 2, 3, 4]);
        assert.equal(loads.intervals().length, 4);
        assert.deepEqual(runs, ["r-0", "r-1"], "their series are others");
        assert.deepEqual(
            ledgerFolders(folder),
            [0, 1].map((index) => join(folder, runFiles.loads, String(index))),
        );
        assert.deepEqual(lost, []);
    });
});
