import type * as z from "zod";
import { nearestOf } from "../support/nearest.ts";
import { keysAt, valueAt } from "./known-keys.ts";
import { noneOfUnion, words } from "./words.ts";

/** One setting that is wrong: where, what it is, and what would be right. `value` undefined: it is missing. */
export interface SettingProblem {
    path: string;
    value: unknown;
    reason: string;
}

/** The problems of a parse, each with its value in the input; one for each place, since what is asked first says it best. */
export function problemsOf(schema: z.ZodType, input: unknown, prefix: string): SettingProblem[] {
    const parsed = schema.safeParse(input, { error: words });
    if (parsed.success) return [];
    const issues = parsed.error.issues.flatMap((issue) => withoutUnions(issue, input));
    const unknown = issues.flatMap((issue) => unknownKeys(schema, input, issue));
    const meant = new Set(unknown.flatMap(({ path, nearest }) => (nearest ? [join("", [...path, nearest])] : [])));
    const problems = [
        ...unknown.map(({ path, key, reason }) => problem(prefix, input, [...path, key], reason)),
        ...issues
            .filter(({ code }) => code !== "unrecognized_keys")
            // A key that is there under a mistyped name is not missing as well.
            .filter(
                ({ path }) => valueAt(input, path.map(String)) !== undefined || !meant.has(join("", path.map(String))),
            )
            .map(({ path, message }) => problem(prefix, input, path.map(String), message)),
    ];
    return problems.filter(({ path }, index) => problems.findIndex((other) => other.path === path) === index);
}

function problem(prefix: string, input: unknown, path: string[], reason: string): SettingProblem {
    const value = valueAt(input, path);
    const nothing = value === undefined ? "missing" : value === null ? "empty" : undefined;
    const told = nothing && reason.startsWith("must ") ? `is ${nothing}; it ${reason}` : reason;
    return { path: join(prefix, path), value, reason: told };
}

type Issue = z.core.$ZodIssue;

/** In place of "none of these" the issues of the option that the input comes nearest to; a union's own text stays. */
function withoutUnions(issue: Issue, input: unknown): Issue[] {
    if (issue.code !== "invalid_union" || issue.message !== noneOfUnion) return [issue];
    const inside = (issues: readonly Issue[]) =>
        issues.every(({ code, path }) => path.length > 0 || code === "unrecognized_keys");
    const nearest = issue.errors.filter(inside).sort((a, b) => a.length - b.length)[0];
    if (nearest) return nearest.flatMap((one) => withoutUnions({ ...one, path: [...issue.path, ...one.path] }, input));
    const allowed = issue.errors.flatMap(([first]) => (first ? [first.message.replace(/^must be /, "")] : []));
    return [{ ...issue, message: `must be ${[...new Set(allowed)].join(", or ")}` }];
}

interface UnknownKey {
    path: string[];
    key: string;
    /** The known key that was probably meant. */
    nearest: string | undefined;
    reason: string;
}

/** The keys of an issue that the schema does not know. */
export function unknownKeys(schema: z.ZodType, input: unknown, issue: Issue): UnknownKey[] {
    if (issue.code !== "unrecognized_keys") return [];
    const path = issue.path.map(String);
    const known = keysAt(schema, path, input);
    return issue.keys.map((key) => {
        const nearest = nearestOf(key, known);
        const hint = nearest ? `did you mean ${nearest}?` : `there are: ${known.join(", ")}`;
        return { path, key, nearest, reason: `is not known: ${hint}` };
    });
}

function join(prefix: string, path: string[]): string {
    return path.reduce(
        (text, part) =>
            /^\d+$/.test(part)
                ? `${text}[${part}]`
                : text === "" || text.endsWith(":") || text.endsWith(": ")
                  ? text + part
                  : `${text}.${part}`,
        prefix,
    );
}

/** "path = value    reason", one line each, the reasons aligned. `isSecret` tells the settings that Pulumi keeps as secrets. */
export function describeProblems(problems: SettingProblem[], isSecret = (_key: string) => false): string[] {
    const left = problems.map(({ path, value }) => {
        if (value === undefined) return path;
        return `${path} = ${isSecret(/^[^.[]*/.exec(path)?.[0] ?? "") ? hidden : shown(path, value)}`;
    });
    const width = Math.min(100, Math.max(...left.map((text) => text.length)));
    return problems.map(({ reason }, index) => `${(left[index] ?? "").padEnd(width)}    ${reason}`);
}

const hidden = "(not shown)";
const secret = /(password|passphrase|secret|token|(private|ssh|api)\w*key)$/i;

/** A value as an error may show it: no secret, whatever name it was written under, and not pages of it. */
function shown(path: string, value: unknown): string {
    const text = secret.test(path)
        ? hidden
        : JSON.stringify(value, (key, inner) => (secret.test(key) ? hidden : inner));
    const open = text.replace(/-----BEGIN[^"]*/g, hidden).replace(/\/\/[^/@\s"]*@/g, "//(not shown)@");
    return open.length > 120 ? `${open.slice(0, 119)}…` : open;
}
