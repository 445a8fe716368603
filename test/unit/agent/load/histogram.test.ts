import assert from "node:assert/strict";
import { countOf, edgeOf, LatencyHistogram, mergeLatencies, quantileOf } from "../../../../agent/load/histogram.ts";

describe("load: latency buckets", () => {
    it("is at most 1.6 % off, from a microsecond to an hour", () => {
        for (let micros = 1; micros < 3.6e9; micros = Math.ceil(micros * 1.037)) {
            const edge = edgeOf(micros);
            assert.ok(edge <= micros && micros - edge <= micros / 64, `${micros}: ${edge}`);
            assert.equal(edgeOf(edge), edge, "an edge is its own bucket's");
        }
        assert.equal(edgeOf(127.9), 127);
        assert.equal(edgeOf(-1), 0);
        assert.ok(edgeOf(1e12) < 2 ** 32);
    });

    it("tells quantiles that are never better than the truth and at most 1.6 % worse", () => {
        const histogram = new LatencyHistogram();
        const values = Array.from({ length: 10_000 }, (_, index) => 50 + index * index);
        for (const value of values) histogram.record(value);
        const buckets = histogram.take();
        assert.equal(countOf(buckets), 10_000);
        for (const q of [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
            const truth = values[Math.max(0, Math.ceil(q * 10_000) - 1)] ?? 0;
            const told = quantileOf(buckets, q) ?? 0;
            assert.ok(told >= truth && told <= truth * 1.016, `${q}: ${told} instead of ${truth}`);
        }
        assert.deepEqual(histogram.take(), []);
        assert.equal(quantileOf([], 0.5), undefined);
    });

    it("adds up: the quantiles of merged parts are those of the whole", () => {
        const [whole, one, other] = [new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram()];
        for (let index = 0; index < 1000; index++) {
            whole.record(index * 31);
            (index % 3 === 0 ? one : other).record(index * 31);
        }
        assert.deepEqual(mergeLatencies([one.take(), other.take()]), whole.take());
        assert.deepEqual(mergeLatencies([]), []);
    });
});
