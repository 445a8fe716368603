import type { Range } from "./range.ts";

/**
 * Every constant of the size model: a value or a range, its unit, and where it is from. What nobody measured is an assumption and says so.
 * "measured": one m3dbnode of M3 1.5.0 by itself, how and with what is in docs/size.md.
 */
export interface Figure extends Range {
    name: string;
    unit: string;
    source: string;
    /** One bound or both are ours, not measured and not told by M3. */
    assumed?: true;
}

const throughput = "lab, throughput runs with 10k series";
const perPod = "lab, per pod idle and at 5k samples/s";

export const figures = {
    m3dbIdleHeap: {
        name: "m3db: heap of an empty node (object pools, filled at the start)",
        ...{ low: 705, high: 827, unit: "MiB" },
        source: "measured: 705 alone, 827 in the lab; M3's default pooling",
    },
    m3dbSeriesHeap: {
        name: "m3db: heap of a series in a namespace (its index entry, tags, encoder)",
        ...{ low: 2700, high: 4100, unit: "B" },
        source: "measured with ids of about 190 B; high: half as much again for longer labels",
        assumed: true,
    },
    m3dbPointHeap: {
        name: "m3db: heap of a sample in an open block",
        ...{ low: 1.45, high: 4, unit: "B" },
        source: "M3 at Uber: 1.45 compressed; high: buffers grow by doubling",
        assumed: true,
    },
    m3dbRotation: {
        name: "m3db: heap of series and samples at a block's end, beside that before it",
        ...{ low: 1.2, high: 1.6, unit: "times" },
        source: "20 to 60 % more: https://chronosphere.io/engineering/observability/",
    },
    m3dbCollector: {
        name: "m3db: memory limit beside the heap in use",
        ...{ low: 1.75, high: 2.19, unit: "times" },
        source: "GOGC 75; high: and GOMEMLIMIT, 80 % of the limit, is never reached. M3: use at most half of the memory, github.com/m3db/m3 site/content/faqs/faqs.md",
    },
    m3dbIdleCpu: { name: "m3db: CPU of an idle node", low: 0.044, high: 0.044, unit: "cores", source: perPod },
    m3dbWriteCpu: {
        name: "m3db: CPU of a write, on each replica",
        ...{ low: 6.6, high: 14, unit: "µs" },
        source: `${perPod}: 6.6; ${throughput}: 7; high: twice that, for millions of series`,
        assumed: true,
    },
    m3dbWritesPerNode: {
        name: "m3db: writes per second that a node takes",
        ...{ low: 200_000, high: 350_000, unit: "writes/s" },
        source: "M3 at Uber: 200k comfortable, 350k regular peaks, https://github.com/m3db/m3/issues/786",
    },
    pointDisk: {
        name: "disk: a sample, compressed",
        ...{ low: 1.45, high: 2.9, unit: "B" },
        source: "M3 at Uber: 1.45; high: twice that, for values that compress badly",
        assumed: true,
    },
    seriesFileSet: {
        name: "disk: a series in a block's file set (id, tags, offsets, first sample)",
        ...{ low: 315, high: 630, unit: "B" },
        source: "measured with ids of about 190 B: 315; high: twice that, for longer labels",
        assumed: true,
    },
    seriesIndex: {
        name: "disk: a series in a block's index (its segments)",
        ...{ low: 430, high: 860, unit: "B" },
        source: "measured with ids of about 190 B and seven labels: 430; high: twice that, for longer labels",
        assumed: true,
    },
    snapshots: {
        name: "disk: snapshots of the open blocks, kept at a time",
        ...{ low: 1, high: 2, unit: "copies" },
        source: "measured: the new one is written before the old one goes",
    },
    commitLogPoint: {
        name: "disk: a write in the commit log",
        ...{ low: 38, high: 38, unit: "B" },
        source: "counted in M3 1.5.0, src/dbnode/persist/fs/msgpack/encoder_fast.go",
    },
    commitLogSeries: {
        name: "disk: a series' first write in a commit log file",
        ...{ low: 320, high: 640, unit: "B" },
        source: "measured with ids of about 190 B: 320; high: twice that, for longer labels",
        assumed: true,
    },
    commitLogMinutes: {
        name: "disk: writes that are in the commit log and not yet in a snapshot",
        ...{ low: 2, high: 20, unit: "minutes" },
        source: "an assumption: a snapshot of a busy node takes minutes",
        assumed: true,
    },
    diskUse: {
        name: "disk: how full it may be",
        ...{ low: 0.8, high: 0.8, unit: "of it" },
        source: "an assumption",
        assumed: true,
    },
    coordinatorCpu: {
        name: "coordinator: CPU of a sample with one replica",
        ...{ low: 17, high: 17, unit: "µs" },
        source: throughput,
    },
    coordinatorReplicaCpu: {
        name: "coordinator: CPU of a sample for each further replica",
        ...{ low: 3.5, high: 3.5, unit: "µs" },
        source: `${throughput}: 24 µs with three replicas`,
    },
    coordinatorAggregationCpu: {
        name: "coordinator: CPU of a sample that also goes to the aggregator",
        ...{ low: 10, high: 76, unit: "µs" },
        source: `${perPod}; ${throughput}: 18; high: 100 with all, https://github.com/m3db/m3/issues/1112 (M3 0.4.6)`,
    },
    coordinatorIdle: {
        name: "coordinator: memory when idle",
        ...{ low: 340, high: 390, unit: "MiB" },
        source: `${perPod}; ${throughput}`,
    },
    coordinatorMemory: {
        name: "coordinator: memory for a sample per second",
        ...{ low: 42, high: 47, unit: "KiB" },
        source: `568 MiB at 5k samples/s, 1390 at 24k (lab)`,
    },
    coordinatorIdleCpu: { name: "coordinator: CPU when idle", low: 0.025, high: 0.025, unit: "cores", source: perPod },
    queryIdle: {
        name: "query: memory when idle",
        ...{ low: 315, high: 340, unit: "MiB" },
        source: `${perPod}; ${throughput}`,
    },
    queryKept: {
        name: "query: memory that its pools keep once it has answered queries, for each replica",
        ...{ low: 150, high: 400, unit: "MiB" },
        source: "measured: heap in use of one replica, 5k series, streams of up to 1 KiB; lab with three: about 200; high: streams of 2 KiB, an assumption",
        assumed: true,
    },
    queryPointMemory: {
        name: "query: memory of a point while its query runs",
        ...{ low: 16, high: 64, unit: "B" },
        source: "a time and a value are 16; high: an assumption",
        assumed: true,
    },
    queryCpu: {
        name: "query: CPU of a point",
        ...{ low: 1.07, high: 2.13, unit: "µs" },
        source: `lab: 1k series × 240 points in 256 ms on two cores: one of them busy, or both`,
    },
    queryM3dbCpu: {
        name: "m3db: CPU of a point that is read, all replicas together",
        ...{ low: 0, high: 2.13, unit: "µs" },
        source: "not measured apart from the query's: none, or as much",
        assumed: true,
    },
    queryIdleCpu: { name: "query: CPU when idle", low: 0.018, high: 0.018, unit: "cores", source: perPod },
    serviceMemory: {
        name: "coordinator, query, aggregator: memory limit beside what is in use",
        ...{ low: 1, high: 1.25, unit: "times" },
        source: "an assumption: a fifth of the limit stays free",
        assumed: true,
    },
    aggregatorCpu: {
        name: "aggregator: CPU of a sample",
        ...{ low: 4, high: 8, unit: "µs" },
        source: `${throughput}: 4; high: twice that, for millions of series`,
        assumed: true,
    },
    aggregatorIdle: {
        name: "aggregator: memory when idle",
        ...{ low: 51, high: 70, unit: "MiB" },
        source: `${perPod}; ${throughput}`,
    },
    aggregatorSeries: {
        name: "aggregator: memory of a series in an aggregated namespace",
        ...{ low: 3.3, high: 26, unit: "KiB" },
        source: `84 MiB at 5k samples/s, 320 MiB at most, 10k series (lab)`,
    },
    aggregatorCopies: {
        name: "aggregator: copies of everything",
        ...{ low: 1, high: 2, unit: "copies" },
        source: "one, or a leader and a follower that holds the same",
    },
    aggregatorIdleCpu: { name: "aggregator: CPU when idle", low: 0.019, high: 0.019, unit: "cores", source: perPod },
    etcdMemory: {
        name: "etcd: memory of a member",
        ...{ low: 23, high: 50, unit: "MiB" },
        source: `${perPod}; ${throughput}. Samples do not pass through it`,
    },
    etcdCpu: { name: "etcd: CPU of a member", low: 0.01, high: 0.01, unit: "cores", source: perPod },
    cpuUse: {
        name: "nodes: how busy the cores may be",
        ...{ low: 0.6, high: 0.6, unit: "of them" },
        source: "an assumption: the rest is for a node that is away, snapshots and bootstraps",
        assumed: true,
    },
} as const satisfies Record<string, Figure>;

export type FigureName = keyof typeof figures;
