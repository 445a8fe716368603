/**
 * lab/tools: every executable that the lab needs, by name. `checkMachine` says what this machine lacks, before anything is
 * changed; `ensurePackages` installs Debian packages; `ensureTools` builds what cannot be downloaded and finds the rest.
 */
import { availableParallelism } from "node:os";
import { UserError } from "../../support/errors.ts";
import { cacheDir } from "../../support/paths.ts";
import type { Progress } from "../../support/progress.ts";
import type { Tool, Tools } from "../types.ts";
import { ensureSet, inspectAll, isDamaged } from "./build.ts";
import { toolsFromFolder } from "./folder.ts";
import { type GoEnvironment, readGoEnvironment } from "./go.ts";
import { requireFor } from "./judge.ts";
import { freeMemoryMiB } from "./machine.ts";
import { seldom } from "./notes.ts";
import { ensurePackages, installedPackages, isDebian } from "./packages.ts";
import { planBuilds, runAtOnce } from "./plan.ts";
import { chosenSets, type SetName, type ToolSet } from "./sets.ts";
import { findSystemTools } from "./system.ts";

export { checkMachine, requireMachine } from "./judge.ts";
export { ensurePackages } from "./packages.ts";
export type { SetName } from "./sets.ts";

export interface ToolsOptions {
    /** Which sets; all unless told. With a choice, Debian packages are not installed: what is there is offered. */
    sets?: SetName[];
    /** A lab is to be started with them: the kernel's features, memory and disk for it are checked first. */
    lab?: boolean;
    progress: Progress;
    signal?: AbortSignal | undefined;
}

/**
 * Makes sure of every executable and returns them. Taken from the folder M3PERF_TOOLS_DIR where that is set, else from
 * the cache, else built from Go modules into the cache (facts.md 1). Debian packages that are missing are installed.
 * Makes progress steps of its own: not to be wrapped in one. Throws UserError that names all that is missing, before
 * anything is changed; `Tools.path` throws one for a name that is not there.
 */
export async function ensureTools(options: ToolsOptions): Promise<Tools> {
    const { progress, signal } = options;
    const sets = chosenSets(options.sets);
    const packages = options.sets === undefined;
    const named = process.env.M3PERF_TOOLS_DIR;
    const go = named ? undefined : await readGoEnvironment().catch(() => undefined);
    const seen = go ? await inspectAll(sets, { cache: toolsCache(), go, signal }) : [];
    const good = seen.filter(({ problems }) => problems.length === 0);
    const builds = named ? [] : sets.filter((set) => !good.some((inspection) => inspection.set === set));
    const check = { packages, lab: options.lab ?? false };
    await requireFor(check, builds);
    const fromFolder = named ? await toolsFromFolder(named, sets, signal) : [];

    const debian = await isDebian();
    const installed = packages && debian ? await ensurePackages({ progress, signal }) : [];
    if (check.lab && installed.length > 0) await requireFor(check, builds); // the first time, `ip` or `nft` was not there to try with
    const system = await findSystemTools(debian ? "Debian package" : "this machine", await installedPackages(), signal);
    if (named) return announce([...fromFolder, ...system.found], progress);

    const folders = new Map(good.map(({ set, folder }) => [set, folder]));
    for (const damaged of seen.filter(isDamaged)) {
        progress.say(`${damaged.set.title} is built again: ${damaged.problems.join("; ")}`);
    }
    if (go && builds.length > 0) await buildAll(builds, { cache: toolsCache(), go, folders, progress, signal });
    return announce([...sets.flatMap((set) => builtTools(set, folders.get(set) ?? "")), ...system.found], progress);
}

function announce(tools: Tool[], progress: Progress): Tools {
    const origins = Map.groupBy(tools, ({ origin }) => origin);
    progress.say(`executables: ${[...origins].map(([origin, list]) => `${list.length} (${origin})`).join(", ")}`);
    return createTools(tools);
}

export function createTools(list: Tool[]): Tools {
    const byName = new Map(list.map((tool) => [tool.name, tool]));
    return {
        all: () => list,
        path(name) {
            const tool = byName.get(name);
            if (tool) return tool.path;
            throw new UserError(`the tool "${name}" is not there`, {
                what: `there are: ${[...byName.keys()].sort().join(", ")}`,
                next: "npx m3perf lab up (it installs and builds what is missing)",
            });
        },
    };
}

/** The folder of built tools. */
const toolsCache = () => cacheDir("tools");

const builtTools = (set: ToolSet, folder: string): Tool[] =>
    Object.keys(set.binaries).map((name) => ({
        name,
        path: `${folder}/${name}`,
        version: set.version,
        origin: "built from Go modules",
    }));

interface BuildAll {
    cache: string;
    go: GoEnvironment;
    folders: Map<ToolSet, string>;
    progress: Progress;
    signal?: AbortSignal | undefined;
}

async function buildAll(missing: ToolSet[], { cache, go, folders, progress, signal }: BuildAll): Promise<void> {
    const plan = planBuilds(missing, { cores: availableParallelism(), freeMiB: await freeMemoryMiB() });
    const order = plan.rows.flat();
    const minutes = order.reduce((sum, set) => sum + set.coreMinutes, 0) / availableParallelism();
    progress.say(
        `building from Go modules with Go ${go.version}: ${order.map((set) => set.title).join(", ")}\n` +
            `  ${plan.text}; with empty caches about ${Math.ceil(minutes)} minutes, an interrupted build goes on where it stopped`,
    );
    const state = new Map<string, string>();
    await progress.step("Go builds", async (note) => {
        const tell = seldom(note);
        const build = async (set: ToolSet) => {
            const start = performance.now();
            const say = (text: string) => {
                state.set(set.name, text);
                tell([...state].map(([name, what]) => `${name}: ${what}`).join(" · "));
            };
            try {
                folders.set(set, await ensureSet(set, { cache, go, jobs: plan.jobs, note: say, signal }));
            } finally {
                state.delete(set.name);
            }
            progress.say(`  ${set.title}: built in ${((performance.now() - start) / 1000).toFixed(0)} s`);
        };
        await runAtOnce(plan.rows, plan.atOnce, async (row) => {
            for (const set of row) await build(set);
        });
    });
}
