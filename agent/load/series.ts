/**
 * The series of a load, as pure functions: labels by slot, generation and replica; values by series and time alone, so that a reader
 * can tell a lost, doubled or wrong sample without having been there when it was sent.
 *
 * Slots come in blocks of ten. A block is of one kind: ten counters, ten gauges, or one histogram (eight buckets, sum and count), and
 * churn replaces it as a whole, as a pod that is replaced takes all of its series with it.
 */
import type { LoadPlan } from "./types.ts";

export const slotsPerBlock = 10;
/** Slots with the same label `group`: what a reader asks for at once. */
export const slotsPerGroup = 100;

export type Kind = "counter" | "gauge" | "histogram";

export const metricNames = {
    counter: "m3perf_load_counter_total",
    gauge: "m3perf_load_gauge",
    bucket: "m3perf_load_seconds_bucket",
    sum: "m3perf_load_seconds_sum",
    count: "m3perf_load_seconds_count",
} as const;

/** Upper bounds of a histogram's buckets in seconds, and of 32 observations how many are at most that. */
export const buckets = [
    { le: "0.01", share: 1 },
    { le: "0.05", share: 3 },
    { le: "0.1", share: 8 },
    { le: "0.25", share: 16 },
    { le: "0.5", share: 26 },
    { le: "1", share: 30 },
    { le: "5", share: 31 },
    { le: "+Inf", share: 32 },
] as const;

const blockOf = (slot: number) => Math.floor(slot / slotsPerBlock);
export const blocksOf = (plan: LoadPlan) => Math.ceil(plan.series / slotsPerBlock);

/** Of which kind a slot's series is: the kinds' shares are met as evenly as blocks allow, from the first slot on. */
export function kindOf(plan: LoadPlan, slot: number): Kind {
    const { counter, gauge, histogram } = plan.kinds;
    const block = blockOf(slot);
    const whole = (block + 1) * slotsPerBlock <= plan.series;
    // A last block of less than ten has no room for a histogram.
    if (whole && steps(block + 1, histogram) > steps(block, histogram)) return "histogram";
    if (counter + gauge === 0) return whole ? "histogram" : "counter";
    const others = block - steps(block, histogram);
    const share = counter / (counter + gauge);
    return steps(others + 1, share) > steps(others, share) ? "counter" : "gauge";
}

/** Whole shares in so many blocks; the small addition keeps 10 × 0.3 and the like from being just below 3. */
const steps = (blocks: number, share: number) => Math.floor(blocks * share + 1e-9);

/** How often the series of a slot has been replaced at `time`. Blocks are replaced one after the other, in even steps from the start. */
export function generationOf(plan: LoadPlan, slot: number, time: number, startedAt: number): number {
    if (plan.churnPercentPerHour === 0) return 0;
    const lifetime = (3_600_000 * 100) / plan.churnPercentPerHour;
    const phase = (blockOf(slot) + 0.5) / blocksOf(plan);
    return Math.max(0, Math.floor((time - startedAt) / lifetime - phase) + 1);
}

/** Whose series a slot's is: each tenant has its share of the blocks, one after the other. */
export const tenantOf = (plan: LoadPlan, slot: number) => Math.floor((blockOf(slot) * plan.tenants) / blocksOf(plan));

/** A tenant's first slot; that of the one after the last is the plan's end. */
export const firstSlotOf = (plan: LoadPlan, tenant: number) =>
    Math.min(Math.ceil((tenant * blocksOf(plan)) / plan.tenants) * slotsPerBlock, plan.series);

/** The labels of a series; all label names are the same from the start to the end of a run. */
export function labelsOf(plan: LoadPlan, slot: number, generation: number, replica: number): Record<string, string> {
    const tenant = tenantOf(plan, slot);
    const labels: Record<string, string> = {
        ...plan.tenantLabels?.[tenant],
        ...nameOf(plan, slot),
        run: plan.run,
        tenant: `tenant-${tenant}`,
        group: String(Math.floor(slot / slotsPerGroup)),
        slot: String(slot),
        generation: String(generation),
    };
    if (plan.replicas > 1) labels.replica = String(replica);
    for (let index = 0; index < plan.extraLabels; index++) labels[`extra_${index}`] = extraValue(plan, slot, index);
    return labels;
}

function nameOf(plan: LoadPlan, slot: number): Record<string, string> {
    const kind = kindOf(plan, slot);
    if (kind !== "histogram") return { __name__: metricNames[kind] };
    const place = slot % slotsPerBlock;
    const bucket = buckets[place];
    if (bucket) return { __name__: metricNames.bucket, le: bucket.le };
    return { __name__: place === buckets.length ? metricNames.sum : metricNames.count };
}

/** Extra labels have 2, 10, 100, 1000, 2 … different values, as real ones are of all sorts; filled up to the bytes asked for. */
function extraValue(plan: LoadPlan, slot: number, index: number): string {
    const values = [2, 10, 100, 1000][index % 4] ?? 2;
    return String(slot % values)
        .padStart(plan.labelValueBytes, "v")
        .slice(-plan.labelValueBytes);
}

/** Values repeat after so many ms (6.2 days), which a counter shows as a reset; longer than data is kept in a test. */
export const valuePeriodMs = 2 ** 29;
/** So many series have value ranges of their own. */
const ranges = 2 ** 22;

/**
 * Value of a series at a time. Each series has a range of its own (2^29 wide) and moves in it with time, so a value tells both; all of
 * them are exact in float64, as M3 stores them (below 2^52, at most 3 binary places).
 */
export function valueAt(plan: LoadPlan, slot: number, generation: number, time: number): number {
    const at = time % valuePeriodMs;
    const kind = kindOf(plan, slot);
    // Counts up by one each ms: rate() of every counter is 1000 a second.
    if (kind === "counter") return rangeOf(slot, generation) + at;
    if (kind === "gauge") return rangeOf(slot, generation) + wander(at, slot);
    const place = slot % slotsPerBlock;
    const range = rangeOf(slot - place, generation);
    const share = buckets[place]?.share;
    if (share !== undefined) return (range / 32) * share + Math.floor((at * share) / 32);
    // Sum: 0.375 s each observation; count: what the last bucket has.
    return place === buckets.length ? (range / 8) * 3 + (at * 3) / 8 : range + at;
}

/** Where a series' values begin. The prime keeps the generations of one slot, and of its neighbours, apart. */
const rangeOf = (slot: number, generation: number) => (((slot + generation * 1_299_709) % ranges) + 1) * valuePeriodMs;

/** Up and down within 2^20 (17 minutes), differently for each slot, and never twice the same in a period. */
function wander(at: number, slot: number): number {
    const low = at % 1_048_576;
    return at - low + ((Math.imul(low, 0x9e3779b1) ^ Math.imul(slot, 0x85ebca6b)) & 0xfffff);
}
