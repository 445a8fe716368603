import assert from "node:assert/strict";
import { estimate } from "../../../settings/size/estimate.ts";
import { type Figure, figures } from "../../../settings/size/figures.ts";
import { type Amount, m3dbDisk, m3dbPod } from "../../../settings/size/m3db.ts";
import { m3dbNodes, serviceNodes, shardsFor } from "../../../settings/size/nodes.ts";
import { type Plan, type PlannedLoad, pointsPerSeries, ratesOf } from "../../../settings/size/plan.ts";
import type { Range } from "../../../settings/size/range.ts";
import {
    aggregatorPod,
    busiestCoordinator,
    coordinatorPod,
    etcdMember,
    queryPod,
} from "../../../settings/size/services.ts";
import { bytesText, coresText, figure, memoryText } from "../../../settings/size/text.ts";

const hour = 3600;
const raw = { name: "default", retention: 48 * hour, blockSize: 2 * hour };
const tenSeconds = { name: "metrics-10s_2d", retention: 48 * hour, blockSize: 2 * hour, resolution: 10 };

function plan(load: Partial<PlannedLoad> = {}, more: Partial<Plan> = {}): Plan {
    const usual = { series: 10_000, interval: 2, churnPercentPerHour: 0, prometheusServers: 1 };
    return { load: { ...usual, ...load }, namespaces: [raw, tenSeconds], replicationFactor: 3, ...more };
}
const idle = plan({ series: 0 });
const within = (value: number, { low, high }: Range, what: string) =>
    assert.ok(low <= value && value <= high, `${what}: ${value} is not in ${low} to ${high}`);

/** facts.md 4: 10k series; per pod idle and at 5k samples/s (CPU in cores, RSS in MiB), peaks of the throughput runs. */
describe("the size model beside what was measured", () => {
    it("has M3DB's memory and CPU, idle, at 5k samples/s, at its peak", () => {
        within(1105, m3dbPod(idle, 1).memory, "idle memory");
        within(0.044, m3dbPod(idle, 1).cores, "idle CPU");
        const busy = m3dbPod(plan(), 1);
        within(1170, busy.memory, "memory at 5k/s");
        within(1435, busy.memory, "its peak");
        within(0.084, busy.cores, "CPU at 5k/s");
        assert.ok(busy.limit.high > 1900, "the throughput runs' peak, without GOGC 75, has room in the limit");
        assert.ok(busy.limit.low > 1435, "a limit below what was seen would kill it");
    });

    it("has the heap that 400k series took in one M3DB alone (docs/size.md)", () => {
        const alone = plan({ series: 400_000, interval: 600 }, { namespaces: [raw] });
        within(1807, m3dbPod(alone, 1).memory, "heap in use, MiB");
        within(2243, m3dbPod(alone, 1).memory, "RSS, MiB");
    });

    it("has the coordinator's", () => {
        within(340, coordinatorPod(idle, 1).memory, "idle memory");
        const one = coordinatorPod(plan(), 1);
        within(568, one.memory, "memory at 5k/s");
        within(0.22, one.cores, "CPU at 5k/s");
        const saturated = coordinatorPod(plan({ interval: 10_000 / 24_000 }), 1);
        within(1390, saturated.memory, "its peak, at 24k/s");
        within(0.024 * 24, { low: 0, high: saturated.cores.high }, "24 µs a sample without aggregation");
    });

    it("has the aggregator's, the query's and etcd's", () => {
        within(51, aggregatorPod(idle).memory, "aggregator, idle memory");
        const aggregator = aggregatorPod(plan());
        within(84, aggregator.memory, "aggregator, memory at 5k/s");
        within(320, aggregator.memory, "aggregator, its peak");
        within(0.042, aggregator.cores, "aggregator, CPU at 5k/s");
        within(315, queryPod(idle, 1).memory, "query, idle memory");
        within(0.018, queryPod(idle, 1).cores, "query, idle CPU");
        for (const seen of [23, 35, 50]) within(seen, etcdMember().memory, "etcd");
        const reading = { perSecond: 4, series: 1000, range: hour };
        // 256 ms a query on two cores: four a second keep one of them busy, or both; idle takes its part, too.
        const { cores } = queryPod(plan({ interval: 15, queries: reading }, { namespaces: [raw] }), 1);
        within(1.05, cores, "four queries a second");
    });

    it("has what an m3query that answers keeps, with one replica and with three, and that one that nobody asks does not", () => {
        const queries = { perSecond: 10, series: 100, range: hour };
        const memory = (replicationFactor: number) => queryPod(plan({ queries }, { replicationFactor }), 1).memory;
        within(920, memory(3), "the lab's, after four minutes of queries");
        within(399 - 241 + 340, memory(1), "heap of one replica's streams beside what is idle");
        assert.ok(queryPod(plan(), 1).memory.high < memory(1).low);
    });

    it("has the disk of the block of 50k series that was measured: 16.5 MB of file sets, 21.9 MB of index (docs/size.md)", () => {
        const measured = { name: "small", retention: 240, blockSize: 240 };
        const sizeWith = (blocks: number) =>
            m3dbDisk(
                plan({ series: 50_000, interval: 24 }, { namespaces: [{ ...measured, retention: 240 * blocks }] }),
            );
        const [two, one] = [sizeWith(2), sizeWith(1)];
        within(38.4e6, { low: two.low - one.low, high: two.high - one.high }, "one more block");
    });

    it("has the nodes that M3's own large run had: 8.85 million writes a second to 130 nodes, three replicas", () => {
        const uber = plan({ series: 8.85e6 * 10, interval: 10 }, { namespaces: [raw] });
        const count = m3dbNodes(uber, { cores: 32, memoryMi: 256 * 1024 })?.count ?? { low: 0, high: 0 };
        within(130 / 3, count, "nodes for each replica");
    });
});

