import assert from "node:assert/strict";
import type { DiagnosisJson } from "../../operations/diagnosis/report.ts";
import { lab, m3perf, m3perfJson, standsOn, type VerifyJson } from "./environment.ts";
import type { Hand } from "./faults/fault.ts";
import { handOn, recognised } from "./faults/hand.ts";
import { placementFirst } from "./faults/hang.ts";
import { faults } from "./faults/index.ts";

const runs = 20;

describe("e2e: faults made on purpose, each named by diagnose as the only root cause, and healed", function () {
    this.timeout(12 * 60_000);
    let hand: Hand;

    before(async () => {
        standsOn("up", "up");
        hand = await handOn(lab);
    });

    it(`a healthy environment has no trouble, in ${runs} runs of verify`, async () => {
        const wrong: string[] = [];
        for (let run = 1; run <= runs; run += 1) {
            const { code, stdout, stderr } = await m3perf(["verify", "--json"]);
            assert.ok(code === 0 || code === 1, stderr);
            const { checks } = JSON.parse(stdout) as VerifyJson;
            for (const { id, ok, evidence } of checks) if (!ok) wrong.push(`run ${run}: ${id}: ${evidence.join("; ")}`);
        }
        assert.deepEqual(wrong, []);
        const { ok, troubles } = await m3perfJson<DiagnosisJson>(["diagnose"]);
        assert.deepEqual([ok, troubles], [true, []]);
    });

    for (const fault of [...faults, placementFirst]) {
        it(`${fault.trouble}: ${fault.name}`, async () => {
            try {
                await fault.inject(hand);
                await recognised(fault, hand);
            } finally {
                await fault.heal(hand);
            }
            const { code, stdout } = await m3perf(["verify", "--wait", String(fault.recovers ?? 180)]);
            assert.equal(code, 0, stdout);
        });
    }
});
