import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { messageOf, UserError } from "../../support/errors.ts";
import { nearestOf } from "../../support/nearest.ts";
import { addressedError } from "./addressed.ts";
import { exitCodes } from "./exit.ts";
import { overview, verbHelp } from "./help.ts";
import { globalOptions, type Values, type Verb, verbs } from "./verbs.ts";

/** Runs one command line and returns its exit code. Throws UserError. */
export async function runCli(words: string[]): Promise<number> {
    const [first, ...rest] = words;
    if (first === undefined) {
        console.error(overview());
        return exitCodes.usage;
    }
    if (first === "--version" || first === "version") {
        const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
        console.log(version);
        return exitCodes.ok;
    }
    if (first === "help" || first === "--help" || first === "-h") {
        const [name] = rest;
        console.log(name === undefined ? overview() : verbHelp(name, verbNamed(name)));
        return exitCodes.ok;
    }
    const verb = verbNamed(first);
    if (verb.passThrough) return (await verb.load()).main({}, rest);
    const { values, positionals } = parseWords(first, verb, rest);
    if (values.help) {
        console.log(verbHelp(first, verb));
        return exitCodes.ok;
    }
    const { main } = await verb.load();
    return await main(values, positionals).catch((error: unknown) => {
        throw addressedError(error, values);
    });
}

function verbNamed(name: string): Verb {
    const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
    if (verb) return verb;
    const near = nearestOf(name, [...Object.keys(verbs), "help"]);
    throw usage(
        `m3perf has no ${name.startsWith("-") ? "option" : "verb"} "${name}"`,
        near,
        Object.keys(verbs).join(", "),
        "m3perf help",
    );
}

/** The options of a verb. Throws UserError naming the nearest known one when something else is given. */
export const parseOptions = (name: string, verb: Verb, words: string[]): Values => parseWords(name, verb, words).values;

function parseWords(name: string, verb: Verb, words: string[]): { values: Values; positionals: string[] } {
    const options = { ...verb.options, ...globalOptions };
    const help = `m3perf help ${name}`;
    for (const word of words) {
        if (word === "--") break;
        const long = /^--([^=]+)/.exec(word)?.[1];
        if (long !== undefined && !Object.hasOwn(options, long)) {
            const known = Object.keys(options);
            const elsewhere = new Map(Object.entries(verb.elsewhere ?? {}));
            const near = elsewhere.get(long) ?? nearestOf(long, known);
            const all = known.map((option) => `--${option}`).join(", ");
            throw usage(`m3perf ${name} has no option "--${long}"`, near && `--${near}`, all, help);
        }
    }
    try {
        const allowPositionals = verb.argument !== undefined;
        const { values, positionals } = parseArgs({ args: words, options, strict: true, allowPositionals });
        return { values: values as Values, positionals };
    } catch (error) {
        throw usage(messageOf(error).split(". ")[0] ?? "", undefined, verbHelp(name, verb).split("\n")[0] ?? "", help);
    }
}

function usage(title: string, near: string | undefined, allowed: string, next: string): UserError {
    const problem = near ? { what: `did you mean ${near}?`, next } : { what: `allowed: ${allowed}`, next };
    return new UserError(title, problem, exitCodes.usage);
}
