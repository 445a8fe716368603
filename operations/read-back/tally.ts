import type { CopyResult } from "../scenarios/types.ts";

/** Examples and gaps that are told at most (CopyResult). */
const mostTold = 20;
/** Of each kind of fault at first, so that a thousand missing samples do not hide the only wrong one. */
const mostOfAKind = 6;

export type Fault = "missing" | "doubled" | "wrong";

/** Counts what was found in one copy. Its memory grows with the different times at which samples are missing, and no further. */
export class Tally {
    found = 0;
    unasked = 0;
    readonly faults: Record<Fault, number> = { missing: 0, doubled: 0, wrong: 0 };
    readonly #missingAt = new Map<number, number>();
    readonly #examples: Record<Fault, string[]> = { missing: [], doubled: [], wrong: [] };

    missing(time: number, text: () => string): void {
        this.#missingAt.set(time, (this.#missingAt.get(time) ?? 0) + 1);
        this.#add("missing", text);
    }

    doubled(text: () => string): void {
        this.#add("doubled", text);
    }

    wrong(text: () => string): void {
        this.#add("wrong", text);
    }

    /** Adds what another one has counted. */
    add(other: Tally): void {
        this.found += other.found;
        this.unasked += other.unasked;
        for (const [time, samples] of other.#missingAt) {
            this.#missingAt.set(time, (this.#missingAt.get(time) ?? 0) + samples);
        }
        for (const kind of ["missing", "doubled", "wrong"] as const) {
            this.faults[kind] += other.faults[kind];
            const room = mostTold - this.#examples[kind].length;
            this.#examples[kind].push(...other.#examples[kind].slice(0, room));
        }
    }

    #add(kind: Fault, text: () => string): void {
        this.faults[kind] += 1;
        if (this.#examples[kind].length < mostTold) this.#examples[kind].push(text());
    }

    /** `interval`: ms between two samples of a series; times no further apart than twice that are one gap. */
    result(interval: number): CopyResult {
        return {
            found: this.found,
            ...this.faults,
            unasked: this.unasked,
            gaps: gapsOf(this.#missingAt, interval),
            examples: someOf([this.#examples.wrong, this.#examples.doubled, this.#examples.missing]),
        };
    }
}

/** Spans in which samples are missing at every interval or nearly, the widest first. Pure. */
export function gapsOf(missingAt: Map<number, number>, interval: number): CopyResult["gaps"] {
    const gaps: CopyResult["gaps"] = [];
    for (const [time, samples] of [...missingAt].sort(([a], [b]) => a - b)) {
        const last = gaps.at(-1);
        if (last && time - last.to <= 2 * interval) {
            last.to = time;
            last.samples += samples;
        } else gaps.push({ from: time, to: time, samples });
    }
    const width = (gap: CopyResult["gaps"][number]) => gap.to - gap.from;
    return gaps.sort((a, b) => width(b) - width(a) || b.samples - a.samples).slice(0, mostTold);
}

/** Some of each list, then whatever else there is room for. Pure. */
function someOf(lists: string[][]): string[] {
    const first = lists.flatMap((list) => list.slice(0, mostOfAKind));
    const rest = lists.flatMap((list) => list.slice(mostOfAKind));
    return [...first, ...rest].slice(0, mostTold);
}
