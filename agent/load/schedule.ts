/** When which series are sent: the requests of one interval, evenly spread over it. Pure. */
import { blocksOf, firstSlotOf, slotsPerBlock, tenantOf } from "./series.ts";
import type { LoadPlan } from "./types.ts";

/** A request that goes out once in each interval: the samples of slots `from` … `to` (excluded) of one replica. */
export interface ScheduledRequest {
    from: number;
    to: number;
    replica: number;
    /** After the interval's start, whole ms; also what its samples' time says. */
    offsetMs: number;
}

/** The slots of a worker, `to` excluded: whole blocks, so that a histogram has one sender. */
export function slotsOf(plan: LoadPlan): { from: number; to: number } {
    const { index, of } = plan.worker;
    const edge = (part: number) => Math.min(Math.floor((blocksOf(plan) * part) / of) * slotsPerBlock, plan.series);
    return { from: edge(index), to: edge(index + 1) };
}

/** Slots of one request: whole blocks where there is room for one, so that all of a histogram's samples have the same time. */
const slotsPerRequest = ({ batch }: LoadPlan) => (batch < slotsPerBlock ? batch : batch - (batch % slotsPerBlock));

/** The requests of one interval, in the order in which they go out. */
export function requestsOf(plan: LoadPlan): ScheduledRequest[] {
    const batches = batchesOf(plan);
    const count = batches.length * plan.replicas;
    return batches.flatMap((batch, place) =>
        Array.from({ length: plan.replicas }, (_, replica) => {
            const index = place * plan.replicas + replica;
            return { ...batch, replica, offsetMs: Math.floor((index * plan.intervalMs) / count) };
        }),
    );
}

/** The worker's slots in pieces of a request each. Where tenants have tokens of their own, a request is of one tenant. */
function batchesOf(plan: LoadPlan): { from: number; to: number }[] {
    const own = slotsOf(plan);
    const size = slotsPerRequest(plan);
    const batches: { from: number; to: number }[] = [];
    for (let from = own.from; from < own.to; ) {
        const end = (plan.tokens ?? 1) > 1 ? firstSlotOf(plan, tenantOf(plan, from) + 1) : own.to;
        const to = Math.min(from + size, end, own.to);
        batches.push({ from, to });
        from = to;
    }
    return batches;
}

/** The intended times (ms since 1970) at which a request goes out before `until`: those of its samples, too. */
export function timesOf(plan: LoadPlan, request: ScheduledRequest, startedAt: number, until: number): number[] {
    const first = startedAt + request.offsetMs;
    const count = Math.max(0, Math.ceil((until - first) / plan.intervalMs));
    return Array.from({ length: count }, (_, tick) => first + tick * plan.intervalMs);
}

/** Whether a plan with these requests has a sample of a slot at a time (ms since 1970). */
export function isDue(
    requests: ScheduledRequest[],
    { startedAt, intervalMs }: { startedAt: number; intervalMs: number },
    { slot, replica }: { slot: number; replica: number },
    time: number,
): boolean {
    const request = requests.find((one) => one.replica === replica && one.from <= slot && slot < one.to);
    const since = time - startedAt - (request?.offsetMs ?? 0);
    return request !== undefined && since >= 0 && since % intervalMs === 0;
}
