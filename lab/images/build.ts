import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../support/exec.ts";
import type { Tool } from "../types.ts";
import type { ImageRecipe, LayerRecipe } from "./catalog.ts";
import { mediaTypes, writeLayout } from "./layout.ts";
import { libraries, resolverLibraries } from "./libraries.ts";
import { operatorEntries } from "./operator.ts";
import { type Descriptor, hasBlob, readJson, writeBlob, writeWhole } from "./store.ts";
import { type Entry, tarBytes } from "./tar.ts";

export interface BuildContext {
    /** Folder that keeps blobs, layers and layouts. */
    cache: string;
    tool(name: string): Tool;
    /** Told the name of each layer that has to be made. */
    note(text: string): void;
    /** Our operator's program; lab/operator/main.ts unless told. */
    operator?: string;
}

/** A layer that is in the cache, and the paths that it and those below it hold. */
interface BuiltLayer {
    blob: Descriptor;
    paths: Set<string>;
}

/** Builds images of one cache; a layer that several images share is made once. */
export function imageBuilder(context: BuildContext) {
    const layers = new Map<string, Promise<BuiltLayer>>();
    const layerOf = (stack: LayerRecipe[]): Promise<BuiltLayer> => {
        const name = stack.map((layer) => layer.name).join("+");
        const known = layers.get(name);
        if (known) return known;
        const below = stack.length > 1 ? layerOf(stack.slice(0, -1)).then(({ paths }) => paths) : new Set<string>();
        const made = Promise.resolve(below).then((paths) => buildLayer(context, stack, paths));
        layers.set(name, made);
        return made;
    };
    return async (recipe: ImageRecipe, contents: string): Promise<{ layout: string; digest: string }> => {
        const blobs: Descriptor[] = [];
        for (let count = 1; count <= recipe.layers.length; count += 1) {
            blobs.push((await layerOf(recipe.layers.slice(0, count))).blob);
        }
        const Labels = { "org.opencontainers.image.description": contents };
        const config = { ...recipe.config, Labels };
        const id = hashOf([recipe.reference, blobs, config]).slice(0, 12);
        const layout = join(context.cache, "layouts", recipe.reference.replaceAll("/", "_"), id);
        const { digest } = await writeLayout(layout, {
            reference: recipe.reference,
            layers: blobs,
            config,
            store: context.cache,
        });
        return { layout, digest };
    };
}

/** Makes the top layer of a stack, unless the cache has one of the same inputs. */
async function buildLayer(context: BuildContext, stack: LayerRecipe[], below: Set<string>): Promise<BuiltLayer> {
    const recipe = stack[stack.length - 1];
    if (!recipe) throw new Error("an image without layers");
    const entries = await layerEntries(context, recipe, below);
    const paths = new Set([...below, ...entries.map(({ path }) => path)]);
    const record = join(context.cache, "layers", `${recipe.name}-${await inputsKey(entries)}.json`);
    // Not there, or cut short by a power cut.
    const known = await readJson<Descriptor>(record).catch(() => undefined);
    if (known && (await hasBlob(context.cache, known))) return { blob: known, paths };
    context.note(`packing ${recipe.name}`);
    const blob = await writeBlob(context.cache, mediaTypes.layer, tarBytes(entries));
    await writeWhole(record, JSON.stringify(blob), { flush: true });
    return { blob, paths };
}

async function layerEntries(context: BuildContext, recipe: LayerRecipe, below: Set<string>): Promise<Entry[]> {
    const executables = Object.entries(recipe.executables ?? {}).map(([name, folder]) => ({
        source: context.tool(name).path,
        path: join(folder, name),
    }));
    const entries: Entry[] = [...(recipe.entries ?? [])];
    for (const { path, source } of executables) entries.push({ path, type: "file", source: await realpath(source) });
    for (const source of await libraries(executables.map(({ source }) => source))) entries.push(libraryEntry(source));
    for (const { path, without } of recipe.folders ?? []) {
        entries.push(...(await folderEntries(path)).filter((entry) => !without.test(entry.path)));
    }
    if (recipe.generated === "base") entries.push(...(await baseEntries(context, entries)));
    if (recipe.generated === "operator") entries.push(...(await operatorEntries(context.operator)));
    return entries.filter(({ path }) => !below.has(path));
}

/** busybox's commands as links, the C library and resolver that most executables need, the CA certificates. */
async function baseEntries(context: BuildContext, present: Entry[]): Promise<Entry[]> {
    const busybox = context.tool("busybox").path;
    const applets = (await run(busybox, ["--list"], { timeout: 30 })).trim().split("\n");
    const links = applets
        .filter((name) => name !== "busybox")
        .map((name): Entry => ({ path: `usr/bin/${name}`, type: "link", target: "busybox" }));
    const dynamic = process.execPath; // Node itself is dynamic on every glibc machine
    const libc = (await libraries([dynamic])).filter((path) => /\/(libc\.so\.6|ld-linux[^/]*)$/.test(path));
    const found = [...libc, ...(await resolverLibraries(dynamic))].map(libraryEntry);
    const certificates = "/etc/ssl/certs/ca-certificates.crt";
    if (existsSync(certificates)) {
        found.push({ path: certificates.slice(1), type: "file", source: certificates, mode: 0o644 });
    }
    const known = new Set(present.map(({ path }) => path));
    return [...links, ...found].filter(({ path }) => !known.has(path));
}

/** A library keeps its place; /lib and /lib64 are links to /usr's in our base, as on most machines. */
function libraryEntry(source: string): Entry {
    const path = source.replace(/^\/(lib(?:64)?\/)/, "/usr/$1").slice(1);
    return { path, type: "file", source };
}

/** What a folder holds, links followed: a package may link to files of another that the image does not have. */
async function folderEntries(folder: string): Promise<Entry[]> {
    if (!existsSync(folder)) return [];
    const entries: Entry[] = [];
    for (const name of await readdir(folder)) {
        const source = join(folder, name);
        const info = await stat(source).catch(() => undefined);
        if (info?.isDirectory()) entries.push(...(await folderEntries(source)));
        else if (info?.isFile()) entries.push({ path: source.slice(1), type: "file", source, mode: 0o644 });
    }
    return entries;
}

/** Changes whenever the layer could: a file counts by its path, size and time of change, which is quick to ask. */
async function inputsKey(entries: Entry[]): Promise<string> {
    const inputs: unknown[] = [];
    for (const entry of entries) {
        if (entry.type !== "file") inputs.push(entry);
        else {
            const { size, mtimeMs, ino } = await stat(entry.source);
            inputs.push({ ...entry, size, mtimeMs, ino });
        }
    }
    return hashOf(inputs).slice(0, 20);
}

function hashOf(value: unknown): string {
    return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
