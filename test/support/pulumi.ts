/** Tiny Pulumi programs run by the real CLI with whichever plugins this machine has, each in a temporary folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePulumiHome } from "../../lab/plugins/index.ts";
import type { ProviderName } from "../../lab/plugins/versions.ts";
import type { PulumiHome, Tool } from "../../lab/types.ts";
import { type ExecOptions, type ExecResult, exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import type { Progress } from "../../support/progress.ts";
import { binary } from "./binaries.ts";

export interface StateResource {
    urn: string;
    type: string;
    id?: string;
    inputs?: Record<string, unknown>;
    outputs?: Record<string, unknown>;
}

export interface PulumiProject {
    dir: string;
    env: NodeJS.ProcessEnv;
    /** Replaces index.ts (or another file). */
    write(program: string, file?: string): void;
    /** Runs the CLI; never throws for a failure. */
    run(args: string[], options?: ExecOptions): Promise<ExecResult>;
    /** `up --yes --skip-preview`; throws with the output when it fails. */
    up(...args: string[]): Promise<string>;
    /** Starts the CLI and leaves it running. */
    start(args: string[]): ChildProcess;
    outputs(): Promise<Record<string, unknown>>;
    /** The resource named `name` in the state, as it is stored. */
    resource(name: string): Promise<StateResource>;
    /** The state file's whole text. */
    state(): string;
    /** Destroys what is left, then removes the folder. */
    remove(): Promise<void>;
}

const silent: Progress = {
    plan() {},
    say() {},
    step: (_title, work) => work(() => {}),
    timings: [],
};

const homes = new Map<string, Promise<PulumiHome>>();

export function testHome(providers: ProviderName[]): Promise<PulumiHome> {
    const key = providers.join();
    const known = homes.get(key);
    if (known) return known;
    const pulumi: Tool = { name: "pulumi", path: binary("pulumi"), version: "", origin: "named folder" };
    const tools = { path: () => pulumi.path, all: () => [pulumi] };
    const home = ensurePulumiHome({ tools, progress: silent, providers });
    homes.set(key, home);
    return home;
}

/** A project named "tiny" with the stack "test", its state in a file backend of its own, and the repository's npm packages. */
export async function pulumiProject(program: string, providers: ProviderName[] = []): Promise<PulumiProject> {
    const home = await testHome(providers);
    const dir = mkdtempSync(join(tmpdir(), "m3perf-pulumi-"));
    symlinkSync(join(projectRoot, "node_modules"), join(dir, "node_modules"));
    cpSync(join(projectRoot, "test/support/tiny.Pulumi.yaml"), join(dir, "Pulumi.yaml"));
    writeFileSync(join(dir, "package.json"), '{ "name": "tiny", "type": "module" }\n');
    const backend = mkdtempSync(join(tmpdir(), "m3perf-state-"));
    const env = {
        ...process.env,
        ...home.env,
        PATH: `${home.bin}:${process.env.PATH}`,
        PULUMI_BACKEND_URL: `file://${backend}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_STACK: "test",
        CI: "true",
    };
    const cli = join(home.bin, "pulumi");
    const run = (args: string[], options: ExecOptions = {}) =>
        exec(cli, ["--non-interactive", "--color=never", ...args], { cwd: dir, env, timeout: 90, ...options });
    const must = async (args: string[]) => {
        const result = await run(args);
        if (result.code !== 0) throw new Error(`pulumi ${args.join(" ")}:\n${result.stdout}${result.stderr}`);
        return result.stdout;
    };
    const project: PulumiProject = {
        dir,
        env,
        write: (text, file = "index.ts") => writeFileSync(join(dir, file), text),
        run,
        up: (...args) => must(["up", "--yes", "--skip-preview", ...args]),
        start: (args) => spawn(cli, ["--non-interactive", ...args], { cwd: dir, env, stdio: "pipe", detached: true }),
        outputs: async () => JSON.parse(await must(["stack", "output", "--json", "--show-secrets"])),
        async resource(name) {
            const { deployment } = JSON.parse(await must(["stack", "export"]));
            const resources: StateResource[] = deployment.resources;
            const found = resources.find(({ urn }) => urn.endsWith(`::${name}`));
            if (!found) throw new Error(`no resource "${name}" in the state`);
            return found;
        },
        state: () => readFileSync(join(backend, ".pulumi/stacks/tiny/test.json"), "utf8"),
        async remove() {
            if (existsSync(join(backend, ".pulumi/stacks/tiny/test.json"))) {
                await run(["destroy", "--yes", "--skip-preview"]);
            }
            rmSync(dir, { recursive: true, force: true });
            rmSync(backend, { recursive: true, force: true });
        },
    };
    project.write(program);
    await must(["stack", "init", "test"]);
    return project;
}
