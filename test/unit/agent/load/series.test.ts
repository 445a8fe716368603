import assert from "node:assert/strict";
import {
    buckets,
    generationOf,
    kindOf,
    labelsOf,
    metricNames,
    valueAt,
    valuePeriodMs,
} from "../../../../agent/load/series.ts";
import { planOf, range } from "./plans.ts";

const start = Date.UTC(2026, 10, 27, 12);
const keyOf = (labels: Record<string, string>) => JSON.stringify(Object.entries(labels).sort());

describe("series of a load", () => {
    it("has as many different label sets as series, over slots and replicas, and all have the same label names but le", () => {
        const plan = planOf({ series: 1234, replicas: 2, tenants: 3, extraLabels: 5 });
        const all = range(0, 1234).flatMap((slot) => [0, 1].map((replica) => labelsOf(plan, slot, 0, replica)));
        assert.equal(new Set(all.map(keyOf)).size, 2468);
        const names = all.map(({ le, ...others }) => Object.keys(others).sort().join());
        assert.deepEqual(
            [...new Set(names)],
            ["__name__,extra_0,extra_1,extra_2,extra_3,extra_4,generation,group,replica,run,slot,tenant"],
        );
    });

    it("says what it is in its labels", () => {
        const plan = planOf({ series: 1000, tenants: 4, extraLabels: 2, labelValueBytes: 6 });
        assert.deepEqual(labelsOf(plan, 705, 3, 0), {
            __name__: metricNames.gauge,
            run: "test",
            tenant: "tenant-2",
            group: "7",
            slot: "705",
            generation: "3",
            extra_0: "vvvvv1",
            extra_1: "vvvvv5",
        });
        assert.equal(labelsOf(plan, 5, 0, 0).replica, undefined, "no label replica with one sender");
    });

    it("gives each tenant its share, and each tenant series of every kind", () => {
        const plan = planOf({ series: 1000, tenants: 5 });
        for (let tenant = 0; tenant < 5; tenant++) {
            const own = range(0, 1000).filter((slot) => labelsOf(plan, slot, 0, 0).tenant === `tenant-${tenant}`);
            assert.equal(own.length, 200);
            assert.equal(new Set(own.map((slot) => kindOf(plan, slot))).size, 3);
        }
    });

    it("meets the kinds' shares exactly where blocks of ten allow", () => {
        const count = (kinds: { counter: number; gauge: number; histogram: number }, series: number) => {
            const plan = planOf({ kinds, series });
            const seen = range(0, series).map((slot) => kindOf(plan, slot));
            return ["counter", "gauge", "histogram"].map((kind) => seen.filter((one) => one === kind).length);
        };
        assert.deepEqual(count({ counter: 0.5, gauge: 0.3, histogram: 0.2 }, 1000), [500, 300, 200]);
        assert.deepEqual(count({ counter: 0.1, gauge: 0.7, histogram: 0.2 }, 10_000), [1000, 7000, 2000]);
        assert.deepEqual(count({ counter: 0, gauge: 1, histogram: 0 }, 95), [0, 95, 0]);
        assert.deepEqual(count({ counter: 0, gauge: 0, histogram: 1 }, 200), [0, 0, 200]);
        assert.deepEqual(count({ counter: 1, gauge: 0, histogram: 0 }, 3), [3, 0, 0]);
    });

    it("makes histograms whose values agree: buckets grow with le, +Inf is the count, the sum is 0.375 s each", () => {
        const plan = planOf({ kinds: { counter: 0, gauge: 0, histogram: 1 }, series: 50 });
        for (const time of [start, start + 10_000, start + 20_000]) {
            for (let first = 0; first < 50; first += 10) {
                const values = range(first, first + 10).map((slot) => valueAt(plan, slot, 0, time));
                const [sum = Number.NaN, count = Number.NaN] = values.slice(buckets.length);
                const cumulative = values.slice(0, buckets.length);
                assert.deepEqual(
                    cumulative,
                    cumulative.toSorted((a, b) => a - b),
                );
                assert.equal(new Set(values.slice(0, -1)).size, 9);
                assert.equal(cumulative.at(-1), count);
                assert.equal(sum, count * 0.375);
                assert.ok(cumulative.every(Number.isInteger));
            }
        }
        const names = range(0, 10).map((slot) => labelsOf(plan, slot, 0, 0));
        assert.deepEqual(
            names.map(({ __name__: name, le }) => (le ? `${name} ${le}` : name)),
            [...buckets.map(({ le }) => `${metricNames.bucket} ${le}`), metricNames.sum, metricNames.count],
        );
    });

    it("has counters that only grow, by 1000 a second, and gauges that go up and down", () => {
        const counters = planOf({ kinds: { counter: 1, gauge: 0, histogram: 0 } });
        const gauges = planOf({ kinds: { counter: 0, gauge: 1, histogram: 0 } });
        const steps = (plan: typeof counters) =>
            range(0, 100).map(
                (tick) => valueAt(plan, 7, 0, start + (tick + 1) * 10_000) - valueAt(plan, 7, 0, start + tick * 10_000),
            );
        assert.ok(steps(counters).every((step) => step === 10_000));
        assert.ok(steps(gauges).some((step) => step > 0) && steps(gauges).some((step) => step < 0));
    });

    it("never has the same value twice in a series within 200 intervals, of any length", () => {
        const plan = planOf();
        for (const interval of [100, 1000, 15_000, 60_000]) {
            for (const slot of range(0, 100)) {
                const values = range(0, 200).map((tick) => valueAt(plan, slot, 0, start + tick * interval));
                assert.equal(new Set(values).size, 200, `slot ${slot}, every ${interval} ms`);
            }
        }
    });

    it("has at one time no value that two series share, but +Inf and the count of a histogram, which are the same by their nature", () => {
        const plan = planOf({ series: 20_000 });
        const isCount = (slot: number) => kindOf(plan, slot) === "histogram" && slot % 10 === 9;
        const slots = range(0, 20_000).filter((slot) => !isCount(slot));
        const values = slots.flatMap((slot) => [0, 1, 2].map((generation) => valueAt(plan, slot, generation, start)));
        assert.equal(new Set(values).size, values.length);
    });

    it("has values that float64 holds exactly, for the last slots, too", () => {
        const plan = planOf({ series: 2 ** 22, kinds: { counter: 0.4, gauge: 0.4, histogram: 0.2 } });
        const time = start - (start % valuePeriodMs) + valuePeriodMs - 1;
        for (const slot of range(2 ** 22 - 1000, 2 ** 22)) {
            const value = valueAt(plan, slot, 0, time);
            const isSum = labelsOf(plan, slot, 0, 0).__name__ === metricNames.sum;
            assert.ok(Number.isSafeInteger(isSum ? value * 8 : value), `slot ${slot}: ${value}`);
            if (isSum) assert.equal(BigInt(value * 8), BigInt(valueAt(plan, slot + 1, 0, time)) * 3n);
        }
    });

    it("replaces blocks one after the other, exactly as often as the churn says", () => {
        const plan = planOf({ series: 1000, churnPercentPerHour: 50 });
        const replaced = (hours: number) =>
            range(0, 1000).reduce((sum, slot) => sum + generationOf(plan, slot, start + hours * 3_600_000, start), 0);
        assert.deepEqual([0, 0.5, 1, 2, 3, 4].map(replaced), [0, 250, 500, 1000, 1500, 2000]);
        const generations = range(0, 1000).map((slot) => generationOf(plan, slot, start + 3_600_000, start));
        assert.deepEqual(
            generations,
            range(0, 1000).map((slot) => (slot < 500 ? 1 : 0)),
        );
        assert.equal(generationOf(planOf(), 3, start + 1e9, start), 0);
    });
});
