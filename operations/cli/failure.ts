import { inspect } from "node:util";
import { NoAnswer, UserError } from "../../support/errors.ts";
import { exitCodes } from "./exit.ts";

/** What is told of an error that ends a verb, and its exit code. Pure. */
export function failureOf(error: unknown): { text: string; code: number } {
    if (error instanceof UserError) return { text: error.message, code: error.exitCode };
    if (error instanceof NoAnswer) {
        const problem = {
            what: error.message,
            next: "see whether that answers from this machine; where a right is missing, give it to the kubeconfig's user",
        };
        return {
            text: new UserError("there is no answer to go on with", problem).message,
            code: exitCodes.unavailable,
        };
    }
    const text = `${inspect(error)}\nThis is a fault of m3perf itself; the lines above tell where.`;
    return { text, code: exitCodes.internal };
}
