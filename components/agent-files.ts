import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../support/paths.ts";

/**
 * Programs of agent/ as the data of a ConfigMap, to be mounted flat on a stock Node image: Node strips the types;
 * package.json tells it that these are modules.
 */
export function agentFiles(...names: string[]): Record<string, string> {
    const text = (name: string) => readFileSync(join(projectRoot, "agent", name), "utf8");
    return { "package.json": '{"type": "module"}\n', ...Object.fromEntries(names.map((name) => [name, text(name)])) };
}
