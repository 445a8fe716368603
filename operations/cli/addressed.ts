import { UserError } from "../../support/errors.ts";
import type { CheckResult } from "../checks/run.ts";
import { type Values, verbs } from "./verbs.ts";

/** What says which environment a command is for, where it is not the usual one. */
const choices = ["stack", "settings", "site", "lab"];

/** "m3perf etcd restore", and the options after it. */
const command =
    /\bm3perf ([a-z][a-z-]*)((?: [a-z]+\b(?= --| [A-Z]|[;,.)`]|$))?)((?: --?[a-z][\w-]*(?:[= ][^\s;,)`]+)?)*)/g;

/**
 * The commands of a text with the stack, the settings, the site and the lab that the user's own command line named, so that they are for the same
 * environment. An option that is there already stays, and no verb gets one that it does not know. Pure.
 */
export function addressed(text: string, values: Values): string {
    return text.replace(command, (whole, verb: string, sub: string, options: string) => {
        const known = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
        if (!known) return whole;
        const takes = (name: string) => (known.passThrough ? name === "lab" : Object.hasOwn(known.options, name));
        const missing = choices.filter(
            (name) => typeof values[name] === "string" && takes(name) && !options.includes(`--${name}`),
        );
        const added = missing.map((name) => ` --${name} ${quoted(String(values[name]))}`).join("");
        return `m3perf ${verb}${sub}${added}${options}`;
    });
}

/** As a shell takes it for one word. */
const quoted = (word: string) => (/^[\w./:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** An error whose next steps are such commands. */
export function addressedError(error: unknown, values: Values): unknown {
    if (!(error instanceof UserError)) return error;
    const step = (next: string) => `what to do: ${next}`;
    for (const { next } of error.problems)
        if (next !== undefined) error.message = error.message.replace(step(next), () => step(addressed(next, values)));
    return error;
}

/** What checks found, with such commands. Pure. */
export const addressedResults = (results: CheckResult[], values: Values): CheckResult[] =>
    results.map(({ cause, next, ...result }) => ({
        ...result,
        ...(cause === undefined ? {} : { cause: addressed(cause, values) }),
        ...(next === undefined ? {} : { next: addressed(next, values) }),
    }));
