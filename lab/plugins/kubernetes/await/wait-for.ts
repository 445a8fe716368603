/**
 * `pulumi.com/waitFor`: "jsonpath={.status.phase}=Running", "jsonpath={.status.address}" (exists), "condition=Ready",
 * "condition=Ready=False", or a JSON list of such expressions, all of which must hold.
 */
import { UserError } from "../../../../support/errors.ts";
import { type Json, type KubeObject, numberAt } from "../cluster/objects.ts";
import { because, conditionsOf } from "./conditions.ts";
import { parseJsonPath, select } from "./jsonpath.ts";
import { awaiterOf } from "./kinds.ts";
import { type Awaiter, ready, waiting } from "./types.ts";

/** Undefined when the expression holds for the object, else what it waits for. */
export type Expectation = (live: KubeObject) => string | undefined;

/** The annotation replaces the kind's own rule; the explanation of what stands in the way stays the kind's. */
export function customAwaiter(annotation: string, object: Pick<KubeObject, "apiVersion" | "kind">): Awaiter {
    const expectations = expressionsOf(annotation).map(parseExpression);
    const own = awaiterOf(object);
    const awaiter: Awaiter = {
        timeout: 600,
        assess(live) {
            const missing = expectations.flatMap((expectation) => expectation(live) ?? []);
            return missing.length === 0 ? ready : waiting(missing.join("; "));
        },
    };
    if (own?.explain) awaiter.explain = own.explain;
    return awaiter;
}

function expressionsOf(annotation: string): string[] {
    if (!annotation.trimStart().startsWith("[")) return [annotation];
    let list: unknown;
    try {
        list = JSON.parse(annotation);
    } catch {
        throw bad(annotation, "it begins like a JSON list, but is none");
    }
    if (!Array.isArray(list) || list.length === 0 || !list.every((item) => typeof item === "string")) {
        throw bad(annotation, "the list must hold at least one text");
    }
    return list as string[];
}

export function parseExpression(text: string): Expectation {
    if (text.startsWith("jsonpath=")) return jsonPath(text.slice("jsonpath=".length), text);
    if (text.startsWith("condition=")) return condition(text.slice("condition=".length), text);
    throw bad(text, 'it must begin with "jsonpath=" or "condition="');
}

function bad(expression: string, why: string): UserError {
    return new UserError("the annotation pulumi.com/waitFor cannot be understood", { what: expression, why });
}

function jsonPath(text: string, whole: string): Expectation {
    const unquoted = text.replace(/^'(.*)'$/s, "$1");
    const match = /^(\{.*\})(?:=(.*))?$/s.exec(unquoted) ?? /^([^{}=]+)(?:=(.*))?$/s.exec(unquoted);
    if (!match?.[1]) throw bad(whole, "write it as jsonpath={.status.phase}=Running");
    const steps = parseJsonPath(match[1]);
    const wanted = match[2];
    return (live) => {
        const [found] = select(live, steps);
        if (wanted === undefined) return found === undefined ? `${match[1]} to exist` : undefined;
        if (found !== undefined && shown(found) === wanted) return undefined;
        return `${match[1]} to be ${wanted} (now ${found === undefined ? "absent" : shown(found)})`;
    };
}

function shown(value: Json): string {
    return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

function condition(text: string, whole: string): Expectation {
    const [type = "", status = "True", ...more] = text.split("=");
    if (type === "" || more.length > 0) throw bad(whole, "write it as condition=Ready or condition=Ready=False");
    return (live) => {
        const found = conditionsOf(live).find((entry) => entry.type.toLowerCase() === type.toLowerCase());
        if (!found) return `condition ${type} (there is none yet)`;
        const observed = found.observedGeneration || numberAt(live, "status", "observedGeneration");
        if (observed !== 0 && observed < numberAt(live, "metadata", "generation")) {
            return `condition ${type} of the newest generation`;
        }
        if (found.status.toLowerCase() === status.toLowerCase()) return undefined;
        return `condition ${type} to be ${status} (now ${found.status}${because(found) && `: ${because(found)}`})`;
    };
}
