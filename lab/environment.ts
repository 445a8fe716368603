import { existsSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import type { Progress } from "../support/progress.ts";
import { addressPlan } from "./cluster/addresses.ts";
import { layout, requireLab } from "./cluster/index.ts";
import { networksOf, pastProxy, thisMachine } from "./cluster/proxy.ts";
import { placeShellPulumi } from "./shell.ts";
import type { PulumiHome } from "./types.ts";
import { pulumiHome } from "./up.ts";

/** `lab env --json`. */
export interface LabEnvironment {
    /** To be added to the environment of `pulumi`, `kubectl` and the program. */
    env: Record<string, string>;
    choices: PulumiHome["choices"];
}

export interface EnvironmentOptions {
    name: string;
    progress: Progress;
    signal: AbortSignal;
    /** For a lab that need not run: no KUBECONFIG, no state of its own. */
    toolsOnly: boolean;
}

/** kubectl and pulumi at hand, the lab's kubeconfig, and the Pulumi state that lives in the lab and goes with it. */
export async function labEnvironment({
    name,
    progress,
    signal,
    toolsOnly,
}: EnvironmentOptions): Promise<LabEnvironment> {
    const record = toolsOnly ? undefined : requireLab(name);
    const files = layout(name);
    const { home, tools } = await pulumiHome(progress, signal);
    const own = toolsOnly ? [] : [await placeShellPulumi(name, home.bin)];
    const folders = [...own, home.bin, dirname(tools.path("kubectl")), dirname(process.execPath)];
    const path = [...folders, ...(process.env.PATH ?? "").split(delimiter)];
    const env: Record<string, string> = { ...home.env, PATH: [...new Set(path)].join(delimiter) };
    if (existsSync(files.kubeconfig)) env.KUBECONFIG = files.kubeconfig;
    const networks = record ? networksOf(addressPlan(record.index)) : [];
    Object.assign(env, pastProxy([...thisMachine, ...networks]));
    if (existsSync(files.passphrase)) {
        env.PULUMI_BACKEND_URL = `file://${files.pulumi}`;
        env.PULUMI_CONFIG_PASSPHRASE_FILE = files.passphrase;
        env.PULUMI_STACK = "dev"; // what plain `pulumi preview` means where no --stack is given
    }
    return { env, choices: home.choices };
}

/** Lines for a shell's `eval`. */
export function shellExports({ env }: LabEnvironment): string {
    return Object.entries(env)
        .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
        .join("");
}
