import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { messageOf, UserError } from "../../support/errors.ts";
import { projectRoot, userPath } from "../../support/paths.ts";
import { exitCodes } from "../cli/exit.ts";

/** The settings file of a stack, as far as operations look into it; the program checks the rest. */
export interface StackFile {
    stack: string;
    path: string;
    text: string;
    /** `m3perf:site`: "lab" or the path of a site file. */
    site: string;
}

/**
 * Reads Pulumi.<stack>.yaml of a project's folder, or the file given in its place. Throws UserError naming the stacks there
 * are.
 */
export function readStackFile(stack: string, given?: string, root = projectRoot): StackFile {
    const path = given === undefined ? join(root, `Pulumi.${stack}.yaml`) : userPath(given);
    if (given !== undefined && !existsSync(path)) {
        throw new UserError(`there is no settings file ${path}`, { what: `--settings ${given}` }, exitCodes.usage);
    }
    if (!/^[A-Za-z0-9_.-]+$/.test(stack) || !existsSync(path)) {
        const known = globSync("Pulumi.*.yaml", { cwd: root }).map((file) => basename(file).slice(7, -5));
        throw new UserError(
            `there is no stack "${stack}"`,
            {
                what: `no file Pulumi.${stack}.yaml`,
                why: `stacks here: ${known.sort().join(", ") || "none"}`,
                next: "m3perf … --stack NAME",
            },
            exitCodes.usage,
        );
    }
    const text = readFileSync(path, "utf8");
    let config: unknown;
    try {
        config = (parse(text) as { config?: unknown } | null)?.config;
    } catch (error) {
        throw new UserError(`${path} is not YAML`, { what: messageOf(error).split("\n")[0] ?? "" }, exitCodes.settings);
    }
    const site = (config as Record<string, unknown> | undefined)?.["m3perf:site"];
    if (typeof site !== "string" || site === "") {
        throw new UserError(
            `${path} names no site`,
            {
                what: "m3perf:site is missing",
                why: "`lab`, or the path of a site file (sites/reference.yaml is an example)",
                next: "add it under config",
            },
            exitCodes.settings,
        );
    }
    return { stack, path, text, site };
}
