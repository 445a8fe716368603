/** Preview and no-op up of the stack that is up, beside the floors: the flat program with the same resources, an empty one. */
import { chmod, cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pulumi } from "../operations/stack/pulumi.ts";
import type { Session } from "../operations/stack/session.ts";
import { run } from "../support/exec.ts";
import { projectRoot } from "../support/paths.ts";
import { type Exported, emptyProgram, flatDeployment, flatProgram, flatResources } from "./flat.ts";
import type { Measured } from "./statistics.ts";

interface Contestant {
    title: string;
    cwd: string;
    env: NodeJS.ProcessEnv;
    /** Arguments that name the stack and its settings. */
    common: string[];
}

/** Measures in turns, so that a busy minute of the machine hits all alike. `folder` is for secrets: its owner's alone. */
export async function measureFloors(
    session: Session,
    folder: string,
    runs: number,
    say: (text: string) => void,
): Promise<Measured[]> {
    const ours: Contestant = {
        title: "m3perf",
        cwd: projectRoot,
        env: session.env,
        common: ["--stack", session.stack, ...(session.configFile ? ["--config-file", session.configFile] : [])],
    };
    const exported = await exportStack(session);
    const contestants = [
        ours,
        await flat(session, exported, join(folder, "flat")),
        await empty(session, join(folder, "empty")),
    ];
    const commands = { preview: ["preview"], "no-op up": ["up", "--yes", "--skip-preview"] };
    const measured: Measured[] = [];
    for (const [command, words] of Object.entries(commands)) {
        const times = contestants.map(({ title }): Measured => ({ what: `${command}, ${title}`, seconds: [] }));
        // One run of each first that does not count: compile caches, page cache.
        for (let round = 0; round <= runs; round += 1) {
            for (const [index, { cwd, env, common }] of contestants.entries()) {
                const start = performance.now();
                // It must be a no-op, or the floor is none.
                await run("pulumi", [...words, "--expect-no-changes", "--non-interactive", ...common], { cwd, env });
                if (round > 0) times[index]?.seconds.push((performance.now() - start) / 1000);
            }
            say(`${command}: round ${round} of ${runs}`);
        }
        measured.push(...times);
    }
    return measured;
}

export async function exportStack(session: Session): Promise<Exported> {
    const { code, stdout, stderr } = await pulumi(session, ["stack", "export", "--show-secrets"]);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Exported;
}

/** A project outside of the clone that uses its packages. */
async function project(folder: string, name: string, program: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await cp(join(projectRoot, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    const manifest = (await readFile(join(folder, "Pulumi.yaml"), "utf8")).replace(/^name:.*$/m, `name: ${name}`);
    await writeFile(join(folder, "Pulumi.yaml"), manifest);
    await writeFile(join(folder, "package.json"), '{"type": "module", "main": "index.ts"}\n');
    await writeFile(join(folder, "index.ts"), program);
    await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"));
}

async function contestant(session: Session, title: string, folder: string): Promise<Contestant> {
    await mkdir(join(folder, "state"));
    const env = { ...session.env, PULUMI_BACKEND_URL: `file://${join(folder, "state")}` };
    await run("pulumi", ["stack", "init", session.stack, "--non-interactive"], { cwd: folder, env });
    return { title, cwd: folder, env, common: ["--stack", session.stack] };
}

async function flat(session: Session, exported: Exported, folder: string): Promise<Contestant> {
    const resources = flatResources(exported);
    await project(folder, session.project, flatProgram);
    await writeFile(join(folder, "resources.json"), JSON.stringify(resources));
    await writeFile(join(folder, "versions.json"), JSON.stringify(await sdkVersions()));
    // Commands name programs relative to the project's folder.
    await symlink(join(projectRoot, "components"), join(folder, "components"));
    const made = await contestant(session, `flat program (${resources.length} resources)`, folder);
    const state = join(folder, "state.json");
    await writeFile(state, JSON.stringify(flatDeployment(exported)));
    await chmod(state, 0o600);
    await run("pulumi", ["stack", "import", "--file", state, "--non-interactive", "--stack", session.stack], {
        cwd: folder,
        env: made.env,
    });
    // It must find everything as it is: anything else would be done to the cluster that is measured.
    await run("pulumi", ["preview", "--expect-no-changes", "--non-interactive", ...made.common], {
        cwd: folder,
        env: made.env,
    });
    return made;
}

async function empty(session: Session, folder: string): Promise<Contestant> {
    await project(folder, session.project, emptyProgram);
    const made = await contestant(session, "empty program", folder);
    await run("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", ...made.common], {
        cwd: folder,
        env: made.env,
    });
    return made;
}

async function sdkVersions(): Promise<Record<string, string>> {
    const names = ["kubernetes", "command", "random"];
    const versions = names.map(async (name) => {
        const text = await readFile(join(projectRoot, `node_modules/@pulumi/${name}/package.json`), "utf8");
        const { version, pulumi: plugin } = JSON.parse(text) as { version: string; pulumi?: { version?: string } };
        return [name, plugin?.version ?? version] as const;
    });
    return Object.fromEntries(await Promise.all(versions));
}
