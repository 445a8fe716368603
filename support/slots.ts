/** Lets at most `count` pieces of work run at the same time; who comes later waits for its turn, in the order of coming. */
export function slots(count: number): <T>(work: () => Promise<T>) => Promise<T> {
    let free = count;
    const waiting: (() => void)[] = [];
    return async (work) => {
        if (free > 0) free -= 1;
        else await new Promise<void>((turn) => waiting.push(turn));
        try {
            return await work();
        } finally {
            const next = waiting.shift();
            if (next) next();
            else free += 1;
        }
    };
}
