/** The verbs of m3perf: what each is for, its options, and the module that does it, imported only when it is used. */
import { keeping } from "./declared/keeping.ts";
import { looking } from "./declared/looking.ts";
import { proving } from "./declared/proving.ts";
import { standing } from "./declared/standing.ts";
import type { Option, Verb } from "./declared/verb.ts";

export type { Option, Values, Verb } from "./declared/verb.ts";

export const globalOptions: Record<string, Option> = {
    help: { type: "boolean", short: "h", help: "this text" },
};

/** In the order in which the help lists them. */
export const verbs: Record<string, Verb> = { ...standing, ...looking, ...proving, ...keeping };
