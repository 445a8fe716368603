/** What can be told of two handfuls of repeats. Few are compared, so nothing is assumed of how they are spread. Pure. */

export interface Spread {
    n: number;
    median: number;
    min: number;
    max: number;
}

export type Outcome = "alone" | "same" | "apart" | "few" | "shifted" | "noise";

export interface Judgement {
    outcome: Outcome;
    /** In words, with what they rest on. */
    words: string;
    /** Of the medians, the second less the first. */
    difference: number;
    /** Of the first median; null where that is 0. */
    percent: number | null;
    /** Mann-Whitney, two-sided, exact: how often the same runs, dealt out by chance, lie as far apart. Null with one run on a side. */
    p: number | null;
}

/** Null where there are none. */
export function spreadOf(values: readonly number[]): Spread | null {
    if (values.length === 0) return null;
    const sorted = values.toSorted((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    const at = (index: number) => sorted[index] as number;
    const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
    return { n: sorted.length, median, min: at(0), max: at(sorted.length - 1) };
}

/** More often than this by chance: too few runs to call it a difference. Three repeats on each side just reach it. */
const chanceAllowed = 0.1;
const pAllowed = 0.05;

/** Throws where a side has no value: then there is nothing to judge. */
export function judge(a: readonly number[], b: readonly number[]): Judgement {
    const [first, second] = [spreadOf(a), spreadOf(b)];
    if (!first || !second) throw new Error("nothing to judge without values on both sides");
    const difference = second.median - first.median;
    const percent = first.median === 0 ? null : (100 * difference) / Math.abs(first.median);
    const p = a.length > 1 && b.length > 1 ? mannWhitney(a, b) : null;
    return { ...outcomeOf(first, second, p), difference, percent, p };
}

function outcomeOf(a: Spread, b: Spread, p: number | null): { outcome: Outcome; words: string } {
    if (p === null) {
        const words =
            a.n === 1 && b.n === 1
                ? "one run each: cannot be told"
                : `one run of ${a.n === 1 ? "the first" : "the other"}: cannot be told`;
        return { outcome: "alone", words };
    }
    if (a.min === a.max && b.min === b.max && a.min === b.min)
        return { outcome: "same", words: "the same in every run" };
    if (a.max < b.min || b.max < a.min) {
        const chance = 2 / choose(a.n + b.n, a.n);
        const often = `by chance in 1 of ${Math.round(1 / chance)}`;
        return chance <= chanceAllowed + 1e-12
            ? { outcome: "apart", words: `differs by more than the repeats' spread (${often})` }
            : { outcome: "few", words: `the ranges lie apart, but with so few runs that is so ${often}: repeat more` };
    }
    if (p <= pAllowed)
        return { outcome: "shifted", words: `differs, though the ranges overlap (Mann-Whitney p ${pText(p)})` };
    return { outcome: "noise", words: `within the noise (Mann-Whitney p ${pText(p)})` };
}

const pText = (p: number) => (p < 0.001 ? "< 0.001" : `= ${Number(p.toPrecision(2))}`);

/**
 * Exact also where values are equal (they share their ranks): of all ways to deal the values out to the two sides, the share in which the
 * first side's ranks lie at least as far from their middle. Counted by sums of ranks, not one by one. (Mann, Whitney 1947.)
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
    // Twice the rank, so that shared ranks are whole.
    const ranks = doubledRanks([...a, ...b]);
    const total = ranks.reduce((sum, rank) => sum + rank, 0);
    const seen = ranks.slice(0, a.length).reduce((sum, rank) => sum + rank, 0);
    // ways[k][s]: how many choices of k of the values have ranks of sum s.
    const ways = Array.from({ length: a.length + 1 }, () => new Float64Array(total + 1));
    (ways[0] as Float64Array)[0] = 1;
    for (const rank of ranks) {
        for (let k = a.length; k > 0; k -= 1) {
            const [into, from] = [ways[k] as Float64Array, ways[k - 1] as Float64Array];
            for (let sum = total; sum >= rank; sum -= 1) into[sum] = (into[sum] ?? 0) + (from[sum - rank] ?? 0);
        }
    }
    const expected = (total * a.length) / ranks.length;
    const far = Math.abs(seen - expected) - 1e-9;
    const counts = ways[a.length] as Float64Array;
    const as = counts.reduce((sum, count, at) => (Math.abs(at - expected) >= far ? sum + count : sum), 0);
    return Math.min(1, as / counts.reduce((sum, count) => sum + count, 0));
}

function doubledRanks(values: readonly number[]): number[] {
    return values.map((value) => {
        const below = values.filter((other) => other < value).length;
        const equal = values.filter((other) => other === value).length;
        return 2 * below + equal + 1;
    });
}

function choose(n: number, k: number): number {
    let ways = 1;
    for (let index = 1; index <= k; index += 1) ways = (ways * (n - k + index)) / index;
    return ways;
}
