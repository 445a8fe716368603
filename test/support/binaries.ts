import { ensureTools } from "../../lab/tools/index.ts";
import type { Tools } from "../../lab/types.ts";
import { createProgress } from "../../support/progress.ts";

let tools: Tools | undefined;

/** Makes sure of all executables that tests run; test/run.ts does it before any suite that runs processes. */
export async function prepareTools(): Promise<void> {
    tools ??= await ensureTools({ progress: createProgress() });
}

/** The path of an executable that the tests need. Throws when `prepareTools` was not awaited or there is none of that name. */
export function binary(name: string): string {
    if (!tools) throw new Error(`prepareTools() comes before binary("${name}")`);
    return tools.path(name);
}
