/** Time as the engine sees it; tests have one of their own. */
export interface Clock {
    /** ms since 1970, with fractions; never goes back. */
    now(): number;
    /** Calls back at that time or soon after. Returns what cancels it. */
    at(time: number, run: () => void): () => void;
}

/** ms: a timer of Node that is longer goes off at once. */
const longestTimer = 2 ** 31 - 1;

const now = () => performance.timeOrigin + performance.now();

export const realClock: Clock = {
    now,
    at(time, run) {
        let timer: NodeJS.Timeout;
        const wait = () => {
            const left = Math.ceil(time - now());
            timer = left > longestTimer ? setTimeout(wait, longestTimer) : setTimeout(run, Math.max(0, left));
        };
        wait();
        return () => clearTimeout(timer);
    },
};
