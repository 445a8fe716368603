import assert from "node:assert/strict";
import protobuf from "google-protobuf";
import { remoteWriteBody, type Series, snappyLiterals } from "../../../agent/remote-write.ts";

/** Snappy's literals, read as its format description has them. */
function literals(block: Buffer): Buffer {
    let [length, at, shift] = [0, 0, 0];
    for (;;) {
        const byte = block[at++] ?? 0;
        length += (byte & 127) * 2 ** shift;
        shift += 7;
        if (byte < 128) break;
    }
    const parts: Buffer[] = [];
    while (at < block.length) {
        const tag = block[at] ?? 0;
        assert.equal(tag & 3, 0, "not a literal");
        const extra = Math.max(0, (tag >> 2) - 59);
        const size = 1 + (extra === 0 ? tag >> 2 : block.readUIntLE(at + 1, extra));
        parts.push(block.subarray(at + 1 + extra, at + 1 + extra + size));
        at += 1 + extra + size;
    }
    const whole = Buffer.concat(parts);
    assert.equal(whole.length, length);
    return whole;
}

/** Another reader of protobuf than our writer's mirror. */
function decode(bytes: Buffer): Series[] {
    const all: Series[] = [];
    const reader = new protobuf.BinaryReader(new Uint8Array(bytes));
    while (reader.nextField()) {
        assert.equal(reader.getFieldNumber(), 1);
        const one: Series = { labels: {}, samples: [] };
        reader.readMessage(one, (_: unknown, inner: protobuf.BinaryReader) => {
            while (inner.nextField()) {
                if (inner.getFieldNumber() === 1) {
                    const pair: string[] = [];
                    inner.readMessage(pair, (_unused: unknown, label: protobuf.BinaryReader) => {
                        while (label.nextField()) pair[label.getFieldNumber() - 1] = label.readString();
                    });
                    one.labels[pair[0] ?? ""] = pair[1] ?? "";
                } else {
                    const sample = { value: Number.NaN, time: Number.NaN };
                    inner.readMessage(sample, (_unused: unknown, point: protobuf.BinaryReader) => {
                        while (point.nextField()) {
                            if (point.getFieldNumber() === 1) sample.value = point.readDouble();
                            else sample.time = point.readInt64();
                        }
                    });
                    one.samples.push(sample);
                }
            }
        });
        all.push(one);
    }
    return all;
}

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
