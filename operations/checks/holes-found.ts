import type { Copies } from "../access/copies.ts";

/** A stretch of time in which a replica lacks samples that another one has: at least from the first to the last of them. */
export interface Hole {
    pod: string;
    /** ms since 1970 */
    from: number;
    to: number;
    samples: number;
    /** Shards of the series in which it is seen. */
    shards: number[];
}

interface Seen {
    at: number;
    there: boolean;
    shard: number;
}

/**
 * The holes of each replica. Those of the whole node are looked for over all series at once: whatever their intervals, a node that
 * is away has none of them, and the first sample that it has again ends the hole. What is left is one shard's. Pure.
 */
export function holesIn(series: Copies[]): Hole[] {
    const pods = [...new Set(series.flatMap(({ copies }) => [...copies.keys()]))].sort();
    return pods.flatMap((pod) => {
        const own = series.filter(({ copies }) => copies.has(pod)).map((one) => seenBy(pod, one));
        const whole = runs(pod, own.flat());
        const single = own.flatMap((seen) => runs(pod, seen));
        const inside = (hole: Hole) => whole.some(({ from, to }) => from <= hole.from && hole.to <= to);
        return [...whole, ...single.filter((hole) => !inside(hole))].sort((a, b) => a.from - b.from);
    });
}

function seenBy(pod: string, { shard, copies }: Copies): Seen[] {
    const all = new Set([...copies.values()].flatMap((points) => points.map(({ timestamp }) => timestamp)));
    const own = new Set(copies.get(pod)?.map(({ timestamp }) => timestamp));
    return [...all].map((at) => ({ at, there: own.has(at), shard }));
}

/** Samples after each other, in time, of which none is there. At the same time, one that is there ends a hole. */
function runs(pod: string, seen: Seen[]): Hole[] {
    const holes: Hole[] = [];
    let open: Hole | undefined;
    for (const { at, there, shard } of seen.sort((a, b) => a.at - b.at || Number(b.there) - Number(a.there))) {
        if (there) {
            open = undefined;
        } else if (open) {
            open.to = at;
            open.samples += 1;
            if (!open.shards.includes(shard)) open.shards.push(shard);
        } else {
            open = { pod, from: at, to: at, samples: 1, shards: [shard] };
            holes.push(open);
        }
    }
    return holes;
}
