/**
 * lab/plugins gives the Pulumi engine what it needs to run this program: official artefacts where they are installed or can be
 * downloaded, elsewhere substitutes of ours that speak the same protocols (facts.md 2). All of it lies in a PULUMI_HOME of
 * its own, so that no substitute ever blocks a download of the user's own Pulumi.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../support/errors.ts";
import { cacheDir } from "../../support/paths.ts";
import type { Progress } from "../../support/progress.ts";
import type { PulumiHome, Tools } from "../types.ts";
import { type Home, homesRoot, otherHomes, ownHome, pruneHomes, shareSelections } from "./homes.ts";
import { readManifest, writeManifest } from "./install.ts";
import {
    cliArchive,
    downloadCli,
    downloadProvider,
    installedCli,
    installedProvider,
    providerArchive,
    reachable,
} from "./official.ts";
import {
    binFolder,
    type Choice,
    keptCli,
    keptProvider,
    placeBuiltCli,
    placeOfficialCli,
    placeProvider,
} from "./pieces.ts";
import { type ProviderName, providerNames, providerVersion, sdkVersion } from "./versions.ts";

export interface PulumiHomeOptions {
    tools: Tools;
    progress: Progress;
    signal?: AbortSignal;
    /** Which providers; all that the program uses unless told. */
    providers?: ProviderName[];
    /** Folder of the home, alone; one of those in the cache unless told. */
    home?: string;
}

/** A probe that found nothing is believed for an hour (ms): each run would wait for it again where packets are dropped. */
const probeMemory = 3600 * 1000;

/**
 * Makes the home complete and tells what is in it. Safe to call at any time, also at once from several processes: files are
 * replaced one by one, each in one step, and only those whose sources have changed. Another clone's are in another home.
 */
export async function ensurePulumiHome(options: PulumiHomeOptions): Promise<PulumiHome> {
    const { progress } = options;
    const result = await progress.step("Pulumi and its plugins", (note) => build(options, note));
    const substitutes = result.choices.filter(({ origin }) => origin === "substitute");
    const list = (choices: Choice[]) => choices.map(({ name, version }) => `${name} ${version}`).join(", ");
    progress.say(
        `Pulumi: ${list(result.choices.filter((choice) => !substitutes.includes(choice)))}` +
            (substitutes.length > 0
                ? `; substitutes of ours, as the official ones cannot be downloaded here: ${list(substitutes)}`
                : ""),
    );
    return result;
}

async function build(options: PulumiHomeOptions, note: (text: string) => void): Promise<PulumiHome> {
    const { tools, progress, signal } = options;
    const folder = options.home ?? ownHome();
    const root = options.home ?? homesRoot();
    const home: Home = { folder, manifest: await readManifest(folder) };
    const before = structuredClone(home.manifest);
    const isNew = Object.keys(before.pieces).length === 0;
    const kept = [home, ...(isNew && folder !== root ? await otherHomes(root, folder) : [])];
    const probed = first(kept, ({ manifest }) => manifest.unreachableAt);
    if (probed !== undefined) home.manifest.unreachableAt = probed;
    const sdk = sdkVersion();
    const names = options.providers ?? providerNames;
    const wanted = names.map((name) => {
        const version = providerVersion(name);
        const found = installedProvider(name, version, root) ?? first(kept, (one) => keptProvider(one, name, version));
        return { name, version, found, url: providerArchive(name, version) };
    });
    const own = (await installedCli(sdk, root)) ?? first(kept, (one) => keptCli(one, sdk));
    const missing = [...(own ? [] : [cliArchive(sdk)]), ...wanted.flatMap(({ found, url }) => (found ? [] : [url]))];
    const available = await probe(home, missing, note);
    const downloads = join(folder, `downloads-${process.pid}`);

    /** Runs a download of an official artefact; says why when it fails, and the substitute is taken. */
    const download = async <T>(url: string, what: string, work: () => Promise<T>): Promise<T | undefined> => {
        if (!available.has(url)) return undefined;
        note(`downloading ${what}`);
        return await work().catch((error: unknown) => {
            signal?.throwIfAborted();
            home.manifest.unreachableAt = Date.now();
            progress.say(`the official ${what} could not be downloaded (${messageOf(error)}): using the substitute`);
            return undefined;
        });
    };

    try {
        const cli =
            own ??
            (await download(cliArchive(sdk), `Pulumi ${sdk}`, async () => {
                const target = join(downloads, `pulumi-${sdk}`);
                await downloadCli(sdk, target, signal);
                return { version: sdk, folder: target };
            }));
        note("CLI and language host");
        const choices = cli ? await placeOfficialCli(home, cli) : await placeBuiltCli(home, tools);
        const bin = binFolder(home, choices[0]?.version ?? sdk);
        for (const { name, version, found, url } of wanted) {
            const official =
                found ??
                (await download(url, `${name} ${version}`, () =>
                    downloadProvider(join(bin, "pulumi"), name, version, downloads, signal),
                ));
            note(name);
            choices.push(await placeProvider(home, name, version, official));
        }
        if (folder !== root) await shareSelections(root, folder);
        const changed = await writeManifest(folder, before, home.manifest);
        if (changed && folder !== root) await pruneHomes(root, folder);
        return { bin, env: environment(folder, root, choices), choices };
    } finally {
        await rm(downloads, { recursive: true, force: true });
    }
}

function first<T>(homes: Home[], look: (home: Home) => T | undefined): T | undefined {
    for (const home of homes) {
        const found = look(home);
        if (found !== undefined) return found;
    }
    return undefined;
}

/** Which of the addresses can be downloaded; none are asked for a while after none has answered. */
async function probe(home: Home, urls: string[], note: (text: string) => void): Promise<Set<string>> {
    if (urls.length === 0 || Date.now() - (home.manifest.unreachableAt ?? 0) < probeMemory) return new Set();
    note("looking for the official plugins");
    const found = await reachable(urls);
    if (found.size === 0) home.manifest.unreachableAt = Date.now();
    return found;
}

function environment(home: string, root: string, choices: Choice[]): Record<string, string> {
    const env: Record<string, string> = {
        PULUMI_HOME: home,
        // A login outlives the home, whose place changes with our sources.
        PULUMI_CREDENTIALS_PATH: process.env.PULUMI_CREDENTIALS_PATH ?? root,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // The CLI logs every command, 5 MB of an up, and keeps 500 of them in each home.
        PULUMI_LOG_ROTATION_MAX_TOTAL_MB: process.env.PULUMI_LOG_ROTATION_MAX_TOTAL_MB ?? "50",
        // Plugins of other installations on the PATH would be taken before those beside the CLI.
        PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? cacheDir("compile"),
    };
    // A plugin that is not here cannot be had: fail at once with its name instead of trying the network for 3 s or longer.
    if (choices.some(({ origin }) => origin === "substitute")) env.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION = "true";
    return env;
}
