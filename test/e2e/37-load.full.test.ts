import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LedgerEntry } from "../../agent/load/types.ts";
import type { LoadSummary } from "../../operations/load/summary.ts";
import { jsonOf, send } from "../../support/http.ts";
import { waitFor } from "../../support/wait.ts";
import { kubectlJson, m3perf, standsOn, temporaryFolder } from "./environment.ts";

interface Vector {
    data: { result: { value: [number, string] }[] };
}

describe("e2e: load", function () {
    this.timeout(5 * 60_000);
    before(() => standsOn("up", "up"));

    it("sends what it says, and M3 has exactly that many samples of exactly that many series", async () => {
        const folder = join(await temporaryFolder(), "load");
        const run = `e2e-${Date.now()}`;
        const words = ["load", "--series", "1000", "--rate", "500", "--duration", "20s", "--run", run, "--out", folder];
        const { code, stdout, stderr } = await m3perf([...words, "--json"]);
        assert.equal(code, 0, `${stderr}\n${stdout}`);
        const { summary } = JSON.parse(stdout) as { summary: LoadSummary };
        assert.deepEqual(
            [summary.intended, summary.acknowledged, summary.refused, summary.unknown, summary.unsent],
            [10_000, 10_000, 0, 0, 0],
        );
        const ledger = (await readFile(join(folder, "ledger.jsonl"), "utf8")).trim().split("\n");
        const acknowledged = ledger
            .map((line) => JSON.parse(line) as LedgerEntry)
            .reduce((sum, { from, to, outcome }) => sum + (outcome === "acknowledged" ? to - from : 0), 0);
        assert.equal(acknowledged, 10_000);

        const url = `http://${await addressOf("worker-4")}:32558/api/v1/query`;
        const ask = async (query: string) => {
            const answer = await send(new URL(url), { query: { query } });
            return Number(jsonOf<Vector>(answer, query).data.result[0]?.value[1] ?? 0);
        };
        // By hundreds of series: a count over 10,000 at once took more than the 544 MiB that m3query has in the lab.
        const sum = async (query: (group: string) => string) => {
            const groups = Array.from({ length: 10 }, (_, group) => `{run="${run}",group="${group}"}[5m]`);
            const counts = await Promise.all(groups.map((group) => ask(query(group))));
            return counts.reduce((total, count) => total + count, 0);
        };
        const samples = () => sum((group) => `sum(count_over_time(${group}))`);
        // Instant queries see a sample from the second after its own on.
        await waitFor({ what: `10000 samples of ${run}`, timeout: 30 }, async () => (await samples()) >= 10_000);
        assert.equal(await samples(), 10_000);
        assert.equal(await sum((group) => `count(count_over_time(${group}))`), 1000);
    });
});

async function addressOf(node: string): Promise<string> {
    const { status } = await kubectlJson<{ status: { addresses: { type: string; address: string }[] } }>(
        "get",
        "node",
        node,
    );
    return status.addresses.find(({ type }) => type === "InternalIP")?.address ?? "";
}
