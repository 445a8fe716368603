/**
 * A note that passes on only so many of its calls: a terminal's line may change often (each second), but in a log each
 * note is a line of its own (each half minute).
 */
export function seldom(note: (text: string) => void, everyMs = process.stderr.isTTY ? 1000 : 30_000) {
    let told = Number.NEGATIVE_INFINITY;
    return (text: string) => {
        if (performance.now() - told < everyMs) return;
        told = performance.now();
        note(text);
    };
}
