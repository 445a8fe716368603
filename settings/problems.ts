import type * as z from "zod";

/** One setting that is wrong: where, what it is, and what would be right. `value` undefined: it is missing. */
export interface SettingProblem {
    path: string;
    value: unknown;
    reason: string;
}

/** The problems of a parse, each with its value in the input. */
export function problemsOf(schema: z.ZodType, input: unknown, prefix: string): SettingProblem[] {
    const parsed = schema.safeParse(input);
    if (parsed.success) return [];
    return parsed.error.issues.flatMap((issue) => {
        const path = issue.path.map(String);
        if (issue.code === "unrecognized_keys") {
            return issue.keys.map((key) => ({
                path: join(prefix, [...path, key]),
                value: valueAt(input, [...path, key]),
                reason: unknownKey(key, keysAt(schema, path)),
            }));
        }
        return [{ path: join(prefix, path), value: valueAt(input, path), reason: issue.message }];
    });
}

/** The input without what a parse refused, so that its defaults stand in; a list with a wrong entry goes as a whole. */
export function withoutWrong(input: Record<string, unknown>, error: z.ZodError | undefined): Record<string, unknown> {
    const copy = structuredClone(input);
    for (const issue of error?.issues ?? []) {
        const keys = issue.code === "unrecognized_keys" ? issue.keys : [undefined];
        for (const key of keys) {
            const path = key === undefined ? issue.path : [...issue.path, key];
            const index = path.findIndex((part) => typeof part === "number");
            const objects = index < 0 ? path : path.slice(0, index);
            const parent = valueAt(copy, objects.slice(0, -1).map(String));
            if (typeof parent === "object" && parent !== null) Reflect.deleteProperty(parent, String(objects.at(-1)));
        }
    }
    return copy;
}

function unknownKey(key: string, known: string[]): string {
    const nearest = nearestOf(key, known);
    return nearest ? `is not known: did you mean ${nearest}?` : `is not known; there are: ${known.join(", ")}`;
}

function join(prefix: string, path: string[]): string {
    return path.reduce(
        (text, part) =>
            /^\d+$/.test(part)
                ? `${text}[${part}]`
                : text === "" || text.endsWith(":")
                  ? text + part
                  : `${text}.${part}`,
        prefix,
    );
}

function valueAt(input: unknown, path: string[]): unknown {
    return path.reduce<unknown>(
        (value, part) =>
            typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined,
        input,
    );
}

/** The keys that the schema knows at a path; follows objects, arrays, optional and default wrappers. */
function keysAt(schema: unknown, path: string[]): string[] {
    const node = unwrap(schema);
    const [part, ...rest] = path;
    if (part === undefined) return Object.keys(node.shape ?? {});
    return keysAt(node.element ?? node.shape?.[part], rest);
}

interface SchemaNode {
    shape?: Record<string, unknown>;
    element?: unknown;
    def?: { innerType?: unknown };
}

function unwrap(schema: unknown): SchemaNode {
    const node = (schema ?? {}) as SchemaNode;
    return node.def?.innerType ? unwrap(node.def.innerType) : node;
}

/** The candidate that a typing error could have come from; undefined when none is near. */
export function nearestOf(word: string, candidates: string[]): string | undefined {
    const ranked = candidates
        .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
        .sort((a, b) => a.distance - b.distance);
    const best = ranked[0];
    return best && best.distance <= Math.max(2, Math.ceil(word.length / 3)) ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
    let row = Array.from({ length: b.length + 1 }, (_, index) => index);
    for (let i = 1; i <= a.length; i++) {
        const next = [i];
        for (let j = 1; j <= b.length; j++) {
            const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
            next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
        }
        row = next;
    }
    return row[b.length] ?? 0;
}

/** "path = value    reason", one line each, the reasons aligned. */
export function describeProblems(problems: SettingProblem[]): string[] {
    const left = problems.map(({ path, value }) => (value === undefined ? path : `${path} = ${JSON.stringify(value)}`));
    const width = Math.min(100, Math.max(...left.map((text) => text.length)));
    return problems.map(
        ({ reason, value }, index) =>
            `${(left[index] ?? "").padEnd(width)}    ${value === undefined && reason.startsWith("Invalid input") ? "is missing" : reason}`,
    );
}
