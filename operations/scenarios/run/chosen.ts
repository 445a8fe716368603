import { userPath } from "../../../support/paths.ts";
import type { Values } from "../../cli/verbs.ts";
import { target } from "../../stack/session.ts";
import { readStackFile } from "../../stack/settings.ts";
import { siteFile } from "./place.ts";

/** With what a command opens its stack, so that another one, from whichever folder, opens the same. Paths are absolute. */
export interface Chosen {
    stack: string;
    /** Null: a site of the user's own. */
    lab: string | null;
    /** "lab" or the site's file. */
    site: string;
    /** File of --settings; null: the stack's own. */
    settings: string | null;
}

/** What a command line chooses, whether it says so or the stack's file does. Throws UserError. */
export function chosenBy(values: Values): Chosen {
    const { file, site, lab } = target(values);
    const settings = typeof values.settings === "string" ? userPath(values.settings) : null;
    return { stack: file.stack, lab, site: lab === null ? siteFile(site) : "lab", settings };
}

/** The command line with that choice in place of its own. Throws UserError where the settings' file is gone. */
export function choosing(values: Values, { stack, lab, site, settings }: Chosen): Values {
    const { settings: _settings, site: _site, lab: _lab, ...rest } = values;
    const again: Values = { ...rest, stack, ...(settings === null ? {} : { settings }) };
    if (lab !== null) return { ...again, site: "lab", lab };
    // A site that is named is put into a copy of the settings (openSession): only where the file names another.
    const own = readStackFile(stack, settings ?? undefined).site;
    return own !== "lab" && siteFile(own) === site ? again : { ...again, site };
}

/** The first option of the command line that chooses something else: "--lab two". Undefined: none does. */
export function otherThan(values: Values, chosen: Chosen): string | undefined {
    const meant: Record<keyof Chosen, (given: string) => string> = {
        stack: (given) => given,
        lab: (given) => given,
        site: (given) => (given === "lab" ? given : siteFile(userPath(given))),
        settings: (given) => userPath(given),
    };
    for (const [key, of] of Object.entries(meant)) {
        const given = values[key];
        if (typeof given === "string" && of(given) !== chosen[key as keyof Chosen]) return `--${key} ${given}`;
    }
    return undefined;
}
