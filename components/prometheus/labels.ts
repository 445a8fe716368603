/** A map of labels without ours: what we set goes back to what it was before, unless somebody has changed it since. Pure. */
export function valuesWithout<T>(live: Record<string, T>, ours: Record<string, T>, original: Record<string, T>) {
    const kept = { ...live };
    for (const [name, value] of Object.entries(ours)) {
        if (live[name] !== value) continue;
        if (name in original) kept[name] = original[name] as T;
        else delete kept[name];
    }
    return kept;
}
