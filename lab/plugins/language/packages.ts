/** Which Pulumi packages a program's node_modules hold: the engine installs and starts their providers. */
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** One provider that an npm package asks for. */
export interface RequiredPackage {
    /** Plugin name: "random". */
    name: string;
    /** With the leading "v", as the engine expects it. */
    version: string;
    /** Where to download the plugin from, when the package says so. */
    server: string;
    parameterization?: { name: string; version: string; value: Uint8Array };
}

interface PackageJson {
    name?: string;
    version?: string;
    pulumi?: {
        resource?: boolean;
        name?: string;
        version?: string;
        server?: string;
        parameterization?: { name: string; version: string; value: string };
    };
}

/** Packages with a `pulumi` section in the node_modules of `directory` and of the folders above it, without repeats. */
export function requiredPackages(directory: string): RequiredPackage[] {
    const found = new Map<string, RequiredPackage>();
    const seen = new Set<string>();
    for (let folder = directory; ; folder = dirname(folder)) {
        visitModules(join(folder, "node_modules"), seen, (manifest) => {
            const wanted = requirement(manifest);
            if (wanted) found.set(`${wanted.name}@${wanted.version}/${wanted.parameterization?.name ?? ""}`, wanted);
        });
        if (folder === dirname(folder)) break;
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function visitModules(modules: string, seen: Set<string>, visit: (manifest: PackageJson) => void): void {
    for (const name of entries(modules)) {
        if (name.startsWith(".")) continue;
        const folders = name.startsWith("@") ? entries(join(modules, name)).map((inner) => join(name, inner)) : [name];
        for (const folder of folders) visitPackage(join(modules, folder), seen, visit);
    }
}

function visitPackage(folder: string, seen: Set<string>, visit: (manifest: PackageJson) => void): void {
    let text: string;
    try {
        const real = realpathSync(folder); // links of npm workspaces and pnpm may form cycles
        if (seen.has(real)) return;
        seen.add(real);
        text = readFileSync(join(real, "package.json"), "utf8");
    } catch {
        return; // not a package
    }
    // Most packages are none of ours; parsing only those that name Pulumi keeps this to a few milliseconds.
    if (text.includes('"pulumi"')) {
        try {
            visit(JSON.parse(text) as PackageJson);
        } catch {
            // a broken package.json of some dependency: npm reports it, the program does not need it
        }
    }
    visitModules(join(folder, "node_modules"), seen, visit);
}

function requirement(manifest: PackageJson): RequiredPackage | undefined {
    const section = manifest.pulumi;
    if (section?.resource !== true) return undefined;
    const name = section.name ?? manifest.name?.replace(/^@pulumi\//, "").replace(/^@/, "");
    const version = section.version ?? manifest.version;
    if (!name || !version) return undefined;
    const wanted: RequiredPackage = {
        name,
        version: version.startsWith("v") ? version : `v${version}`,
        server: section.server ?? "",
    };
    if (section.parameterization) {
        const { name: parameter, version: parameterVersion, value } = section.parameterization;
        wanted.parameterization = {
            name: parameter,
            version: parameterVersion,
            value: Buffer.from(value, "base64"),
        };
    }
    return wanted;
}

function entries(folder: string): string[] {
    try {
        return readdirSync(folder);
    } catch {
        return [];
    }
}
