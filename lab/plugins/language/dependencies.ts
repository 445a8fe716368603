/** What `pulumi about` and `pulumi install` ask of a Node project: its dependencies and its package manager. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Dependency {
    name: string;
    version: string;
}

export type PackageManager = "npm" | "pnpm" | "yarn" | "bun";
export const packageManagers: PackageManager[] = ["npm", "pnpm", "yarn", "bun"];

/** The manager that the project names (Pulumi.yaml's `packagemanager` option), else the one whose lock file is there. */
export function packageManager(directory: string, named: unknown): PackageManager {
    const wanted = packageManagers.find((name) => name === named);
    if (wanted) return wanted;
    const locks: [string, PackageManager][] = [
        ["package-lock.json", "npm"],
        ["pnpm-lock.yaml", "pnpm"],
        ["yarn.lock", "yarn"],
        ["bun.lock", "bun"],
    ];
    for (let folder = directory; folder !== dirname(folder); folder = dirname(folder)) {
        const found = locks.find(([file]) => existsSync(join(folder, file)));
        if (found) return found[1];
        if (existsSync(join(folder, ".git"))) break; // not past the project
    }
    return "npm";
}

/** Direct dependencies of the project with their installed versions; all installed packages when `transitive`. */
export function programDependencies(directory: string, transitive: boolean): Dependency[] {
    const manifest = readJson(join(directory, "package.json"));
    if (!manifest) throw new Error(`there is no package.json in ${directory}`);
    const direct = { ...asRecord(manifest.devDependencies), ...asRecord(manifest.dependencies) };
    const versions = transitive ? lockedVersions(directory) : undefined;
    const list =
        versions ??
        Object.entries(direct).map(([name, range]) => ({ name, version: installed(directory, name, range) }));
    return list.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function lockedVersions(directory: string): Dependency[] | undefined {
    const packages = asRecord(readJson(join(directory, "package-lock.json"))?.packages);
    if (Object.keys(packages).length === 0) return undefined;
    return Object.entries(packages).flatMap(([path, entry]) => {
        const name = path.split("node_modules/").pop() ?? "";
        const { version } = asRecord(entry);
        return path !== "" && typeof version === "string" ? [{ name, version }] : [];
    });
}

function installed(directory: string, name: string, range: unknown): string {
    const version = readJson(join(directory, "node_modules", name, "package.json"))?.version;
    return typeof version === "string" ? version : String(range);
}

function readJson(path: string): Record<string, unknown> | undefined {
    try {
        return asRecord(JSON.parse(readFileSync(path, "utf8")));
    } catch {
        return undefined;
    }
}

function asRecord(value: unknown): Record<string, unknown> {
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
