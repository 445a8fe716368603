/** Reads what remote write senders post: for tests of ours. */
import assert from "node:assert/strict";
import protobuf from "google-protobuf";
import type { Series } from "../../agent/remote-write.ts";

/** Snappy's literals, read as its format description has them. */
export function literals(block: Buffer): Buffer {
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
        const extra = Math.max(0, (tag >> 2) - 59); // 60: one byte of length, … 63: four
        const size = 1 + (extra === 0 ? tag >> 2 : block.readUIntLE(at + 1, extra));
        parts.push(block.subarray(at + 1 + extra, at + 1 + extra + size));
        at += 1 + extra + size;
    }
    const whole = Buffer.concat(parts);
    assert.equal(whole.length, length);
    return whole;
}

/** The series of a WriteRequest: another reader of protobuf than our writer's mirror. */
export function decode(bytes: Buffer): Series[] {
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
