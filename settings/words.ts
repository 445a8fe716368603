import type * as z from "zod";
import { nearestOf } from "../support/nearest.ts";

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

/** Stands for "none of a union's options": problemsOf puts the options' own words in its place. */
export const noneOfUnion = "must be one of several kinds";

/**
 * What is allowed, in a person's words, for every issue that a schema has no text of its own for: zod's own ("Invalid input:
 * expected string, received number") speak of the schema, not of the setting.
 */
export const words: z.core.$ZodErrorMap = (issue) => {
    switch (issue.code) {
        case "invalid_type":
            return typed(issue.expected, issue.input);
        case "too_small":
            return bound(issue.origin, "at least", issue.minimum, issue.inclusive, "more than");
        case "too_big":
            return bound(issue.origin, "at most", issue.maximum, issue.inclusive, "less than");
        case "not_multiple_of":
            return `must be a multiple of ${issue.divisor}`;
        case "invalid_format":
            return format(issue);
        case "invalid_value":
            return oneOf(issue.values.map(String), issue.input);
        case "invalid_union":
            return issue.errors.length > 0 ? noneOfUnion : oneOf((optionsOf(issue) ?? []).map(String), undefined);
        case "invalid_key":
            return `is no name to use here: it ${issue.issues[0]?.message ?? "is not allowed"}`;
        case "invalid_element":
            return `has a wrong entry: ${issue.issues[0]?.message ?? "it is not allowed"}`;
        default:
            return "is not allowed";
    }
};

const kinds: Record<string, string> = {
    string: "a text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a map of settings",
    record: "a map of names and values",
};

function typed(expected: string, input: unknown): string {
    const must = `must be ${kinds[expected] ?? "something else"}`;
    // YAML 1.2 reads these as texts.
    if (expected === "boolean" && typeof input === "string") {
        if (/^(yes|on|true)$/i.test(input)) return `${must}: write true`;
        if (/^(no|off|false)$/i.test(input)) return `${must}: write false`;
    }
    if (expected === "string" && typeof input !== "object" && input !== undefined)
        return `${must}: write ${JSON.stringify(String(input))}`;
    return must;
}

const counted: Record<string, string> = { string: " characters long", array: " entries long", set: " entries long" };

function bound(origin: string, word: string, limit: number | bigint, inclusive: boolean | undefined, strict: string) {
    if (word === "at least" && Number(limit) === 1 && counted[origin]) return "must not be empty";
    return `must be ${inclusive === false ? strict : word} ${limit}${counted[origin] ?? ""}`;
}

function format(issue: RawIssue & { code: "invalid_format" }): string {
    if (issue.format === "url") return "must be a URL";
    return issue.pattern ? `must have the form ${issue.pattern}` : `must be a valid ${issue.format}`;
}

function oneOf(values: string[], input: unknown): string {
    const near = typeof input === "string" ? nearestOf(input, values) : undefined;
    const allowed = values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(", ")}`;
    return near ? `${allowed}: did you mean ${near}?` : allowed;
}

const optionsOf = (issue: object) => ("options" in issue ? (issue.options as z.core.util.Primitive[]) : undefined);
