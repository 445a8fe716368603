/** One thing that is wrong, in the words a person needs: what and where, why or what is allowed, what to do. */
export interface Problem {
    /** What is wrong, with the path and the value where there is one. */
    what: string;
    /** Why it is wrong or what would be allowed. */
    why?: string;
    /** The next step, a command where possible. */
    next?: string;
}

/** An error whose message is for the user: printed as it is, without a stack trace. `exitCode` follows sysexits(3). */
export class UserError extends Error {
    readonly problems: Problem[];
    readonly exitCode: number;

    constructor(title: string, problems: Problem | Problem[] = [], exitCode = 1) {
        const list = Array.isArray(problems) ? problems : [problems];
        super([title, ...list.map(describe)].join("\n"));
        this.name = "UserError";
        this.problems = list;
        this.exitCode = exitCode;
    }
}

function describe(problem: Problem): string {
    const lines = [`  ${problem.what}`];
    if (problem.why) lines.push(`    why: ${problem.why}`);
    if (problem.next) lines.push(`    what to do: ${problem.next}`);
    return lines.join("\n");
}

/** What was asked did not answer, or answered that it cannot or may not: no fault of ours, and a look later may find it well. */
export class NoAnswer extends Error {}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
