import type * as z from "zod";
import { valueAt } from "./known-keys.ts";
import { unknownKeys } from "./problems.ts";

/**
 * What a schema reads of an input with mistakes in it: mistyped keys under the name that was probably meant, defaults in place of
 * wrong values; a list with a wrong entry goes as a whole. Undefined: what is left is not enough. So that one run also shows
 * what is wrong between settings.
 */
export function readable<T>(schema: z.ZodType<T>, input: unknown): T | undefined {
    let parsed = schema.safeParse(input);
    let copy = input;
    // A renamed key may hold a wrong value, and so on; each round has less to complain about.
    for (let round = 0; round < 4 && !parsed.success; round++) {
        copy = repaired(schema, copy, parsed.error);
        parsed = schema.safeParse(copy);
    }
    return parsed.data;
}

function repaired(schema: z.ZodType, input: unknown, error: z.ZodError): unknown {
    const copy = structuredClone(input);
    const mistyped = error.issues.flatMap((issue) => unknownKeys(schema, input, issue));
    for (const { path, key, nearest } of mistyped) {
        const parent = valueAt(copy, path);
        if (!isMap(parent)) continue;
        if (nearest && parent[nearest] === undefined) parent[nearest] = parent[key];
        Reflect.deleteProperty(parent, key);
    }
    for (const { code, path } of error.issues) {
        if (code === "unrecognized_keys" || valueAt(input, path.map(String)) === undefined) continue;
        const index = path.findIndex((part) => typeof part === "number");
        const objects = (index < 0 ? path : path.slice(0, index)).map(String);
        const parent = valueAt(copy, objects.slice(0, -1));
        if (isMap(parent)) Reflect.deleteProperty(parent, objects.at(-1) ?? "");
    }
    return copy;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
