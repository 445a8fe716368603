/** The candidate that a typing error could have come from; undefined when none is near. `limit`: edits at most. */
export function nearestOf(word: string, candidates: string[], limit = editsAllowed(word)): string | undefined {
    const ranked = candidates
        .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
        .sort((a, b) => a.distance - b.distance);
    const best = ranked[0];
    return best && best.distance <= limit ? best.candidate : undefined;
}

const editsAllowed = (word: string) => (word.length <= 3 ? 1 : Math.max(2, Math.ceil(word.length / 3)));

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
function editDistance(a: string, b: string): number {
    let before: number[] = [];
    let row = Array.from({ length: b.length + 1 }, (_, index) => index);
    for (let i = 1; i <= a.length; i++) {
        const next = [i];
        for (let j = 1; j <= b.length; j++) {
            const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
            const swapped =
                i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
                    ? (before[j - 2] ?? 0) + 1
                    : Number.POSITIVE_INFINITY;
            next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
        }
        [before, row] = [row, next];
    }
    return row[b.length] ?? 0;
}
