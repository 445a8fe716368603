import assert from "node:assert/strict";
import { remoteWriteBody, type Series, snappyLiterals } from "../../../agent/remote-write.ts";
import { decode, literals } from "../../support/remote-write.ts";

describe("agent: remote write", () => {
    it("says what was meant, with labels in order", () => {
        const series: Series[] = [
            {
                labels: { zone: "zürich", __name__: "up", empty: "" },
                samples: [
                    { value: 0.1, time: 1_795_000_000_123 },
                    { value: -1e300, time: 0 },
                ],
            },
            { labels: { __name__: "x".repeat(300) }, samples: [{ value: 0, time: 1 }] },
        ];
        const read = decode(literals(remoteWriteBody(series)));
        assert.deepEqual(read, series);
        assert.deepEqual(Object.keys(read[0]?.labels ?? {}), ["__name__", "empty", "zone"]);
    });

    it("fits bodies of every length into literals", () => {
        for (const length of [0, 1, 59, 60, 61, 256, 65535, 65536, 65537, 200_000]) {
            const content = Buffer.from(Array.from({ length }, (_, index) => index % 251));
            assert.ok(literals(snappyLiterals(content)).equals(content), `${length} bytes`);
        }
    });
});
