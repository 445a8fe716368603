/**
 * Promise.all that ends only when all have ended, so that nothing goes on after a lock is freed. The first fault, which is what
 * is thrown, aborts the signal that the others were given; so does `signal`.
 */
export async function together<T>(
    signal: AbortSignal | undefined,
    works: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<T[]> {
    const fault = new AbortController();
    const shared = signal ? AbortSignal.any([signal, fault.signal]) : fault.signal;
    const started = works.map(async (work) => {
        try {
            return await work(shared);
        } catch (error) {
            fault.abort(error); // a later one changes nothing
            throw error;
        }
    });
    await Promise.allSettled(started);
    if (fault.signal.aborted) throw fault.signal.reason;
    return await Promise.all(started);
}
