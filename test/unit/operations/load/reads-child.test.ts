import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPlanFor } from "../../../../agent/load/reads-plan.ts";
import type { LoadInterval } from "../../../../agent/load/types.ts";
import { queryTargets, startReads } from "../../../../operations/load/reads-child.ts";
import { UserError } from "../../../../support/errors.ts";
import { planOf } from "../../agent/load/plans.ts";
import { environment } from "../healthy.ts";

describe("the query load as a process", () => {
    const folder = mkdtempSync(join(tmpdir(), "m3perf-reads-child-"));
    let asked = 0;
    const server = createServer((_request, response) => {
        asked += 1;
        response.end('{"status":"success","data":{"resultType":"matrix","result":[{"metric":{}}]}}');
    });
    let url = "";
    before(async () => {
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
        server.closeAllConnections();
        server.close();
        rmSync(folder, { recursive: true });
    });
    const plan = (changes = {}) => readPlanFor(planOf(), [url], { queriesPerSecond: 20, ...changes });

    it("tells each second, and ends when it is told to, with all of its lines in the folder", async () => {
        const lines: LoadInterval[] = [];
        const reads = startReads(plan(), join(folder, "run"), (line) => lines.push(line));
        while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal(reads.lately()?.intended, 20);
        await reads.stop();
        assert.deepEqual(await reads.ended, { code: 0 });
        const kept = readFileSync(join(folder, "run/reads.jsonl"), "utf8").trim().split("\n");
        const acknowledged = kept.map((line): LoadInterval => JSON.parse(line)).map((line) => line.acknowledged);
        assert.equal(
            acknowledged.reduce((sum, count) => sum + count, 0),
            asked,
        );
        assert.ok(asked >= 20);
    });

    it("ends by itself, and says why it could not go on", async () => {
        assert.deepEqual(await startReads(plan({ durationMs: 200 }), folder).ended, { code: 0 });
        // Where its file should be there is a folder.
        mkdirSync(join(folder, "taken/reads.jsonl"), { recursive: true });
        const { code, error } = await startReads(plan(), join(folder, "taken")).ended;
        assert.equal(code, 74);
        assert.match(error ?? "", /cannot be written\n.*EISDIR/);
    });

    it("refuses a plan that cannot be run before it starts anything", () => {
        assert.throws(
            () => startReads(plan({ urls: [] }), folder),
            (error: unknown) => {
                assert.ok(error instanceof UserError);
                assert.match(error.message, /^this query load cannot be run\n {2}urls: one at least$/);
                return true;
            },
        );
    });

    it("goes to the query service's NodePort at each node that runs it, or has no way", () => {
        assert.deepEqual(queryTargets(environment), ["http://10.0.0.5:32558", "http://10.0.0.6:32558"]);
        const { nodePort: _, ...query } = environment.query;
        assert.throws(
            () => queryTargets({ ...environment, query }),
            /stack dev has no NodePort\n[\s\S]*m3perf:query.nodePort/,
        );
    });
});
