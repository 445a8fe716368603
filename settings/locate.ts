import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { parse } from "yaml";
import { messageOf } from "../support/errors.ts";
import { labDir, projectRoot } from "../support/paths.ts";
import type { SettingProblem } from "./problems.ts";

/** The site file that `m3perf:site` names, and whether it is the committed stand-in for a lab that is not running. */
export interface LocatedSite {
    path: string;
    standIn: boolean;
}

/** `lab` is the file that the running lab wrote; when none runs, sites/lab.yaml: the same nodes, no cluster. */
export function locateSite(name: string, lab = labDir("lab", "site.yaml")): LocatedSite {
    if (name === "lab") {
        return existsSync(lab)
            ? { path: lab, standIn: false }
            : { path: join(projectRoot, "sites/lab.yaml"), standIn: true };
    }
    return { path: resolve(projectRoot, name), standIn: false };
}

/** What is written in the site file that `m3perf:site` names, or why it cannot be read. */
export function readSite(name: string, { path }: LocatedSite): { content: unknown } | { problem: SettingProblem } {
    const problem = (reason: string) => ({ problem: { path: "m3perf:site", value: name, reason } });
    if (!existsSync(path))
        return problem(`there is no file ${path}: start from sites/reference.yaml, or set it to lab`);
    try {
        return { content: parse(readFileSync(path, "utf8")) };
    } catch (error) {
        return problem(`${shown(path)} cannot be read as YAML: ${messageOf(error).split("\n")[0]}`);
    }
}

/** A path that a site file names: absolute, from the home folder, or relative to the site file. */
export function fromSite(siteFile: string, path: string): string {
    return path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(dirname(siteFile), path);
}

/** A path as it is shown and kept: relative to the project when it lies in it, so that clones do not differ. */
export function shown(path: string): string {
    const inside = relative(projectRoot, path);
    return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}
