/** Counters to rates. */

export type Counters = Record<string, number>;

interface Taken {
    at: number;
    counters: Counters;
}

/** Remembers the counters of each process and gives what they grew by in a second since the last time. */
export class Rates {
    readonly #taken = new Map<string, Taken>();

    /** Undefined the first time, when no time has passed, and when the clock went back: then it begins anew. */
    update(key: string, at: number, counters: Counters): Counters | undefined {
        const before = this.#taken.get(key);
        if (at === before?.at) return undefined;
        this.#taken.set(key, { at, counters });
        return before && at > before.at ? ratesBetween(before, { at, counters }) : undefined;
    }

    /** Forgets all others. */
    keep(keys: Iterable<string>): void {
        const kept = new Set(keys);
        for (const key of this.#taken.keys()) if (!kept.has(key)) this.#taken.delete(key);
    }
}

/**
 * Growth in a second. A counter that fell says that its process began again, so all of them began at zero: then what they have now is
 * what they grew by. A counter that was not there before began at zero, too. So no rate is ever negative. Pure.
 */
export function ratesBetween(before: Taken, now: Taken): Counters {
    const restarted = Object.entries(now.counters).some(([name, value]) => value < (before.counters[name] ?? 0));
    const seconds = (now.at - before.at) / 1000;
    return Object.fromEntries(
        Object.entries(now.counters).map(([name, value]) => {
            const base = restarted ? 0 : (before.counters[name] ?? 0);
            return [name, (value - base) / seconds];
        }),
    );
}

/**
 * The value under which the share `q` of what a histogram counted lies, by the counts of its buckets ("le" as number to how many were at
 * most that), linear within a bucket, as PromQL's histogram_quantile has it. Null when it counted nothing. Pure.
 */
export function quantileOf(q: number, buckets: ReadonlyMap<number, number>): number | null {
    const sorted = [...buckets].sort(([a], [b]) => a - b);
    const total = sorted.at(-1)?.[1] ?? 0;
    if (total <= 0) return null;
    const wanted = q * total;
    let [lower, below] = [0, 0];
    for (const [bound, count] of sorted) {
        if (count >= wanted) {
            if (bound === Number.POSITIVE_INFINITY) return lower;
            return count === below ? bound : lower + ((bound - lower) * (wanted - below)) / (count - below);
        }
        [lower, below] = [bound, count];
    }
    return lower;
}
