/** The path globs of `assetPaths` and `archivePaths`: "*" stops at "/", "**" does not; "!" excludes (SDK documentation). */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Asset, type PropertyMap } from "../shared/index.ts";

/** Files below `dir` that the rules choose, the later rule winning, as assets by their path relative to `dir`. */
export async function filesByGlobs(dir: string, rules: string[]): Promise<PropertyMap> {
    const tests = rules.map((rule) => ({
        exclude: rule.startsWith("!"),
        pattern: globPattern(rule.replace(/^!/, "")),
    }));
    const chosen: PropertyMap = {};
    for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
        if (entry.isDirectory()) continue;
        const path = join(entry.parentPath, entry.name);
        const relative = path.slice(join(dir, "/").length);
        const last = tests.findLast(({ pattern }) => pattern.test(relative));
        if (!last || last.exclude) continue;
        const hash = createHash("sha256")
            .update(await readFile(path))
            .digest("hex");
        chosen[relative] = new Asset({ path }, hash);
    }
    return chosen;
}

/** The glob as a regular expression: `*`, `**`, `?`, `[a-z]`, `[!a]`, `{a,b}` and `\` before a literal character. */
export function globPattern(glob: string): RegExp {
    let source = "";
    let braces = 0;
    for (let index = 0; index < glob.length; index++) {
        const letter = glob.charAt(index);
        if (letter === "*" && glob.charAt(index + 1) === "*") {
            source += ".*";
            index++;
        } else if (letter === "*") source += "[^/]*";
        else if (letter === "?") source += "[^/]";
        else if (letter === "\\" && index + 1 < glob.length) source += escaped(glob.charAt(++index));
        else if (letter === "{") {
            braces++;
            source += "(?:";
        } else if (letter === "}" && braces > 0) {
            braces--;
            source += ")";
        } else if (letter === "," && braces > 0) source += "|";
        else if (letter === "[" && glob.indexOf("]", index) > index) {
            const end = glob.indexOf("]", index);
            const inner = glob
                .slice(index + 1, end)
                .replace(/^!/, "^")
                .replaceAll("\\", "\\\\");
            source += `[${inner}]`;
            index = end;
        } else source += escaped(letter);
    }
    return new RegExp(`^${source}${")".repeat(braces)}$`, "s");
}

function escaped(letter: string): string {
    return letter.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
}
