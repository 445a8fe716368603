import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { parse } from "yaml";
import { UserError } from "../support/errors.ts";
import { labDir, projectRoot } from "../support/paths.ts";

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
    const path = resolve(projectRoot, name);
    if (!existsSync(path)) {
        throw new UserError(`m3perf:site = ${JSON.stringify(name)}: there is no file ${path}`, {
            what: "the site file says where the cluster is and what its nodes are for",
            next: "start from sites/reference.yaml, or set m3perf:site to lab",
        });
    }
    return { path, standIn: false };
}

export function readYaml(path: string): unknown {
    try {
        return parse(readFileSync(path, "utf8"));
    } catch (error) {
        throw new UserError(`${shown(path)} is not valid YAML`, {
            what: error instanceof Error ? error.message : String(error),
        });
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
