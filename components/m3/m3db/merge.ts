/** What a configuration is made of. */
export type Tree = { [key: string]: Value };
export type Value = string | number | boolean | null | Value[] | Tree;

/**
 * Lays a user's configuration over a default: objects are merged key by key, anything else (lists as a whole) takes the place of
 * what was there, null takes the key away. Neither argument is changed.
 */
export function mergeConfig(base: Tree, over: Record<string, unknown>): Tree {
    const merged: Tree = { ...base };
    for (const [key, value] of Object.entries(over)) {
        const before = merged[key];
        if (value === null) delete merged[key];
        else if (isTree(value)) merged[key] = mergeConfig(isTree(before) ? before : {}, value);
        else merged[key] = value as Value;
    }
    return merged;
}

function isTree(value: unknown): value is Tree {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
