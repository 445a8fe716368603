import { manifestName } from "./go.ts";
import type { ToolSet } from "./sets.ts";

export interface BuildPlan {
    /**
     * Longest first, so that the last minutes are not one long build alone. Sets of one manifest are built one after the
     * other: the later find compiled what they share, where two at once would both compile it.
     */
    rows: ToolSet[][];
    /** Rows that build at once. */
    atOnce: number;
    /** Compilers at once in each of them: go's -p. */
    jobs: number;
    /** The choice in words. */
    text: string;
}

/** MiB that stay free for everything else on the machine. */
const spareMiB = 1024;

/** MiB that a build of `set` takes with `jobs` compilers: sets.ts has the figure for two; half of it is go itself and the linker. */
export const buildMemoryMiB = (set: ToolSet, jobs: number) => Math.round((set.memoryMiB * (2 + jobs)) / 4);

/**
 * How many sets build at once and with how many compilers, from the machine's cores and free memory (MiB). Two at once
 * even on two cores: one links or downloads (one core, or none) while the other compiles.
 */
export function planBuilds(sets: ToolSet[], machine: { cores: number; freeMiB: number }): BuildPlan {
    const order = [...sets].sort((a, b) => b.coreMinutes - a.coreMinutes);
    const rows = [...Map.groupBy(order, manifestName).values()];
    const budget = machine.freeMiB - spareMiB;
    const wanted = machine.cores < 2 ? 1 : Math.max(2, Math.floor(machine.cores / 4) + 1);
    let atOnce = Math.max(1, Math.min(rows.length, wanted));
    let jobs = Math.max(1, Math.min(machine.cores, 8));
    const needed = () =>
        rows
            .map((row) => Math.max(...row.map((set) => buildMemoryMiB(set, jobs))))
            .sort((a, b) => b - a)
            .slice(0, atOnce)
            .reduce((sum, mib) => sum + mib, 0);
    while (needed() > budget && (atOnce > 1 || jobs > 1)) {
        if (atOnce > 1) atOnce -= 1;
        else jobs -= 1;
    }
    const gib = (mib: number) => (mib / 1024).toFixed(0);
    const text =
        `${count(atOnce, "set")} at once, ${count(jobs, "compiler")} each, for ${count(machine.cores, "core")} and ` +
        `${gib(machine.freeMiB)} GiB of free memory (need: up to ${gib(needed())} GiB)`;
    return { rows, atOnce, jobs, text };
}

/** Runs `work` over all items, `atOnce` at a time, in order. The first failure lets the running ones end, then is thrown. */
export async function runAtOnce<T>(items: T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
    const waiting = [...items];
    const failures: unknown[] = [];
    const worker = async () => {
        for (let item = waiting.shift(); item !== undefined && failures.length === 0; item = waiting.shift()) {
            await work(item).catch((error: unknown) => failures.push(error));
        }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    if (failures.length > 0) throw failures[0];
}

const count = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
