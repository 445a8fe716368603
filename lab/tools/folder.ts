import { readdir } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { type Problem, UserError } from "../../support/errors.ts";
import type { Tool } from "../types.ts";
import { probeOf, type ToolSet } from "./sets.ts";
import { findExecutable } from "./system.ts";
import { probeVersion } from "./versions.ts";

/**
 * The executables of `sets` from a folder that the user names (M3PERF_TOOLS_DIR), for machines that may not build; they may
 * lie in its subfolders. Throws one UserError that names everything missing or of another version.
 */
export async function toolsFromFolder(folder: string, sets: ToolSet[], signal?: AbortSignal): Promise<Tool[]> {
    if (!isAbsolute(folder)) {
        throw new UserError("the folder of tools must be an absolute path", { what: `M3PERF_TOOLS_DIR = ${folder}` });
    }
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
    if (!entries) {
        throw new UserError("the folder of tools cannot be read", {
            what: `M3PERF_TOOLS_DIR = ${folder}`,
            next: "name a folder that holds the executables, or unset M3PERF_TOOLS_DIR to build them",
        });
    }
    const places = [folder, ...entries.filter((entry) => !entry.isFile()).map((entry) => join(folder, entry.name))];
    const problems: Problem[] = [];
    const tools: Tool[] = [];
    for (const set of sets) {
        await Promise.all(
            Object.keys(set.binaries).map(async (name) => {
                const path = await findExecutable(name, places);
                if (!path) return problems.push({ what: `${name} ${set.version} is missing` });
                const result = await probeVersion(path, probeOf(set, name), signal);
                if ("problem" in result) return problems.push({ what: `${path} ${result.problem}` });
                if (result.version !== set.version) {
                    return problems.push({ what: `${path} is version ${result.version}, needed is ${set.version}` });
                }
                return tools.push({ name, path, version: set.version, origin: "named folder" });
            }),
        );
    }
    if (problems.length === 0) return tools;
    problems.sort((a, b) => a.what.localeCompare(b.what));
    const last = {
        what: "the others are right",
        next: "put these there, or unset M3PERF_TOOLS_DIR to build them here",
    };
    throw new UserError(`${problems.length} executables of M3PERF_TOOLS_DIR (${folder}) are not as needed`, [
        ...problems,
        last,
    ]);
}
