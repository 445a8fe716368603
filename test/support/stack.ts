/** Stacks for tests, created from a folder outside of the clone, so that it stays clean: see operations/stack/session.ts. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { UserError } from "../../support/errors.ts";
import { run } from "../../support/exec.ts";

export interface StackOptions {
    /** Folder of Pulumi.yaml. */
    project: string;
    stack: string;
    /** The stack's folder outside of the clone; made when missing, for its owner only. */
    folder: string;
    /** Path of the CLI. */
    pulumi: string;
    /** With PULUMI_BACKEND_URL and the passphrase. */
    env: NodeJS.ProcessEnv;
    signal?: AbortSignal;
}

/** Creates the stack if the backend does not have it; its salt is then in Pulumi.<stack>.yaml of `folder`. */
export async function ensureStack({ project, stack, folder, pulumi, env, signal }: StackOptions): Promise<void> {
    const name = parseDocument(await readFile(join(project, "Pulumi.yaml"), "utf8")).get("name");
    if (typeof name !== "string") throw new UserError(`${join(project, "Pulumi.yaml")} has no project name`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, "Pulumi.yaml"), `name: ${JSON.stringify(name)}\nruntime: nodejs\n`);
    const words = ["-C", folder, "--non-interactive", "stack", "select", "--create", stack];
    await run(pulumi, words, { env, timeout: 60, ...(signal ? { signal } : {}) });
}
