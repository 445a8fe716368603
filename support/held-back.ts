/** Lines of a child process that are worth showing only where it takes its time. */
export interface HeldBack {
    line(text: string): void;
    /** Ends it; returns what was not shown: of a child that failed, its last words, which belong into the error. */
    end(): string[];
}

/**
 * Shows the lines once `patience` milliseconds have gone by, each of them when it is `age` milliseconds old and the child goes on: what is
 * said right before the end is why it failed, and would be told twice.
 */
export function holdBack(say: (text: string) => void, { patience = 3000, age = 500 } = {}): HeldBack {
    const held: { text: string; at: number }[] = [];
    const start = performance.now();
    const timer = setInterval(() => {
        const now = performance.now();
        if (now - start < patience) return;
        const young = held.findIndex(({ at }) => now - at < age);
        for (const { text } of held.splice(0, young < 0 ? held.length : young)) say(text);
    }, age / 2);
    timer.unref();
    return {
        line: (text) => void held.push({ text, at: performance.now() }),
        end() {
            clearInterval(timer);
            return held.splice(0).map(({ text }) => text);
        },
    };
}
