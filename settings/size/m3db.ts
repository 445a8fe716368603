import { figures } from "./figures.ts";
import { type Plan, type PlannedNamespace, pointsPerSecond, ratesOf, writesOf } from "./plan.ts";
import { exactly, map, type Range, scaled, sum, times } from "./range.ts";

const MiB = 2 ** 20;

/** What one pod needs. */
export interface Amount {
    /** Memory that it uses (its RSS), MiB. */
    memory: Range;
    /** Memory limit that it should have, MiB. */
    limit: Range;
    /** Cores that it uses. */
    cores: Range;
    /** Bytes on disk. */
    disk: Range;
}

/** One of `pods` M3DB pods that hold a replica together. */
export function m3dbPod(plan: Plan, pods: number): Amount {
    const series = seriesHeap(plan);
    const between = figures.m3dbIdleHeap.low + series.low / pods;
    const atRotation = sum(figures.m3dbIdleHeap, scaled(m3dbSeriesHeap(plan), 1 / pods));
    return {
        // From the heap after a collection in the middle of a block to what it grows to before the next, at a block's end (GOGC 75).
        memory: { low: between, high: atRotation.high * figures.m3dbCollector.low },
        limit: times(atRotation, figures.m3dbCollector),
        cores: sum(figures.m3dbIdleCpu, scaled(m3dbCores(plan), 1 / pods)),
        disk: scaled(m3dbDisk(plan), 1 / pods),
    };
}

/** MiB of heap for a whole replica at a block's end, the index of the old block and of the new both there; what a limit is made for. */
export function m3dbSeriesHeap(plan: Plan): Range {
    return times(seriesHeap(plan), figures.m3dbRotation);
}

/** MiB of heap for a whole replica's series and the samples of its open blocks. */
function seriesHeap({ load, namespaces }: Plan): Range {
    return sum(
        ...namespaces.map((namespace) => {
            const open = namespace.blockSize + (namespace.bufferPast ?? 20 * 60);
            const series = scaled(figures.m3dbSeriesHeap, inTime(load.series, load.churnPercentPerHour, open));
            const points = scaled(figures.m3dbPointHeap, writesOf(namespace, load) * open);
            return scaled(sum(series, points), 1 / MiB);
        }),
    );
}

/** Cores for a whole replica, without what an idle node takes. */
export function m3dbCores(plan: Plan): Range {
    const writes = scaled(figures.m3dbWriteCpu, ratesOf(plan).writes / 1e6);
    const reads = scaled(figures.queryM3dbCpu, pointsPerSecond(plan) / 1e6 / plan.replicationFactor);
    return sum(writes, reads);
}

/** Bytes on the disks of a whole replica; the disks themselves have to be larger (figures.diskUse). */
export function m3dbDisk(plan: Plan): Range {
    return sum(...plan.namespaces.map((namespace) => namespaceDisk(plan, namespace)), commitLog(plan));
}

/** Blocks leave as a whole, so one more than the retention has is there; the open one is a snapshot or two, without an index. */
function namespaceDisk({ load }: Plan, namespace: PlannedNamespace): Range {
    const { retention, blockSize } = namespace;
    const samples = scaled(figures.pointDisk, writesOf(namespace, load) * blockSize);
    const series = inTime(load.series, load.churnPercentPerHour, blockSize);
    const fileSet = sum(samples, scaled(figures.seriesFileSet, series));
    const blocks = exactly(Math.ceil(retention / blockSize) + 1);
    return sum(times(fileSet, sum(blocks, figures.snapshots)), times(scaled(figures.seriesIndex, series), blocks));
}

function commitLog(plan: Plan): Range {
    const { load, namespaces } = plan;
    const { writes } = ratesOf(plan);
    const points = times(
        map(figures.commitLogMinutes, (minutes) => minutes * 60 * writes),
        figures.commitLogPoint,
    );
    return sum(points, scaled(figures.commitLogSeries, load.series * namespaces.length));
}

/** Different series that are seen in a time, the ones that end and their successors both counted. */
function inTime(series: number, churnPercentPerHour: number, seconds: number): number {
    return series * (1 + ((churnPercentPerHour / 100) * seconds) / 3600);
}
