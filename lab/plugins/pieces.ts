/** The pieces of a Pulumi home: where each lies, what it was made from, and how it is put there. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Origin, PulumiHome, Tools } from "../types.ts";
import { bundle, dynamicProviderScript, type PluginSource, sourceHash } from "./bundle.ts";
import type { Home } from "./homes.ts";
import { place, placeFolder, placeSame } from "./install.ts";
import type { InstalledCli } from "./official.ts";
import { compareVersions, type ProviderName, sdkVersion } from "./versions.ts";

export type Choice = PulumiHome["choices"][number];

export function binFolder(home: Home, version: string): string {
    return join(home.folder, "versions", version, "bin");
}

function providerFolder(home: Home, name: ProviderName, version: string): string {
    return join(home.folder, "plugins", `resource-${name}-v${version}`);
}

/** The official CLI that was put into a home before, if it is not older than the SDK. */
export function keptCli(home: Home, sdk: string): InstalledCli | undefined {
    const piece = home.manifest.pieces.cli;
    if (piece?.origin !== "official" || compareVersions(piece.version, sdk) < 0) return undefined;
    const folder = binFolder(home, piece.version);
    const whole = ["pulumi", "pulumi-language-nodejs"].every((name) => existsSync(join(folder, name)));
    return whole ? { version: piece.version, folder } : undefined;
}

/** Folder of the official provider that was put into a home before. */
export function keptProvider(home: Home, name: ProviderName, version: string): string | undefined {
    const piece = home.manifest.pieces[name];
    const folder = providerFolder(home, name, version);
    const whole = existsSync(join(folder, `pulumi-resource-${name}`));
    return piece?.origin === "official" && piece.version === version && whole ? folder : undefined;
}

/** The official CLI and its language host. */
export async function placeOfficialCli(home: Home, { version, folder }: InstalledCli): Promise<Choice[]> {
    const bin = binFolder(home, version);
    const origin = "official";
    await unlessDone(home, { name: "cli", version, origin, key: "official", file: join(bin, "pulumi") }, async () => {
        await placeSame(join(folder, "pulumi"), join(bin, "pulumi"));
        await placeSame(join(folder, "pulumi-language-nodejs"), join(bin, "pulumi-language-nodejs"));
        await place(join(bin, "pulumi-resource-pulumi-nodejs"), dynamicProviderScript);
        // The official host takes the Node on the PATH, which must run TypeScript.
        await place(join(bin, "node"), (path) => symlink(process.execPath, path));
    });
    delete home.manifest.pieces["language host"]; // what lies there now is the official one
    return ["CLI", "language host"].map((name) => ({ name, version, origin }));
}

/** The lab's own CLI with our language host where it looks first: beside it. */
export async function placeBuiltCli(home: Home, tools: Tools): Promise<Choice[]> {
    const tool = tools.all().find(({ name }) => name === "pulumi");
    const path = realpathSync(tools.path("pulumi"));
    const version = tool?.version.replace(/^v/, "") || sdkVersion();
    const origin = tool?.origin ?? "named folder";
    const bin = binFolder(home, version);
    const { size, mtimeMs } = statSync(path);
    const cli = { name: "cli", version, origin, key: `${path} ${size} ${mtimeMs}`, file: join(bin, "pulumi") };
    await unlessDone(home, cli, () => placeSame(path, cli.file));
    const source: PluginSource = { folder: "language", version: sdkVersion() };
    const host = {
        name: "language host",
        version: source.version,
        origin: "substitute" as const,
        key: sourceHash(source),
        file: join(bin, "pulumi-language-nodejs"),
    };
    await unlessDone(home, host, async () => {
        await place(join(bin, "package.json"), commonJs);
        await place(join(bin, "pulumi-resource-pulumi-nodejs"), dynamicProviderScript);
        await place(host.file, (target) => bundle(source, target));
    });
    return [
        { name: "CLI", version, origin },
        { name: host.name, version: host.version, origin: host.origin },
    ];
}

/** The provider from `official`, a folder that holds it, or our substitute. */
export async function placeProvider(
    home: Home,
    name: ProviderName,
    version: string,
    official: string | undefined,
): Promise<Choice> {
    const folder = providerFolder(home, name, version);
    const file = join(folder, `pulumi-resource-${name}`);
    const source: PluginSource = { folder: name, version };
    const origin: Origin = official ? "official" : "substitute";
    const key = official ? "official" : sourceHash(source);
    await unlessDone(home, { name, version, origin, key, file }, async () => {
        if (official) return placeFolder(official, folder);
        await place(join(folder, "package.json"), commonJs);
        await place(file, (path) => bundle(source, path));
    });
    return { name, version, origin };
}

interface Piece {
    name: string;
    version: string;
    origin: Origin;
    /** What it is made from. */
    key: string;
    /** Its last file to be written. */
    file: string;
}

/** Does the work unless the file is there and was made from the same things. */
async function unlessDone(home: Home, piece: Piece, work: () => Promise<void>): Promise<void> {
    const { name, version, origin, file } = piece;
    const key = `${piece.key} ${file}`;
    const before = home.manifest.pieces[name];
    if (before?.key === key && before.version === version && existsSync(file)) return;
    await work();
    home.manifest.pieces[name] = { key, version, origin };
}

/** Node must not take the extensionless bundles for ES modules because of a package.json somewhere above. */
function commonJs(path: string): Promise<void> {
    return writeFile(path, '{"type":"commonjs"}\n');
}
