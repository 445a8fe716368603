import type { CopyResult, ReadBack } from "../types.ts";

const listed = 20;

/** What was found of several loads, as one. Pure. */
export function mergeReadBacks(parts: ReadBack[]): ReadBack | null {
    const [first] = parts;
    if (!first || parts.length === 1) return first ?? null;
    const pods = [...new Set(parts.flatMap(({ replicas }) => Object.keys(replicas)))];
    const texts = (pick: (one: ReadBack) => string[] | undefined) => [
        ...new Set(parts.flatMap((one) => pick(one) ?? [])),
    ];
    const [unread, notes, sampled] = [
        texts(({ unread }) => unread),
        texts(({ notes }) => notes),
        texts(({ sampled }) => (sampled === undefined ? [] : [sampled])),
    ];
    const since = parts.flatMap(({ replicasSince }) => replicasSince ?? []);
    return {
        v: 1,
        at: Math.max(...parts.map(({ at }) => at)),
        checked: total(parts, ({ checked }) => checked),
        acknowledged: total(parts, ({ acknowledged }) => acknowledged),
        ...(sampled.length > 0 ? { sampled: sampled.join("; ") } : {}),
        merged: mergeCopies(parts.map(({ merged }) => merged)),
        replicas: Object.fromEntries(
            pods.map((pod) => {
                const copies = parts.flatMap(({ replicas }) => replicas[pod] ?? []);
                return [pod, { ...mergeCopies(copies), series: total(copies, ({ series }) => series) }];
            }),
        ),
        ...(since.length > 0 ? { replicasSince: Math.max(...since) } : {}),
        ...(unread.length > 0 ? { unread } : {}),
        ...(notes.length > 0 ? { notes } : {}),
    };
}

function mergeCopies(copies: CopyResult[]): CopyResult {
    return {
        found: total(copies, ({ found }) => found),
        missing: total(copies, ({ missing }) => missing),
        doubled: total(copies, ({ doubled }) => doubled),
        wrong: total(copies, ({ wrong }) => wrong),
        unasked: total(copies, ({ unasked }) => unasked),
        gaps: copies
            .flatMap(({ gaps }) => gaps)
            .sort((a, b) => b.to - b.from - (a.to - a.from))
            .slice(0, listed),
        examples: copies.flatMap(({ examples }) => examples).slice(0, listed),
    };
}

const total = <T>(all: T[], of: (one: T) => number) => all.reduce((sum, one) => sum + of(one), 0);
