/**
 * Works on all items, `lanes` of them at a time, and gives what came of each, in their order. Where `work` rejects, so does this, and
 * no further item is begun.
 */
export async function inLanes<T, R>(items: readonly T[], lanes: number, work: (item: T) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    const waiting = items.entries();
    let failed = false;
    const lane = async () => {
        for (const [index, item] of waiting) {
            if (failed) return;
            try {
                results[index] = await work(item);
            } catch (error) {
                failed = true;
                throw error;
            }
        }
    };
    await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
    return results;
}
