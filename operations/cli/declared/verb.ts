/** What a verb declares of itself, and the options that verbs share. */
import type { ParseArgsOptionDescriptor } from "node:util";

export interface Option extends ParseArgsOptionDescriptor {
    help: string;
    /** Name of the value in the help text. */
    value?: string;
}

export type Values = Record<string, string | boolean | undefined>;

export interface Verb {
    summary: string;
    /** Lines of help beyond the options. */
    details: string[];
    options: Record<string, Option>;
    /** Options by the names that other programs have for them, for those who try these. */
    elsewhere?: Record<string, string>;
    /** A word that may stand after the verb, as the help shows it: "[TROUBLE]"; absent: none may. */
    argument?: string;
    /** The words after the verb go to the module as they are, options included. */
    passThrough?: boolean;
    /** Returns the exit code. */
    load(): Promise<{ main(values: Values, words: string[]): Promise<number> }>;
}

export const stack: Option = {
    type: "string",
    short: "s",
    value: "NAME",
    help: "stack; its settings are in Pulumi.NAME.yaml (default: dev)",
};
const site: Option = {
    type: "string",
    value: "FILE|lab",
    help: "site instead of the one that the stack's settings name",
};
export const settings: Option = {
    type: "string",
    value: "FILE",
    help: "settings instead of Pulumi.NAME.yaml, to try something out",
};
const lab: Option = { type: "string", value: "NAME", help: "lab that `site: lab` stands for (default: lab)" };
export const json: Option = { type: "boolean", help: "result as JSON on standard output" };
/** Which environment, and how it is told. */
export const common = { stack, settings, site, lab, json };
