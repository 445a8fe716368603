import assert from "node:assert/strict";
import { cpuProblem, durationProblem, memoryProblem } from "../../../settings/unit-problems.ts";
import { bytesOf, durationOf, exactBytesOf, mebibytesOf, millicoresOf, secondsOf } from "../../../settings/units.ts";

describe("settings: units", () => {
    it("read quantities exactly, to the last byte of 64 bits", () => {
        const expected: Record<string, bigint> = {
            "512Mi": 536_870_912n,
            "1.5Gi": 1_610_612_736n,
            "1e9": 1_000_000_000n,
            "1.5e3": 1500n,
            "2E6": 2_000_000n,
            "4G": 4_000_000_000n,
            "0.000001T": 1_000_000n,
            "9007199254740993": 9_007_199_254_740_993n,
            "3Pi": 3n * 2n ** 50n,
            "7Ei": 7n * 2n ** 60n,
            "1E": 10n ** 18n,
        };
        for (const [text, bytes] of Object.entries(expected)) assert.equal(exactBytesOf(text), bytes, text);
        assert.equal(bytesOf("1.5Gi"), 1_610_612_736);
        assert.equal(mebibytesOf("7Ei"), 7 * 2 ** 40);
        assert.equal(mebibytesOf("1e9"), 953);
    });

    it("take nothing for a quantity that is none, or no whole number of bytes", () => {
        for (const text of [
            "",
            "100m",
            "4GB",
            "-1Gi",
            "+1Gi",
            "1e-3",
            "0.1Gi",
            "1.5",
            ".5Gi",
            "1.Gi",
            "4 Gi",
            "4gi",
            "1e999",
        ])
            assert.equal(exactBytesOf(text), undefined, text);
    });

    it("read cores and durations exactly", () => {
        const cores: Record<string, number> = { "250m": 250, "2": 2000, "0.5": 500, "1.005": 1005, "0.001": 1 };
        for (const [text, milli] of Object.entries(cores)) assert.equal(millicoresOf(text), milli, text);
        for (const text of ["0", "0m", "0.0", "2.5m", "0.0001", "1e3", "two", ""])
            assert.equal(millicoresOf(text), 0, text);
        const durations: Record<string, number> = { "48h": 172_800, "1h30m": 5400, "90s": 90, "48h0m0s": 172_800 };
        for (const [text, seconds] of Object.entries(durations)) assert.equal(secondsOf(text), seconds, text);
        for (const text of ["0s", "0h0m", "1.5h", "500ms", "2d", "30m1h", "1h1h", "48", "", "-1h", "1h 30m", "1H"])
            assert.equal(secondsOf(text), undefined, text);
        assert.equal(durationOf(5400), "1h30m");
        assert.equal(durationOf(172_800), "48h");
        assert.equal(durationOf(0), "0s");
    });

    const problems: [(value: unknown) => string | undefined, unknown, RegExp][] = [
        [memoryProblem, 512, /like "512Mi" or "4Gi": a text with its unit/],
        [memoryProblem, "512", /is 512 bytes, less than a mebibyte/],
        [memoryProblem, "100m", /write "100Mi" \(m are thousandths of a byte\)/],
        [memoryProblem, "4GB", /write "4Gi"$/],
        [memoryProblem, "4 gib", /write "4Gi"$/],
        [memoryProblem, "0.1Gi", /a whole number of bytes/],
        [memoryProblem, "8Ei", /at most 7Ei/],
        [memoryProblem, "0", /is 0 bytes/],
        [cpuProblem, 2, /write "2"$/],
        [cpuProblem, "0.0", /more than zero/],
        [cpuProblem, "0.0001", /thousandths of a core/],
        [cpuProblem, "2 cores", /write "2"$/],
        [cpuProblem, "100Mi", /like "250m" or "2"$/],
        [durationProblem, 48, /with its unit, "48h", "48m" or "48s"/],
        [durationProblem, "48", /with its unit, "48h"/],
        [durationProblem, "1.5h", /write "1h30m"/],
        [durationProblem, "0.1h", /write "6m"/],
        [durationProblem, "2d", /write "48h"/],
        [durationProblem, "1 week", /write "168h"/],
        [durationProblem, "30m1h", /write "1h30m"/],
        [durationProblem, "1.5 hours", /write "1h30m"/],
        [durationProblem, "500ms", /a second is the finest/],
        [durationProblem, "1.5s", /a second is the finest/],
        [durationProblem, "0s", /longer than zero/],
        [durationProblem, 0, /longer than zero/],
        [durationProblem, "", /like "48h" or "1h30m"$/],
        [durationProblem, "for ever", /like "48h" or "1h30m"$/],
        [durationProblem, "9999999h", /at most 2562047h/],
    ];
    for (const [problem, value, expected] of problems) {
        it(`say what to write for ${JSON.stringify(value)} (${problem.name})`, () => {
            assert.match(problem(value) ?? "no problem", expected);
        });
    }

    it("have nothing to say of what is right", () => {
        for (const text of ["512Mi", "1.5Gi", "1e9", "7Ei"]) assert.equal(memoryProblem(text), undefined);
        for (const text of ["250m", "2", "0.5"]) assert.equal(cpuProblem(text), undefined);
        for (const text of ["48h", "1h30m", "2562047h"]) assert.equal(durationProblem(text), undefined);
    });
});
