import assert from "node:assert/strict";
import { checks } from "../../../operations/checks/index.ts";
import type { DiagnosisJson } from "../../../operations/diagnosis/report.ts";
import { troubles } from "../../../operations/diagnosis/troubles/index.ts";
import { type Fault, misses } from "../../e2e/faults/fault.ts";
import { faults } from "../../e2e/faults/index.ts";

const fault: Fault = {
    name: "x",
    trouble: "workload-scaled-down",
    consequences: ["round-trip-fails"],
    failing: ["query.ready"],
    says: /0 pods/,
    inject: async () => {},
    heal: async () => {},
};

const found = (id: string, below: string[], evidence = ["query: 0 pods instead of 2"]) => ({
    ...{ id, title: id, sure: "certain" as const, about: [], evidence, cause: "", fix: [], docs: "" },
    consequences: below.map((one) => ({
        id: one,
        title: one,
        sure: "certain" as const,
        about: [],
        evidence: [],
        cause: "",
    })),
});
const diagnosis = (changes: Partial<DiagnosisJson>): DiagnosisJson => ({
    ok: false,
    checked: 30,
    failed: ["query.ready"],
    troubles: [found("workload-scaled-down", ["round-trip-fails"])],
    unexplained: [],
    ...changes,
});

describe("e2e faults: what counts as recognised", () => {
    it("the trouble as the only root, with what comes of it, the checks and the words", () => {
        assert.equal(misses(fault, diagnosis({})), undefined);
        assert.match(misses(fault, diagnosis({ troubles: [] })) ?? "", /named: nothing/);
        const two = [found("workload-scaled-down", ["round-trip-fails"]), found("node-down", [])];
        assert.match(misses(fault, diagnosis({ troubles: two })) ?? "", /named: workload-scaled-down, node-down/);
        assert.match(misses(fault, diagnosis({ troubles: [found("workload-scaled-down", [])] })) ?? "", /not listed/);
        assert.match(misses(fault, diagnosis({ failed: ["pods.ready"] })) ?? "", /passed: query\.ready/);
        const mute = [found("workload-scaled-down", ["round-trip-fails"], ["nothing"])];
        assert.match(misses(fault, diagnosis({ troubles: mute })) ?? "", /does not say/);
        const other = { id: "etcd.size", system: "etcd", title: "", ok: false, seconds: 0, evidence: [] } as const;
        assert.match(misses(fault, diagnosis({ unexplained: [{ ...other, evidence: [] }] })) ?? "", /not explained/);
    });

    it("name troubles and checks that there are, of more than twelve kinds, each by a name of its own", () => {
        const ids = troubles.map(({ id }) => id);
        const known = checks.map(({ id }) => id);
        for (const { trouble, consequences = [], failing } of faults) {
            for (const id of [trouble, ...consequences]) assert.ok(ids.includes(id), id);
            for (const id of failing) assert.ok(known.includes(id), id);
        }
        assert.ok(new Set(faults.map(({ trouble }) => trouble)).size > 12);
        assert.equal(new Set(faults.map(({ name }) => name)).size, faults.length);
    });
});
