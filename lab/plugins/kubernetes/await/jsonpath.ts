/**
 * The part of kubectl's JSONPath that waiting needs: {.a.b}, {.a['b.c']}, {.a\.b}, [0], [-1], [*], and filters
 * [?(@.type=="Ready")] with == and != . What is not known is refused, never misread.
 */
import { UserError } from "../../../../support/errors.ts";
import { isObject, type Json } from "../cluster/objects.ts";

type Step =
    | { kind: "key"; key: string }
    | { kind: "index"; index: number }
    | { kind: "all" }
    | { kind: "filter"; path: Step[]; operator: "==" | "!=" | "exists"; value: Json };

export function parseJsonPath(text: string): Step[] {
    const inner = text
        .trim()
        .replace(/^\{(.*)\}$/s, "$1")
        .trim();
    const path = inner.startsWith("$") ? inner.slice(1) : inner;
    if (path !== "" && !/^[.[]/.test(path)) throw unreadable(text, "it must begin with a dot: {.status.phase}");
    return stepsOf(path, text);
}

function stepsOf(path: string, whole: string): Step[] {
    const steps: Step[] = [];
    const step =
        /^(?:\.((?:[^.[\]\\'"(){}\s]|\\.)+)|\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\[\s*"((?:[^"\\]|\\.)*)"\s*\]|\[\s*(-?\d+)\s*\]|(?:\.|\[)\*\]?|\[\?\(([^()]*)\)\])/;
    for (let rest = path; rest !== ""; ) {
        const match = step.exec(rest);
        if (!match) throw unreadable(whole, `at "${rest}"`);
        const [text, plain, single, double, index, filter] = match;
        const key = plain ?? single ?? double;
        if (key !== undefined) steps.push({ kind: "key", key: key.replace(/\\(.)/g, "$1") });
        else if (index !== undefined) steps.push({ kind: "index", index: Number(index) });
        else if (filter !== undefined) steps.push(filterOf(filter, whole));
        else steps.push({ kind: "all" });
        rest = rest.slice(text.length);
    }
    return steps;
}

function filterOf(text: string, whole: string): Step {
    const match = /^\s*@((?:[^=!<>]|\\.)*?)\s*(?:(==|!=)\s*(.+?))?\s*$/.exec(text);
    if (!match) throw unreadable(whole, `the filter "${text}" is not of the form @.type=="Ready"`);
    const [, path = "", operator, literal = ""] = match;
    const steps = stepsOf(path, whole);
    if (operator === undefined) return { kind: "filter", path: steps, operator: "exists", value: null };
    const quoted = /^(['"])(.*)\1$/.exec(literal);
    const value: Json = quoted ? (quoted[2] ?? "") : (JSON.parse(literal) as Json);
    return { kind: "filter", path: steps, operator: operator as "==" | "!=", value };
}

function unreadable(path: string, why: string): UserError {
    return new UserError("a JSONPath expression cannot be understood", { what: path, why });
}

/** Every value that the path selects. */
export function select(value: Json | undefined, steps: Step[]): Json[] {
    const [step, ...rest] = steps;
    if (value === undefined) return [];
    if (!step) return [value];
    switch (step.kind) {
        case "key":
            return isObject(value) ? select(value[step.key], rest) : [];
        case "index":
            return Array.isArray(value) ? select(value.at(step.index), rest) : [];
        case "all":
            return itemsOf(value).flatMap((item) => select(item, rest));
        case "filter":
            return itemsOf(value)
                .filter((item) => matches(item, step))
                .flatMap((item) => select(item, rest));
    }
}

function itemsOf(value: Json): Json[] {
    if (Array.isArray(value)) return value;
    return isObject(value) ? Object.values(value) : [];
}

function matches(item: Json, { path, operator, value }: Extract<Step, { kind: "filter" }>): boolean {
    const found = select(item, path);
    if (operator === "exists") return found.length > 0;
    const same = found.some((one) => one === value);
    return operator === "==" ? same : found.length > 0 && !same;
}
