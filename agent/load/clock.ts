/** Time as the engine sees it; tests have one of their own. */
export interface Clock {
    /** ms since 1970, with fractions; never goes back. */
    now(): number;
    /** Calls back at that time or soon after. Returns what cancels it. */
    at(time: number, run: () => void): () => void;
}

const now = () => performance.timeOrigin + performance.now();

export const realClock: Clock = {
    now,
    at(time, run) {
        const timer = setTimeout(run, Math.max(0, Math.ceil(time - now())));
        return () => clearTimeout(timer);
    },
};
