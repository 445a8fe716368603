import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { projectRoot } from "../support/paths.ts";

/**
 * Programs of agent/ as the data of a ConfigMap, to be mounted flat on a stock Node image: Node strips the types;
 * package.json tells it that these are modules.
 */
export function agentFiles(...names: string[]): Record<string, string> {
    return { "package.json": modules, ...Object.fromEntries(names.map((name) => [name, textOf(name)])) };
}

const modules = '{"type": "module"}\n';
const textOf = (name: string) => readFileSync(join(projectRoot, "agent", name), "utf8");

/** A program of agent/ with folders: keys of a ConfigMap cannot hold a slash, `items` of its volume give the paths back. */
export interface AgentTree {
    data: Record<string, string>;
    items: { key: string; path: string }[];
}

/** The program that begins with the file `entry`, and all that it imports. */
export function agentTree(entry: string): AgentTree {
    const paths = importedBy(entry);
    const keyOf = (path: string) => path.replaceAll("/", "__");
    return {
        data: { "package.json": modules, ...Object.fromEntries(paths.map((path) => [keyOf(path), textOf(path)])) },
        items: ["package.json", ...paths].map((path) => ({ key: keyOf(path), path })),
    };
}

/** Types are stripped with their imports, so a file of types alone is not needed. */
const imports = /^(?:import|export) (?!type\b)[^;]*?from "(\.{1,2}\/[^"]+)";/gm;

function importedBy(entry: string): string[] {
    const found = new Set<string>([entry]);
    for (const path of found) {
        for (const [, target = ""] of textOf(path).matchAll(imports)) found.add(normalize(join(dirname(path), target)));
    }
    return [...found].sort();
}
