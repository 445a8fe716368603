import { slotsOf } from "../../agent/load/schedule.ts";
import { slotsPerGroup } from "../../agent/load/series.ts";
import type { LoadPlan } from "../../agent/load/types.ts";

/** What one query asks for: groups `from` … `to` (excluded) of a load's series in a time span (its end excluded; whole seconds). */
export interface Chunk {
    groups: { from: number; to: number };
    from: number;
    to: number;
}

/** An answer has about 30 bytes for each sample: 1 MB, which costs m3query some 50 MiB (docs/read-back.md). */
const samplesOfAnswer = 30_000;

/** Splits a load so that no answer has many more samples than `most`: groups come together where they are few, or apart in time. Pure. */
export function chunksOf(plan: LoadPlan, span: { from: number; to: number }, most = samplesOfAnswer): Chunk[] {
    const slots = slotsOf(plan);
    const groups = { from: Math.floor(slots.from / slotsPerGroup), to: Math.ceil(slots.to / slotsPerGroup) };
    const length = span.to - span.from;
    const ofGroup = (slotsPerGroup * plan.replicas * length) / plan.intervalMs;
    const together = Math.max(1, Math.floor(most / ofGroup));
    const seconds = Math.max(1, Math.floor((most / ofGroup) * (length / 1000)));
    const chunks: Chunk[] = [];
    for (let from = span.from; from < span.to; from += seconds * 1000) {
        const to = Math.min(from + seconds * 1000, span.to);
        for (let group = groups.from; group < groups.to; group += together) {
            chunks.push({ groups: { from: group, to: Math.min(group + together, groups.to) }, from, to });
        }
    }
    return chunks;
}

/** Two halves of a chunk that M3 would not answer whole; none: it cannot be smaller. Pure. */
export function halvesOf({ groups, from, to }: Chunk): Chunk[] {
    const middle = Math.ceil((groups.from + groups.to) / 2);
    if (groups.to - groups.from > 1) {
        return [
            { groups: { from: groups.from, to: middle }, from, to },
            { groups: { from: middle, to: groups.to }, from, to },
        ];
    }
    if (to - from <= 1000) return [];
    const half = from + Math.ceil((to - from) / 2000) * 1000;
    return [
        { groups, from, to: half },
        { groups, from: half, to },
    ];
}
