import type * as z from "zod";

/** A schema as far as it is looked into: zod's own fields, whatever kind of schema it is. */
interface SchemaNode {
    shape?: Record<string, unknown>;
    element?: unknown;
    options?: unknown[];
    valueType?: unknown;
    def?: { type?: string; innerType?: unknown; in?: unknown; left?: unknown; right?: unknown; discriminator?: string };
}

/**
 * The keys that a schema knows at a path of an input: through objects, lists, records, unions (of a discriminated one the option
 * that the input names) and whatever wraps them.
 */
export function keysAt(schema: unknown, path: string[], input: unknown): string[] {
    return [...new Set(alternatives(schema, input).flatMap((node) => keysIn(node, path, input)))];
}

function keysIn(node: SchemaNode, path: string[], input: unknown): string[] {
    const [part, ...rest] = path;
    if (part === undefined) return Object.keys(node.shape ?? {});
    const next = node.shape ? node.shape[part] : (node.element ?? node.valueType);
    return next === undefined ? [] : keysAt(next, rest, valueAt(input, [part]));
}

/** The schemas that may be meant: more than one only for unions and intersections. */
function alternatives(schema: unknown, input: unknown): SchemaNode[] {
    const node = (schema ?? {}) as SchemaNode;
    const { innerType, in: piped, left, right, discriminator } = node.def ?? {};
    if (innerType) return alternatives(innerType, input);
    if (piped) return alternatives(piped, input);
    if (left && right) return [...alternatives(left, input), ...alternatives(right, input)];
    if (!node.options) return [node];
    const all = node.options.flatMap((option) => alternatives(option, input));
    if (discriminator === undefined) return all;
    const kind = valueAt(input, [discriminator]);
    const named = all.filter(({ shape }) => (shape?.[discriminator] as z.ZodType | undefined)?.safeParse(kind).success);
    return named.length > 0 ? named : all;
}

export function valueAt(input: unknown, path: string[]): unknown {
    return path.reduce<unknown>(
        (value, part) =>
            typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined,
        input,
    );
}
