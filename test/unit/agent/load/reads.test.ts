import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countOf, mergeLatencies, quantileOf } from "../../../../agent/load/histogram.ts";
import { runReads } from "../../../../agent/load/reads.ts";
import { type ReadPlan, readPlanFor } from "../../../../agent/load/reads-plan.ts";
import type { LoadInterval } from "../../../../agent/load/types.ts";
import { snappyLiterals } from "../../../../agent/remote-write.ts";
import { projectRoot } from "../../../../support/paths.ts";
import { planOf } from "./plans.ts";

describe("a query load against a real receiver", () => {
    type Answerer = (path: string, response: ServerResponse) => void;
    const good: Answerer = (path, response) => {
        if (path === "/api/v1/prom/remote/read") return void response.end(snappyLiterals(Buffer.alloc(1000)));
        const result = '[{"metric":{},"values":[[1,"1"]]}]';
        response.end(`{"status":"success","data":{"resultType":"matrix","result":${result}}}`);
    };
    let answerer = good;
    let paths: string[] = [];
    const server = createServer(async (request: IncomingMessage, response) => {
        request.resume();
        await once(request, "end");
        paths.push(request.url ?? "");
        answerer(request.url ?? "", response);
    });
    let url = "";
    before(async () => {
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    beforeEach(() => {
        [answerer, paths] = [good, []];
    });
    after(() => {
        server.closeAllConnections();
        server.close();
    });

    const planFor = (changes: Partial<ReadPlan>) => readPlanFor(planOf({ series: 1000 }), [url], changes);
    /** Runs a load to its end; all its lines as one. */
    async function run(changes: Partial<ReadPlan>) {
        const lines: LoadInterval[] = [];
        await runReads(planFor(changes), (line) => lines.push(line)).done;
        const sum = (count: (line: LoadInterval) => number) => lines.reduce((total, line) => total + count(line), 0);
        const errors: Record<string, number> = {};
        for (const line of lines) {
            for (const [text, times] of Object.entries(line.errors)) errors[text] = (errors[text] ?? 0) + times;
        }
        return {
            lines,
            intended: sum((line) => line.intended),
            acknowledged: sum((line) => line.acknowledged),
            refused: sum((line) => line.refused),
            unknown: sum((line) => line.unknown),
            unsent: sum((line) => line.unsent),
            errors,
            latency: mergeLatencies(lines.map(({ latency }) => latency)),
        };
    }

    it("asks as often as it should, in the mix that it should, and tells each second", async () => {
        const { lines, intended, acknowledged, errors, latency } = await run({
            queriesPerSecond: 100,
            durationMs: 1200,
            dataAfterMs: 0,
        });
        assert.deepEqual([intended, acknowledged, errors], [120, 120, {}]);
        assert.equal(countOf(latency), 120);
        const asked = (path: string) => paths.filter((one) => one === path).length;
        assert.deepEqual(["/api/v1/query_range", "/api/v1/query", "/api/v1/prom/remote/read"].map(asked), [72, 36, 12]);
        assert.ok(lines.every(({ kind, v }) => kind === "read" && v === 1));
        assert.equal(lines[0]?.seconds, 1);
        assert.equal(lines[0]?.intended, 100);
    });

    it("counts latency from when a query should have gone out, and gives up what waits for too long", async () => {
        answerer = (path, response) => void setTimeout(() => good(path, response), 100);
        // One in hand at a time: ten in a second of the twenty that are due.
        const { intended, acknowledged, unsent, latency } = await run({
            queriesPerSecond: 20,
            durationMs: 1000,
            concurrency: 1,
            timeoutMs: 500,
        });
        assert.equal(intended, 20);
        assert.equal(acknowledged + unsent, 20);
        assert.ok(unsent > 0 && acknowledged >= 5, `${acknowledged} acknowledged`);
        // The last ones waited for about half a second before they went out.
        assert.ok((quantileOf(latency, 1) ?? 0) > 300_000, `${quantileOf(latency, 1)} µs`);
    });

    const failures: [string, Answerer, Partial<ReadPlan>, RegExp, "refused" | "unknown"][] = [
        [
            "another status",
            (_, response) => response.writeHead(503).end("no\nreplicas"),
            {},
            /^HTTP 503 no replicas$/,
            "refused",
        ],
        [
            "an error in an answer",
            (_, response) => response.end('{"status":"error"}'),
            {},
            /^no PromQL answer: /,
            "refused",
        ],
        [
            "no data, once there should be some",
            (_, response) => response.end('{"status":"success","data":{"resultType":"matrix","result":[]}}'),
            { dataAfterMs: 0 },
            /^no data$/,
            "refused",
        ],
        [
            "an answer that M3 cut off at a limit",
            (path, response) => {
                response.setHeader("M3-Results-Limited", "max_fetch_series_limit_applied");
                good(path, response);
            },
            {},
            /^cut off: max_fetch_series_limit_applied$/,
            "refused",
        ],
        ["no answer in time", () => {}, { timeoutMs: 100, concurrency: 5 }, /^no answer in 100 ms$/, "unknown"],
        [
            "an answer that breaks off",
            (_, response) => response.socket?.destroy(),
            {},
            /^(ECONNRESET|socket hang up)$/,
            "unknown",
        ],
    ];
    for (const [title, how, changes, pattern, outcome] of failures) {
        it(`counts ${title}, with its text`, async () => {
            answerer = how;
            const result = await run({
                queriesPerSecond: 20,
                durationMs: 250,
                mix: { dashboards: 0.5, rules: 0.5, remoteRead: 0 },
                ...changes,
            });
            assert.equal(result.intended, 5);
            assert.equal(result[outcome], 5);
            assert.deepEqual(Object.values(result.errors), [5]);
            assert.match(Object.keys(result.errors)[0] ?? "", pattern);
        });
    }

    it("counts who cannot be reached as refused", async () => {
        const result = await run({ queriesPerSecond: 20, durationMs: 250, urls: ["http://127.0.0.1:1"] });
        assert.deepEqual([result.refused, result.errors], [5, { ECONNREFUSED: 5 }]);
    });

    describe("as a program", () => {
        const folder = mkdtempSync(join(tmpdir(), "m3perf-reads-"));
        const program = join(projectRoot, "agent/load/reads-main.ts");
        after(() => rmSync(folder, { recursive: true }));
        function start(plan: unknown, out = join(folder, "out")) {
            const file = join(folder, "plan.json");
            writeFileSync(file, JSON.stringify({ plan }));
            const child = spawn(process.execPath, [program, "--plan", file, "--out", out]);
            let errors = "";
            child.stderr.on("data", (part) => {
                errors += part;
            });
            return { child, exit: once(child, "exit"), errors: () => errors };
        }

        it("runs a plan, writes its lines, and ends on SIGTERM with what it had", async () => {
            const { child, exit } = start(planFor({ queriesPerSecond: 50 }));
            while (paths.length < 5) await new Promise((resolve) => setTimeout(resolve, 20));
            child.kill("SIGTERM");
            assert.deepEqual(await exit, [0, null]);
            const text = readFileSync(join(folder, "out/reads.jsonl"), "utf8");
            const lines = text
                .trim()
                .split("\n")
                .map((line): LoadInterval => JSON.parse(line));
            const acknowledged = lines.reduce((sum, line) => sum + line.acknowledged, 0);
            assert.equal(acknowledged, paths.length);
            assert.ok(lines.every(({ kind }) => kind === "read"));
        });

        it("refuses a plan with everything that is wrong with it", async () => {
            const { exit, errors } = start(planFor({ queriesPerSecond: 0, urls: [] }));
            assert.deepEqual(await exit, [64, null]);
            assert.match(errors(), /^this query load cannot be run\n {2}queriesPerSecond = 0.*\n {2}urls: one/);
            const other = start({ urls: [] });
            assert.deepEqual(await other.exit, [64, null]);
            assert.match(other.errors(), /is no plan/);
        });

        it("says so when it cannot write", async () => {
            writeFileSync(join(folder, "file"), "");
            const { exit, errors } = start(planFor({}), join(folder, "file/out"));
            assert.deepEqual(await exit, [74, null]);
            assert.match(errors(), /file\/out cannot be written\n {2}Error: ENOTDIR/);
        });
    });
});
