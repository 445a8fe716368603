import { exitHelp } from "./exit.ts";
import { globalOptions, type Option, type Verb, verbs } from "./verbs.ts";

const table = (rows: [string, string][]) => {
    const width = Math.max(...rows.map(([left]) => left.length));
    return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
};

/** The text of `m3perf help`. */
export function overview(): string {
    return [
        "m3perf VERB [OPTION ...]: an M3DB performance-test environment as code",
        "",
        ...table(Object.entries(verbs).map(([name, { summary }]) => [name, summary])),
        ...table([["help [VERB]", "this text, or a verb's"]]),
        "",
        "exit codes:",
        ...table(exitHelp.map(([code, text]) => [String(code), text])),
        "",
        "NO_COLOR and standard output that is not a terminal turn colour off.",
    ].join("\n");
}

/** The text of `m3perf help VERB`. */
export function verbHelp(name: string, verb: Verb): string {
    const options = Object.entries({ ...verb.options, ...globalOptions });
    const rows = options.map(([long, option]): [string, string] => [optionText(long, option), option.help]);
    return [
        `m3perf ${name}${verb.argument ? ` ${verb.argument}` : ""} [OPTION ...]: ${verb.summary}`,
        ...verb.details.map((line) => `  ${line}`),
        "",
        ...table(rows),
    ].join("\n");
}

function optionText(long: string, { short, value }: Option): string {
    return `${short ? `-${short}, ` : ""}--${long}${value ? ` ${value}` : ""}`;
}
