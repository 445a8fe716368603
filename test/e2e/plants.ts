/** Plants in M3 what the checker is to find in a load that was run: a wrong sample, one that was never sent, and a lost one. */
import assert from "node:assert/strict";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { labelsOf, valueAt } from "../../agent/load/series.ts";
import type { LedgerEntry } from "../../agent/load/types.ts";
import { remoteWriteBody, remoteWriteHeaders } from "../../agent/remote-write.ts";
import type { RunPlan } from "../../operations/read-back/run-plan.ts";

export interface Plants {
    wrong: { slot: number; time: number };
    doubled: { slot: number; time: number };
    lost: { slot: number; time: number };
}

/** Of a load without churn and replicas. The lost sample is one that the ledger calls acknowledged and nobody has sent. */
export async function plant(folder: string): Promise<Plants> {
    const { plan }: RunPlan = JSON.parse(await readFile(join(folder, "plan.json"), "utf8"));
    const ledger = (await readFile(join(folder, "ledger.jsonl"), "utf8")).trim().split("\n");
    const first: LedgerEntry = JSON.parse(ledger[0] ?? "");
    assert.equal(first.outcome, "acknowledged");
    const slot = first.from;
    const write = async (time: number, value: number) => {
        const body = remoteWriteBody([{ labels: labelsOf(plan, slot, 0, 0), samples: [{ time, value }] }]);
        const [url = ""] = plan.urls;
        const answer = await fetch(url, { method: "POST", headers: remoteWriteHeaders, body: new Uint8Array(body) });
        assert.equal(answer.status, 200, await answer.text());
    };
    await write(first.time, valueAt(plan, slot, 0, first.time) + 1);
    await write(first.time + 7, valueAt(plan, slot, 0, first.time + 7));
    const lost: LedgerEntry = { time: first.time + 9, from: slot, to: slot + 1, replica: 0, outcome: "acknowledged" };
    await appendFile(join(folder, "ledger.jsonl"), `${JSON.stringify(lost)}\n`);
    return {
        wrong: { slot, time: first.time },
        doubled: { slot, time: first.time + 7 },
        lost: { slot, time: lost.time },
    };
}
