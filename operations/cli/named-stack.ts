import { createInterface } from "node:readline";
import { UserError } from "../../support/errors.ts";
import { exitCodes } from "./exit.ts";
import type { Values } from "./verbs.ts";

/** The stack's name as given by `--yes-i-mean`, or else as typed; undefined where nobody is at a terminal. */
export async function namedStack(values: Values, stack: string): Promise<string | undefined> {
    const given = values["yes-i-mean"];
    if (typeof given === "string") return given;
    if (process.stdin.isTTY !== true) return undefined;
    return typed(`Type the stack's name (${stack}) to go on: `, process.stdin, process.stderr);
}

/** One line as typed; undefined at the end of the input. Throws UserError after Ctrl-C. */
export async function typed(
    question: string,
    input: NodeJS.ReadableStream,
    output: NodeJS.WritableStream,
): Promise<string | undefined> {
    const lines = createInterface({ input, output });
    let interrupted = false;
    lines.once("SIGINT", () => {
        interrupted = true;
        lines.close();
    });
    lines.setPrompt(question);
    lines.prompt();
    const first = await new Promise<string | undefined>((resolve) => {
        lines.once("line", resolve);
        lines.once("close", () => resolve(undefined));
    });
    lines.close();
    if (interrupted) throw new UserError("interrupted; nothing was changed", [], exitCodes.interrupted);
    return first?.trim();
}

/** What is wrong with such a name, and what to do; undefined: it is the stack's. */
export function wrongName(stack: string, named: string | undefined): { why: string; next: string } | undefined {
    if (named === stack) return undefined;
    return {
        why: named === undefined ? "the stack was not named" : `"${named}" is not the stack's name`,
        next: `type ${stack} at the terminal, or add --yes-i-mean ${stack}`,
    };
}
