import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder (the clone). */
export const projectRoot = fileURLToPath(new URL("..", import.meta.url));

/** A path that the user has given, from the folder that the user is in: bin/bootstrap changes to the project's. */
export function userPath(path: string, environment: NodeJS.ProcessEnv = process.env): string {
    return resolve(environment.M3PERF_CWD ?? "", path);
}

/** What can be made again: tools, images, downloads, by version. Shared by all clones; outside of them. */
export function cacheDir(...parts: string[]): string {
    const base = process.env.M3PERF_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "m3perf");
    return join(base, ...parts);
}

/** What must be kept: Pulumi's states of the lab's stacks, their passphrase. */
export function stateDir(...parts: string[]): string {
    const base =
        process.env.M3PERF_STATE ?? join(process.env.XDG_STATE_HOME ?? join(homedir(), ".local/state"), "m3perf");
    return join(base, ...parts);
}

/** A running lab's folder: one per lab name on a machine, whoever started it, so that "lab up" twice is one lab. */
export function labDir(name: string, ...parts: string[]): string {
    return join("/var/lib/m3perf", name, ...parts);
}
