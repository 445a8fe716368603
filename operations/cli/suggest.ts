/** The nearest of `known` to a mistyped word; undefined when none is near. Pure. */
export function nearest(word: string, known: string[]): string | undefined {
    const limit = Math.max(1, Math.floor(word.length / 3));
    const ranked = known
        .map((name) => ({ name, distance: distance(word, name) }))
        .sort((a, b) => a.distance - b.distance);
    const best = ranked[0];
    return best && best.distance <= limit ? best.name : undefined;
}

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
function distance(a: string, b: string): number {
    const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
    const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
    for (let i = 1; i <= a.length; i += 1) {
        rows[i] = [i];
        const row = rows[i] ?? [];
        for (let j = 1; j <= b.length; j += 1) {
            const same = a[i - 1] === b[j - 1] ? 0 : 1;
            const swapped =
                a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
            row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same, swapped);
        }
    }
    return at(a.length, b.length);
}
