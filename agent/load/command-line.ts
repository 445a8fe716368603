/** The generator's command line and environment, read. Pure: nothing is refused half-way, all that is wrong is told at once. */
import { parseArgs } from "node:util";
import { isOption, type LoadTexts, loadOptions, namesElsewhere, textsFromEnvironment, variableOf } from "./options.ts";
import type { LoadProblem } from "./plan.ts";

const own = ["plan", "out", "metrics-port"] as const;

export interface CommandLine {
    texts: LoadTexts;
    plan?: string | undefined;
    out?: string | undefined;
    port: number | undefined;
    problems: LoadProblem[];
}

/** What a command line and the environment say. Pure. */
export function readCommandLine(words: string[], variables: Record<string, string | undefined>): CommandLine {
    const known = [...own, ...Object.keys(loadOptions)];
    const options = Object.fromEntries(known.map((name) => [name, { type: "string" as const }]));
    const { tokens } = parseArgs({ args: words, options, strict: false, tokens: true });
    const problems: LoadProblem[] = [];
    const given = new Map<string, string>();
    for (const token of tokens) {
        if (token.kind !== "option") {
            problems.push({ what: token.kind === "positional" ? token.value : "--", why: "is no option" });
        } else if (!known.includes(token.name)) problems.push(unknownOption(token.name, known));
        else if (!token.value) problems.push({ what: token.rawName, why: "needs a value" });
        else if (given.has(token.name)) problems.push({ what: token.rawName, why: "is given twice" });
        else given.set(token.name, token.value);
    }
    const { texts: fromEnvironment, unknown } = textsFromEnvironment(variables);
    for (const name of unknown) {
        const why = "is no setting of the load";
        problems.push({ what: name, why, next: Object.keys(loadOptions).filter(isOption).map(variableOf).join(", ") });
    }
    const texts: LoadTexts = { ...fromEnvironment };
    for (const [name, value] of given) if (isOption(name)) texts[name] = value;
    const plan = given.get("plan");
    if (plan !== undefined && Object.keys(texts).length > 0) {
        const what = `--plan and --${Object.keys(texts).join(", --")}`;
        problems.push({ what, why: "a plan has everything in it: give one or the other" });
    }
    const portText = given.get("metrics-port");
    const port = Number(portText);
    if (portText !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
        problems.push({ what: `--metrics-port ${portText}`, why: "allowed: 1 to 65535" });
    }
    return { texts, plan, out: given.get("out"), port: portText === undefined ? undefined : port, problems };
}

function unknownOption(name: string, known: string[]): LoadProblem {
    const here = Object.hasOwn(namesElsewhere, name) ? namesElsewhere[name] : undefined;
    const why = here ? `is called --${here} here` : "is no option";
    return { what: `--${name}`, why, ...(here ? {} : { next: known.map((one) => `--${one}`).join(", ") }) };
}
