import { figures } from "./figures.ts";
import { m3dbCores, m3dbDisk, m3dbSeriesHeap } from "./m3db.ts";
import { type Plan, ratesOf } from "./plan.ts";
import { largest, map, type Range, scaled, sum, times } from "./range.ts";
import {
    aggregatorPod,
    coordinatorCores,
    coordinatorMemory,
    coordinatorPod,
    queryCores,
    queryKept,
    queryMemory,
    queryPod,
} from "./services.ts";

/** A machine to count in. */
export interface NodeSize {
    cores: number;
    memoryMi: number;
    /** Bytes for M3DB's volume. Absent: disks are not what decides. */
    disk?: number;
}

/** How many nodes, by each thing that could decide it; the largest does. */
export interface NodeCount {
    count: Range;
    /** "memory", "cores", "disk", "writes": what decides the upper bound. */
    decidedBy: string;
}

/** Parts of a node's memory that limits may add up to: settings/sizing.ts. */
export const memoryShare = { m3db: 0.55, services: 0.8 } as const;

/** Nodes for each replica of M3DB; undefined when not even an empty M3DB has room on such a node. */
export function m3dbNodes(plan: Plan, node: NodeSize): NodeCount | undefined {
    const room = node.memoryMi * memoryShare.m3db;
    const fixed = times(figures.m3dbIdleHeap, figures.m3dbCollector);
    if (room <= fixed.high) return undefined;
    const series = times(m3dbSeriesHeap(plan), figures.m3dbCollector);
    const cores = node.cores * figures.cpuUse.low;
    const { writes } = ratesOf(plan);
    return decided({
        memory: { low: series.low / (room - fixed.low), high: series.high / (room - fixed.high) },
        cores: scaled(m3dbCores(plan), 1 / (cores - figures.m3dbIdleCpu.low)),
        ...(node.disk === undefined ? {} : { disk: scaled(m3dbDisk(plan), 1 / (node.disk * figures.diskUse.low)) }),
        writes: { low: writes / figures.m3dbWritesPerNode.high, high: writes / figures.m3dbWritesPerNode.low },
    });
}

/** Nodes of coordinator and query, and whether such a node has room for a whole aggregator. */
export interface ServiceNodes extends NodeCount {
    aggregator: AggregatorRoom;
}

/** `beside the others`, as the reference has it; `alone`: on a node of its own; `perhaps too large`: by the high figures. */
export type AggregatorRoom = "beside the others" | "alone" | "perhaps too large" | "too large";

/**
 * Nodes that carry a coordinator and a query each; one or two of them an aggregator as well, where it has room. Two at
 * least, so that one may be away; undefined when not even the idle ones have room on such a node.
 */
export function serviceNodes(plan: Plan, node: NodeSize): ServiceNodes | undefined {
    const cores = node.cores * figures.cpuUse.low;
    const room = node.memoryMi * memoryShare.services;
    const idle = sum(figures.coordinatorIdle, figures.queryIdle, queryKept(plan));
    const fixed = times(idle, figures.serviceMemory);
    const fixedCores = sum(figures.coordinatorIdleCpu, figures.queryIdleCpu).high;
    if (room <= fixed.high || cores <= fixedCores) return undefined;
    const memory = times(sum(coordinatorMemory(plan), queryMemory(plan)), figures.serviceMemory);
    const busy = sum(coordinatorCores(plan), queryCores(plan));
    const nodes = decided(
        {
            memory: { low: memory.low / (room - fixed.low), high: memory.high / (room - fixed.high) },
            cores: scaled(busy, 1 / (cores - fixedCores)),
        },
        2,
    );
    return { ...nodes, aggregator: aggregatorRoom(plan, nodes.count.high, room, cores) };
}

/** Beside one of `pods` coordinators and queries. It cannot be divided: each instance takes every sample and holds every series. */
function aggregatorRoom(plan: Plan, pods: number, room: number, cores: number): AggregatorRoom {
    if (ratesOf(plan).aggregated === 0) return "beside the others";
    const one = aggregatorPod(plan);
    const others = [coordinatorPod(plan, pods), queryPod(plan, pods)];
    const memory = sum(one.limit, ...others.map(({ limit }) => limit));
    const busy = sum(one.cores, ...others.map((pod) => pod.cores));
    if (memory.high <= room && busy.high <= cores) return "beside the others";
    if (one.limit.high <= room && one.cores.high <= cores) return "alone";
    return one.limit.low <= room && one.cores.low <= cores ? "perhaps too large" : "too large";
}

function decided(needs: Record<string, Range>, least = 1): NodeCount {
    const entries = Object.entries(needs);
    const count = map(largest(...entries.map(([, need]) => need)), (need) => Math.max(least, Math.ceil(need)));
    const [first] = entries.sort(([, a], [, b]) => b.high - a.high);
    return { count, decidedBy: first && first[1].high > least ? first[0] : "the least" };
}

/** M3's own table for new clusters: github.com/m3db/m3, site/content/docs/operational_guide/placement_configuration.md. */
const shardTable = [
    [3, 64],
    [6, 128],
    [12, 256],
    [24, 512],
    [48, 1024],
] as const;

/** Shards for a cluster of so many M3DB nodes; fixed once it exists. */
export function shardsFor(nodes: number): number {
    return shardTable.find(([most]) => nodes <= most)?.[1] ?? 4096;
}
