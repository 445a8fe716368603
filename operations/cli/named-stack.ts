import { createInterface } from "node:readline/promises";
import type { Values } from "./verbs.ts";

/** The stack's name as given by `--yes-i-mean`, or else as typed; undefined where nobody is at a terminal. */
export async function namedStack(values: Values, stack: string): Promise<string | undefined> {
    const given = values["yes-i-mean"];
    if (typeof given === "string") return given;
    if (process.stdin.isTTY !== true) return undefined;
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
        return (await lines.question(`Type the stack's name (${stack}) to go on: `)).trim();
    } finally {
        lines.close();
    }
}

/** What is wrong with such a name, and what to do; undefined: it is the stack's. */
export function wrongName(stack: string, named: string | undefined): { why: string; next: string } | undefined {
    if (named === stack) return undefined;
    return {
        why: named === undefined ? "the stack was not named" : `"${named}" is not the stack's name`,
        next: `type ${stack} at the terminal, or add --yes-i-mean ${stack}`,
    };
}
