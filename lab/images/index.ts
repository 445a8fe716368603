/**
 * The lab's container images: `ensureImages` makes or fetches them as OCI image layouts in the cache, `registryCommand`
 * tells what process serves them, `mirrorConfig` what containerd has to know of it.
 *
 *     const images = await ensureImages({ tools, progress });
 *     const { command, args } = await registryCommand({ images, listen: "10.77.0.1:5000", dir: labDir(name, "registry"), tools });
 *     // start it in the lab's main network namespace; wait until GET http://10.77.0.1:5000/v2/ is 200
 *     // every node's containerd: config_path = DIR, and DIR/_default/hosts.toml = mirrorConfig("10.77.0.1:5000");
 *     // sandbox image: pauseImage
 */
import { mkdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../support/errors.ts";
import { run } from "../../support/exec.ts";
import { withLock } from "../../support/lock.ts";
import { cacheDir, projectRoot } from "../../support/paths.ts";
import type { Progress } from "../../support/progress.ts";
import type { Image, Origin, Tool, Tools } from "../types.ts";
import { imageBuilder } from "./build.ts";
import { catalog, type ImageRecipe, nodeVersion } from "./catalog.ts";
import { curlProbe, type OfficialCopier, officialCopier, type Probe, reachableHosts } from "./official.ts";
import { pruneCache } from "./prune.ts";
import { parseReference } from "./reference.ts";

export { mirrorConfig, registryCommand } from "./registry.ts";

export const pauseImage = "registry.k8s.io/pause:3.10";

export interface EnsureImagesOptions {
    tools: Tools;
    progress: Progress;
    signal?: AbortSignal;
    /** Tells which official registries answer; asks them with curl unless told. */
    probe?: Probe;
    /** Copies an official image; with skopeo unless told. */
    copy?: OfficialCopier;
    /** Images to make; the whole catalog unless told. */
    recipes?: ImageRecipe[];
    /** Folder of the images' cache. */
    cache?: string;
    /** Program of our m3db-operator. */
    operator?: string;
}

/** Every image of the catalog, made when its inputs changed. One step of `progress`. */
export async function ensureImages(options: EnsureImagesOptions): Promise<Image[]> {
    const { tools, progress, signal, recipes = catalog, cache = cacheDir("images") } = options;
    return progress.step("container images", async (note) => {
        await mkdir(cache, { recursive: true });
        const official = await officialCopies(options, recipes, cache, note);
        const tool = await toolsOf(tools, recipes, signal);
        const build = imageBuilder({ cache, tool, note, ...(options.operator ? { operator: options.operator } : {}) });
        const images: Image[] = [];
        for (const recipe of recipes) {
            signal?.throwIfAborted();
            const { reference } = recipe;
            const copied = official.get(reference);
            if (copied) {
                images.push({ reference, ...copied, origin: "official", contents: "the official image" });
                continue;
            }
            const contents = describeContents(recipe, tool);
            images.push({ reference, ...(await build(recipe, contents)), origin: originOf(recipe, tool), contents });
        }
        await pruneCache(cache);
        return images;
    });
}

/** The official images that can be had, by reference; a line is said for each that cannot although its registry answers. */
async function officialCopies(
    options: EnsureImagesOptions,
    recipes: ImageRecipe[],
    cache: string,
    note: (text: string) => void,
): Promise<Map<string, { layout: string; digest: string }>> {
    const { progress, signal } = options;
    note("asking the official registries");
    const references = recipes.map(({ reference }) => reference);
    const hosts = await reachableHosts(references, options.probe ?? curlProbe(options.tools.path("curl"), signal));
    const copies = new Map<string, { layout: string; digest: string }>();
    if (hosts.size === 0) return copies;
    const wanted = references.filter((reference) => hosts.has(parseReference(reference).host));
    note(`copying ${wanted.length} official images`);
    const copy = options.copy ?? (await officialCopier(cache, signal));
    await Promise.all(
        wanted.map(async (reference) => {
            const result = await copy(reference);
            if ("layout" in result) copies.set(reference, result);
            else progress.say(`${reference} could not be copied, ours is used instead: ${result.problem}`);
        }),
    );
    return copies;
}

/** The lab's executables by name, and Node if an image has it. */
async function toolsOf(tools: Tools, recipes: ImageRecipe[], signal?: AbortSignal): Promise<(name: string) => Tool> {
    const known = new Map(tools.all().map((tool) => [tool.name, tool]));
    if (recipes.some((recipe) => executablesOf(recipe).includes("node"))) known.set("node", await nodeTool(signal));
    return (name) => {
        const found = known.get(name);
        if (!found) throw new UserError("an executable for the images is missing", { what: name });
        return found;
    };
}

function originOf(recipe: ImageRecipe, tool: (name: string) => Tool): Origin {
    const [main] = executablesOf(recipe);
    return recipe.origin ?? (main ? tool(main).origin : "substitute");
}

/** In words: "m3dbnode 1.5.0 (built from Go modules); curl 7.88.1, jq 1.6, busybox 1.35.0 (Debian package); <note>". */
function describeContents(recipe: ImageRecipe, tool: (name: string) => Tool): string {
    const byOrigin = new Map<Origin, string[]>();
    for (const name of executablesOf(recipe)) {
        const { version, origin } = tool(name);
        byOrigin.set(origin, [...(byOrigin.get(origin) ?? []), `${name} ${version}`]);
    }
    const parts = [...byOrigin].map(([origin, names]) => `${names.join(", ")} (${origin})`);
    return [...parts, ...(recipe.note ? [recipe.note] : [])].join("; ");
}

/** Names of an image's executables, its own before those of the layers below. */
function executablesOf(recipe: ImageRecipe): string[] {
    return recipe.layers.toReversed().flatMap((layer) => Object.keys(layer.executables ?? {}));
}

/** Node in the version of the image's tag: the running one if it is the same, or the npm registry's. */
async function nodeTool(signal?: AbortSignal): Promise<Tool> {
    const tool = { name: "node", version: nodeVersion, origin: "official" as const };
    if (process.version === `v${nodeVersion}`) return { ...tool, path: process.execPath };
    const home = cacheDir("node", `image-${nodeVersion}`);
    const install = ["--install-node", home];
    // The lock that bootstrap itself holds when it installs one.
    await withLock(cacheDir("node", ".lock"), { timeout: 600, ...(signal ? { signal } : {}) }, () =>
        run(join(projectRoot, "bin/bootstrap"), install, { timeout: 600, ...(signal ? { signal } : {}) }),
    );
    return { ...tool, path: await readlink(join(home, "ready")) };
}
