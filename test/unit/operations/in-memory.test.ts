import assert from "node:assert/strict";
import { inMemorySince } from "../../../operations/access/in-memory.ts";
import type { Namespaces } from "../../../operations/access/m3.ts";

const hour = 3600;
const namespaces = (blockSize: number, bufferPast: number): Namespaces => ({
    registry: {
        namespaces: {
            default: {
                retentionOptions: {
                    blockSizeNanos: `${blockSize}000000000`,
                    bufferPastNanos: `${bufferPast}000000000`,
                },
            },
        },
    },
});
const at = (time: string) => Date.parse(`2026-11-29T${time}Z`);
const since = (time: string, blockSize = 2 * hour, bufferPast = 1200) =>
    new Date(inMemorySince(namespaces(blockSize, bufferPast), "default", at(time)) * 1000).toISOString().slice(11, 19);

describe("what a dbnode has in memory", () => {
    it("is the open block, and the one before until bufferPast after its end is nearly over", () => {
        assert.equal(since("09:59:59"), "08:00:00");
        assert.equal(since("10:00:00"), "08:00:00");
        assert.equal(since("10:18:59"), "08:00:00");
        assert.equal(since("10:19:00"), "10:00:00");
        assert.equal(since("11:59:59"), "10:00:00");
    });

    it("is less with short blocks", () => {
        assert.equal(since("10:10:30", 600, 0), "10:10:00");
        assert.equal(since("10:10:30", 600, 120), "10:00:00");
    });

    it("is taken for everything where M3 does not tell", () => {
        assert.equal(inMemorySince({ registry: {} }, "default", at("10:00:00")), 0);
        assert.equal(inMemorySince(namespaces(0, 1200), "default", at("10:00:00")), 0);
        assert.equal(inMemorySince(namespaces(7200, 1200), "other", at("10:00:00")), 0);
    });
});
