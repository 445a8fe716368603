/** Seconds of several runs of one thing. */
export interface Measured {
    what: string;
    seconds: number[];
}

export function median(values: number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
    if (low === undefined || high === undefined) throw new Error("no values to take the median of");
    return (low + high) / 2;
}

/** A table of medians with their spread, as Markdown. Pure. */
export function renderMeasured(measured: Measured[]): string {
    const rows = measured.map(({ what, seconds }) => [
        what,
        median(seconds).toFixed(2),
        `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`,
        String(seconds.length),
    ]);
    const all = [["what", "median s", "min–max", "runs"], ["---", "---", "---", "---"], ...rows];
    return all.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Least squares through (x, y): how much y grows with one x more. Pure. */
export function slopeOf(points: [number, number][]): number {
    const mean = (index: 0 | 1) => points.reduce((sum, point) => sum + point[index], 0) / points.length;
    const [x, y] = [mean(0), mean(1)];
    const spread = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
    return spread === 0 ? 0 : points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) / spread;
}
