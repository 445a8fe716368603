/** The program itself, run by the real engine with whichever plugins this machine has; the clone is not written to. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type ExecResult, exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { testHome } from "./pulumi.ts";
import { ensureStack } from "./stack.ts";

export interface ProgramStack {
    /** Runs the CLI on the stack, `timeout` in seconds; never throws for a failure. */
    pulumi(args: string[], timeout?: number): Promise<ExecResult>;
    /** Replaces the stack's configuration: keys without "m3perf:". */
    configure(config: Record<string, unknown>): void;
    /** Environment in which the CLI runs. */
    env: NodeJS.ProcessEnv;
    /** Its settings file, for the CLI's --config-file. */
    configFile: string;
    remove(): void;
}

/** A stack of a name and with a state of its own. */
export async function programStack(stack: string, config: Record<string, unknown>): Promise<ProgramStack> {
    const home = await testHome(["kubernetes", "command", "random"]);
    const folder = mkdtempSync(join(tmpdir(), "m3perf-stack-"));
    const backend = mkdtempSync(join(tmpdir(), "m3perf-state-"));
    const pulumi = join(home.bin, "pulumi");
    const env: NodeJS.ProcessEnv = {
        ...process.env,
        ...home.env,
        PATH: `${home.bin}:${process.env.PATH}`,
        PULUMI_BACKEND_URL: `file://${backend}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        // A cluster of the user's own must never be reached.
        KUBECONFIG: join(folder, "no-such-kubeconfig"),
        HOME: folder,
        CI: "true",
    };
    const configFile = join(folder, `Pulumi.${stack}.yaml`);
    const configure = (values: Record<string, unknown>) => {
        const own = Object.fromEntries(Object.entries(values).map(([key, value]) => [`m3perf:${key}`, value]));
        writeFileSync(configFile, stringify({ config: own }));
    };
    configure(config);
    await ensureStack({ project: projectRoot, stack, folder: join(folder, "stack"), pulumi, env });
    return {
        env,
        configFile,
        configure,
        pulumi: (args, timeout = 120) =>
            exec(
                pulumi,
                [
                    "--non-interactive",
                    "--color=never",
                    ...args,
                    "--stack",
                    stack,
                    ...(args[0] === "stack" ? [] : ["--config-file", configFile]),
                ],
                { cwd: projectRoot, env, timeout },
            ),
        remove() {
            rmSync(folder, { recursive: true, force: true });
            rmSync(backend, { recursive: true, force: true });
        },
    };
}