describe("the size model", () => {
    const pod = (more: Partial<PlannedLoad>, rest: Partial<Plan> = {}): Amount => m3dbPod(plan(more, rest), 1);

    it("reckons samples, aggregated values and writes", () => {
        assert.deepEqual(ratesOf(plan()), { samples: 5000, aggregated: 1000, writes: 6000 });
        // No more values than samples where the resolution is finer than the interval.
        assert.deepEqual(ratesOf(plan({ interval: 20 })), { samples: 500, aggregated: 500, writes: 1000 });
    });

    it("needs more where more is planned, each in its own place", () => {
        const base = pod({ series: 1e6, interval: 15 });
        const half = m3dbPod(plan({ series: 1e6, interval: 15 }), 2);
        for (const bound of ["low", "high"] as const) {
            const more = pod({ series: 2e6, interval: 15 });
            for (const key of ["memory", "limit", "cores", "disk"] as const) {
                assert.ok(more[key][bound] > base[key][bound], `series: ${key}`);
                assert.ok(half[key][bound] < base[key][bound], `two pods: ${key}`);
            }
            const churning = pod({ series: 1e6, interval: 15, churnPercentPerHour: 50 });
            assert.ok(churning.memory[bound] > base.memory[bound], "churn: memory");
            assert.ok(churning.disk[bound] > base.disk[bound], "churn: disk");
            const faster = pod({ series: 1e6, interval: 5 });
            assert.ok(faster.cores[bound] > base.cores[bound], "interval: cores");
            const longer = pod({ series: 1e6, interval: 15 }, { namespaces: [{ ...raw, retention: 96 * hour }] });
            const once = pod({ series: 1e6, interval: 15 }, { namespaces: [raw] });
            assert.ok(longer.disk[bound] > 1.8 * once.disk[bound], "retention: disk");
            assert.equal(longer.memory[bound], once.memory[bound], "retention: not memory");
            const block = pod({ series: 1e6, interval: 15 }, { namespaces: [{ ...raw, blockSize: 4 * hour }] });
            assert.ok(block.memory[bound] > once.memory[bound], "longer blocks: memory");
            assert.ok(block.disk[bound] < once.disk[bound], "longer blocks: less disk");
        }
    });

    it("holds on the disk what retention, samples and series say", () => {
        const { low } = m3dbDisk(plan({ series: 1000, interval: 15 }, { namespaces: [raw] }));
        const block = 480 * 1000 * figures.pointDisk.low + 1000 * figures.seriesFileSet.low;
        const index = 1000 * figures.seriesIndex.low;
        // 24 blocks of the retention, the one that is about to go, a snapshot; the commit log of two minutes.
        const log = 8 * 1000 * figures.commitLogPoint.low + 1000 * figures.commitLogSeries.low;
        assert.equal(Math.round(low), Math.round(block * 26 + index * 25 + log));
    });

    it("reads from the namespace that reaches back far enough", () => {
        const year = { name: "5m", retention: 8760 * hour, blockSize: 24 * hour, resolution: 300 };
        const reads = (range: number) =>
            pointsPerSeries(
                plan({ interval: 15, queries: { perSecond: 1, series: 1, range } }, { namespaces: [year, raw] }),
            );
        assert.equal(reads(hour), 240);
        assert.equal(reads(480 * hour), 480 * 12);
        assert.equal(reads(20_000 * hour), 8760 * 12);
        assert.equal(pointsPerSeries(plan()), 0);
    });

    it("gives the busiest of a few coordinators everything, and of many Prometheus servers an equal part", () => {
        const few = busiestCoordinator(plan(), 2);
        assert.equal(few.cores.high, coordinatorPod(plan(), 1).cores.high);
        assert.equal(few.cores.low, coordinatorPod(plan(), 2).cores.low);
        assert.deepEqual(busiestCoordinator(plan({ prometheusServers: 20 }), 2), coordinatorPod(plan(), 2));
    });

    it("counts nodes by what runs out first", () => {
        const large = plan({ series: 1e6, interval: 15 });
        assert.equal(m3dbNodes(large, { cores: 4, memoryMi: 8192 })?.decidedBy, "memory");
        assert.equal(m3dbNodes(large, { cores: 1, memoryMi: 262144 })?.decidedBy, "cores");
        assert.equal(m3dbNodes(large, { cores: 64, memoryMi: 262144, disk: 2e10 })?.decidedBy, "disk");
        const quick = plan({ series: 1e6, interval: 1 });
        assert.equal(m3dbNodes(quick, { cores: 64, memoryMi: 262144 })?.decidedBy, "writes");
        assert.equal(m3dbNodes(plan(), { cores: 4, memoryMi: 8192 })?.decidedBy, "the least");
        assert.equal(m3dbNodes(large, { cores: 4, memoryMi: 2048 }), undefined);
        assert.equal(serviceNodes(large, { cores: 4, memoryMi: 512 }), undefined);
        assert.deepEqual(serviceNodes(plan(), { cores: 4, memoryMi: 16384 })?.count, { low: 2, high: 2 });
    });

    it("gives the counted nodes what they need: no pod is over its node's part", () => {
        const sizes = { m3db: { cores: 16, memoryMi: 131072, disk: 4e12 }, services: { cores: 16, memoryMi: 65536 } };
        const load = { series: 50e6, interval: 15, prometheusServers: 100 };
        const { nodes, components } = estimate(plan(load), sizes);
        assert.ok(nodes.m3dbInAll.high > 30, `${nodes.m3dbInAll.high} nodes`);
        assert.equal(nodes.shards, shardsFor(nodes.m3dbInAll.high));
        const [m3db] = components;
        assert.ok(m3db && m3db.pod.limit.high <= 131072 * 0.55);
        assert.ok(m3db && m3db.pod.cores.high <= 16 * figures.cpuUse.low);
        assert.ok(m3db && m3db.pod.disk.high <= 4e12 * figures.diskUse.low);
    });

    it("plans one or two aggregators that each hold every series, however many nodes there are", () => {
        const large = plan({ series: 50e6, interval: 15, prometheusServers: 100 });
        const sizes = { m3db: { cores: 16, memoryMi: 131072 }, services: { cores: 16, memoryMi: 65536 } };
        const { nodes, components } = estimate(large, sizes);
        assert.ok(nodes.services && nodes.services.count.high > 2);
        const aggregator = components.find(({ component }) => component === "aggregator");
        assert.deepEqual(aggregator?.pods, { low: 1, high: 2 });
        assert.deepEqual(aggregator?.pod, aggregatorPod(large));
        assert.equal(aggregator?.all.limit.high, 2 * aggregatorPod(large).limit.high);
    });

    it("says whether a node has room for an aggregator, which cannot be divided", () => {
        const at = (series: number, memoryMi: number, cores = 16) =>
            serviceNodes(plan({ series, interval: 15 }), { cores, memoryMi })?.aggregator;
        assert.equal(at(10_000, 16384), "beside the others");
        // 3.2 to 31 GiB: beside 1.8 GiB of coordinator and query; alone; by the low figures alone; not at all.
        assert.equal(at(1e6, 65536), "beside the others");
        assert.equal(at(1e6, 41000), "alone");
        assert.equal(at(1e6, 16384), "perhaps too large");
        assert.equal(at(1e6, 3072), "too large");
        assert.equal(at(1e6, 65536, 0.4), "too large", "for want of cores");
        const raws = plan({ series: 1e6, interval: 15 }, { namespaces: [raw] });
        assert.equal(serviceNodes(raws, { cores: 16, memoryMi: 4096 })?.aggregator, "beside the others");
    });

    it("has M3's own number of shards", () => {
        assert.deepEqual([3, 6, 7, 24, 48, 130, 900].map(shardsFor), [64, 128, 256, 512, 1024, 4096, 4096]);
    });

    it("has a name, a unit and a source for every figure, and bounds in order", () => {
        for (const [key, one] of Object.entries<Figure>(figures)) {
            assert.ok(one.low <= one.high && one.name && one.unit && one.source.length > 5, key);
        }
        const said = Object.values<Figure>(figures).filter(({ source }) => /an assumption/.test(source));
        for (const { name, assumed } of said) assert.ok(assumed, name);
    });

    it("writes figures to what they are worth", () => {
        assert.equal(memoryText({ low: 1330, high: 1938 }), "1.3 to 1.9 GiB");
        assert.equal(bytesText(5 * 2 ** 30), "5 GiB");
        assert.equal(coresText({ low: 0.0441, high: 13.33 }), "0.044 to 13.3");
        assert.equal(figure(66_666), "66700");
    });
});
