import type { Point } from "./traces.ts";

/**
 * At most about `most` points that look like all of them: of each stretch of time the lowest and the highest, so that no peak is lost, and a
 * gap where the stretch knows nothing. Pure.
 */
export function thinned(points: readonly Point[], most: number): Point[] {
    if (points.length <= most) return [...points];
    const size = Math.ceil(points.length / (most / 2));
    const kept: Point[] = [];
    for (let start = 0; start < points.length; start += size) {
        const part = points.slice(start, start + size);
        const known = part.filter((point): point is readonly [number, number] => point[1] !== null);
        const [first] = part;
        if (known.length === 0) {
            if (first) kept.push(first);
            continue;
        }
        const low = known.reduce((a, b) => (b[1] < a[1] ? b : a));
        const high = known.reduce((a, b) => (b[1] > a[1] ? b : a));
        kept.push(...(low === high ? [low] : low[0] < high[0] ? [low, high] : [high, low]));
    }
    return kept;
}

/** The points with an unknown one put between two that are further apart than `gapMs`: a line is not drawn across. Pure. */
export function withGaps(points: readonly Point[], gapMs: number): Point[] {
    return points.flatMap((point, index): Point[] => {
        const before = points[index - 1];
        return before && point[0] - before[0] > gapMs ? [[before[0] + 1, null], point] : [point];
    });
}

/** Known points with no known neighbour near enough for a line. Pure. */
export function lonely(points: readonly Point[], gapMs: number): (readonly [number, number])[] {
    const joined = (a: Point | undefined, b: Point) =>
        a !== undefined && a[1] !== null && Math.abs(a[0] - b[0]) <= gapMs;
    return points.flatMap((point, index): (readonly [number, number])[] => {
        const [at, value] = point;
        if (value === null || joined(points[index - 1], point) || joined(points[index + 1], point)) return [];
        return [[at, value]];
    });
}
