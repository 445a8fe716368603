/**
 * Official Pulumi artefacts: those that the user has installed already and those that can be downloaded. The downloads
 * could not be run where this was written (only package registries are reachable there): the search for installed ones, the
 * probe, the unpacking and the fallback are tested, a download from the real addresses is not.
 */
import { accessSync, constants, readdirSync, realpathSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { exec, run } from "../../support/exec.ts";
import { compareVersions, type ProviderName } from "./versions.ts";

/** Seconds that all probes together may take, answered or not. */
const probeLimit = 3;
/** Seconds for one download. */
const downloadLimit = 300;

const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;

/** A CLI with its own language host beside it. */
export interface InstalledCli {
    version: string;
    /** Folder of both executables. */
    folder: string;
}

/** The user's own PULUMI_HOME: not one of ours, which `lab env` puts into the environment. */
function userHome(ours: string): string {
    const named = process.env.PULUMI_HOME;
    return named && !`${resolve(named)}/`.startsWith(`${resolve(ours)}/`) ? named : join(homedir(), ".pulumi");
}

/** The user's own CLI, if its language host is beside it and it is not older than the SDK. `ours`, a folder, is left out. */
export async function installedCli(sdk: string, ours: string): Promise<InstalledCli | undefined> {
    const home = userHome(ours);
    const versions = entries(join(home, "versions")).map((name) => join(home, "versions", name, "bin"));
    const folders = [...(process.env.PATH ?? "").split(delimiter), join(home, "bin"), ...versions];
    for (const folder of new Set(folders)) {
        const cli = executable(join(folder, "pulumi"));
        if (!cli || cli.startsWith(`${resolve(ours)}/`)) continue;
        if (!executable(join(dirname(cli), "pulumi-language-nodejs"))) continue;
        const { code, stdout } = await exec(cli, ["version"], { timeout: 10 }).catch(() => ({ code: 1, stdout: "" }));
        const version = stdout.trim().replace(/^v/, "");
        if (code === 0 && compareVersions(version, sdk) >= 0) return { version, folder: dirname(cli) };
    }
    return undefined;
}

/** Folder of the provider of exactly this version among the user's installed plugins. `ours` is left out. */
export function installedProvider(name: ProviderName, version: string, ours: string): string | undefined {
    const folder = join(userHome(ours), "plugins", `resource-${name}-v${version}`);
    const found = executable(join(folder, `pulumi-resource-${name}`));
    return found && !found.startsWith(`${resolve(ours)}/`) ? folder : undefined;
}

export function cliArchive(version: string): string {
    return `https://get.pulumi.com/releases/sdk/pulumi-v${version}-${platform.replace("amd64", "x64")}.tar.gz`;
}

export function providerArchive(name: ProviderName, version: string): string {
    return `https://get.pulumi.com/releases/plugins/pulumi-resource-${name}-v${version}-${platform}.tar.gz`;
}

/**
 * Which of the addresses can be downloaded; all asked at once, answers awaited for 3 s in all, however the network fails
 * (refused, no name, packets dropped).
 */
export async function reachable(urls: string[], limit = probeLimit): Promise<Set<string>> {
    const script = fileURLToPath(new URL("probe.ts", import.meta.url));
    const deadline = Date.now() + (limit - 0.5) * 1000; // half a second to end in
    try {
        const answer = await run(process.execPath, [script, String(deadline), ...urls], { timeout: limit });
        return new Set(JSON.parse(answer) as string[]);
    } catch {
        return new Set(); // killed at the limit
    }
}

/** Downloads and unpacks the CLI with its language hosts into `folder`. Throws when that fails. */
export async function downloadCli(
    version: string,
    folder: string,
    signal?: AbortSignal,
    url = cliArchive(version),
): Promise<void> {
    const limit = AbortSignal.timeout(downloadLimit * 1000);
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    const archive = `${folder}.tar.gz`;
    await mkdir(folder, { recursive: true });
    await writeFile(archive, new Uint8Array(await response.arrayBuffer()));
    await run("tar", ["-xzf", archive, "-C", folder, "--strip-components=1"], { timeout: 60 });
    await rm(archive);
    const { stdout } = await exec(join(folder, "pulumi"), ["version"], { timeout: 10 });
    if (stdout.trim() !== `v${version}` && stdout.trim() !== version)
        throw new Error(`the archive holds ${stdout.trim()}`);
}

/** Has the CLI download the provider, with its own checks, into a PULUMI_HOME of its own; returns the plugin's folder. */
export async function downloadProvider(
    cli: string,
    name: ProviderName,
    version: string,
    home: string,
    signal?: AbortSignal,
): Promise<string> {
    await run(cli, ["plugin", "install", "resource", name, version], {
        env: { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
        timeout: downloadLimit,
        ...(signal ? { signal } : {}),
    });
    const folder = join(home, "plugins", `resource-${name}-v${version}`);
    if (!(await readdir(folder)).includes(`pulumi-resource-${name}`)) throw new Error(`${folder} holds no plugin`);
    return folder;
}

/** The real path of an executable file. */
function executable(path: string): string | undefined {
    try {
        accessSync(path, constants.X_OK);
        return realpathSync(path);
    } catch {
        return undefined;
    }
}

function entries(folder: string): string[] {
    try {
        return readdirSync(folder);
    } catch {
        return [];
    }
}
