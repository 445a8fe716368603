/** Bearer tokens: secrets, which are never part of a plan and in no message. */
import { readFileSync } from "node:fs";
import type { LoadTexts } from "./options.ts";
import type { LoadProblem } from "./plan.ts";
import type { LoadPlan } from "./types.ts";

export const authorization = (token: string) => ({ Authorization: `Bearer ${token}` });

export const tokenFilesOf = (texts: LoadTexts): string[] =>
    texts["bearer-token-file"]?.split(",").filter((path) => path !== "") ?? [];

/** The tokens in the files that were named, in their order, and what is wrong with any of them. `at`: where a path that was given leads. */
export function readTokens(
    texts: LoadTexts,
    at: (path: string) => string = (path) => path,
): { tokens: string[]; problems: LoadProblem[] } {
    const problems: LoadProblem[] = [];
    const tokens = tokenFilesOf(texts).map((path) => {
        const what = `--bearer-token-file ${path}`;
        try {
            const token = readFileSync(at(path), "utf8").trim();
            if (!isToken(token))
                problems.push({ what, why: "holds no token: one line of letters, digits and -._~+/=" });
            return token;
        } catch (error) {
            problems.push({ what, why: error instanceof Error ? error.message : String(error) });
            return "";
        }
    });
    return { tokens, problems };
}

/** What may stand in the header (RFC 6750, 2.1). */
const isToken = (text: string) => /^[A-Za-z0-9._~+/-]+=*$/.test(text);

/** What is wrong with the tokens that came beside a plan. */
export function tokenProblems({ tokens: wanted = 0 }: Pick<LoadPlan, "tokens">, tokens: unknown[]): LoadProblem[] {
    const good = tokens.filter((token) => typeof token === "string" && isToken(token)).length;
    if (tokens.length === wanted && good === wanted) return [];
    const why = `${wanted} are wanted, and ${good} were given that can be sent`;
    return [{ what: "the bearer tokens", why, next: "--bearer-token-file, one file for each" }];
}
