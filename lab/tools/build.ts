import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../support/errors.ts";
import { exec } from "../../support/exec.ts";
import { withLock } from "../../support/lock.ts";
import { buildFlags, cacheKey, type GoEnvironment, goCommandEnvironment, manifestDir } from "./go.ts";
import { probeOf, type ToolSet } from "./sets.ts";
import { rememberVerified, wasVerified } from "./verified.ts";
import { probeVersion } from "./versions.ts";

export interface BuildOptions {
    /** Folder of the cache. */
    cache: string;
    go: GoEnvironment;
    /** Compilers at once: go's -p. */
    jobs: number;
    note: (text: string) => void;
    signal?: AbortSignal | undefined;
    /** Folder of the set's manifest; sets/<name> unless told. */
    manifest?: string;
    /** Limit in seconds for the build of one set, 3600 unless told. */
    timeout?: number;
}

/** A set's folder in the cache, and what is wrong with it: no problem means that it can be used as it is. */
export interface Inspection {
    set: ToolSet;
    folder: string;
    problems: string[];
}

const notBuilt = "not built yet";

async function inspect(
    set: ToolSet,
    options: Pick<BuildOptions, "cache" | "go" | "signal" | "manifest">,
): Promise<Inspection> {
    const folder = join(options.cache, await cacheKey(set, options.go, options.manifest));
    const there = await readdir(folder).catch(() => undefined);
    if (!there) return { set, folder, problems: [notBuilt] };
    const names = Object.keys(set.binaries);
    if (await wasVerified(folder, names)) return { set, folder, problems: [] };
    const problems = await wrongBinaries(set, folder, options.signal);
    // Where the cache may only be read (another user's), each use runs them.
    if (problems.length === 0) await rememberVerified(folder, names).catch(() => undefined);
    return { set, folder, problems };
}

export const inspectAll = (sets: ToolSet[], options: Pick<BuildOptions, "cache" | "go" | "signal">) =>
    Promise.all(sets.map((set) => inspect(set, options)));

/** Whether there is a folder, but not as it must be: worth a word to the user. */
export const isDamaged = ({ problems }: Inspection) => problems.length > 0 && !problems.includes(notBuilt);

/** Every binary of the set is run and tells its version; what does not is named. */
export async function wrongBinaries(set: ToolSet, folder: string, signal?: AbortSignal): Promise<string[]> {
    const found = await Promise.all(
        Object.keys(set.binaries).map(async (name) => {
            const result = await probeVersion(join(folder, name), probeOf(set, name), signal);
            if ("problem" in result) return `${name} ${result.problem}`;
            return result.version === set.version ? [] : `${name} is version ${result.version}, not ${set.version}`;
        }),
    );
    return found.flat();
}

/**
 * Builds a set unless its folder in the cache is good, and returns that folder. Two processes never build the same set at
 * once. An interrupted build leaves go's own caches, so that the next goes on from there, and a temporary folder that the next removes.
 */
export async function ensureSet(set: ToolSet, options: BuildOptions): Promise<string> {
    const seen = await inspect(set, options);
    if (seen.problems.length === 0) return seen.folder;
    const lock = join(options.cache, `.lock-${set.name}`);
    const onWait = () => options.note("another process builds it; waiting");
    return withLock(lock, { timeout: options.timeout ?? 3600, signal: options.signal, onWait }, async () => {
        const again = await inspect(set, options);
        if (again.problems.length === 0) return again.folder;
        await removeLeftovers(set, options.cache);
        const temporary = join(options.cache, `.building-${set.name}.${process.pid}`);
        await mkdir(temporary, { recursive: true });
        try {
            const work = join(temporary, ".work");
            await mkdir(work);
            await build(set, temporary, { ...options, work });
            await rm(work, { recursive: true, force: true });
            const wrong = await wrongBinaries(set, temporary, options.signal);
            if (wrong.length > 0) {
                throw new UserError(
                    `${set.title} was built, but not as expected`,
                    wrong.map((what) => ({ what })),
                );
            }
            await rm(again.folder, { recursive: true, force: true });
            await rename(temporary, again.folder);
        } finally {
            await removeWritten(temporary);
        }
        return again.folder;
    });
}

/** After a signal, compilers that go had started may still be writing there for a moment. */
const removeWritten = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });

/** Temporary folders of builds that were killed. Called under the set's lock: nobody else is using one. */
async function removeLeftovers(set: ToolSet, cache: string): Promise<void> {
    for (const name of await readdir(cache)) {
        if (name.startsWith(`.building-${set.name}.`)) await removeWritten(join(cache, name));
    }
}

/**
 * One `go build` for each binary. go ends with this process (setpriv's pdeathsig): a killed build works no further. Its
 * work (a GiB or more) is not in /tmp, which may be memory, but in our folder, so that nothing of a killed one stays.
 */
async function build(set: ToolSet, into: string, options: BuildOptions & { work: string }): Promise<void> {
    const env = goCommandEnvironment();
    env.GOTMPDIR ??= options.work;
    const names = Object.keys(set.binaries);
    let compiled = 0;
    for (const [index, name] of names.entries()) {
        const what = names.length > 1 ? `${name} (${index + 1} of ${names.length})` : name;
        options.note(what);
        const go = ["go", "build", "-v", "-p", String(options.jobs), ...buildFlags(set), "-o", join(into, name)];
        const attempt = () =>
            exec("setpriv", ["--pdeathsig", "INT", ...go, set.binaries[name] ?? "."], {
                cwd: options.manifest ?? manifestDir(set),
                env,
                timeout: options.timeout ?? 3600,
                ...(options.signal ? { signal: options.signal } : {}),
                onLine: (line) => {
                    if (line.startsWith("go: downloading")) options.note(`${what}: ${line.slice(4)}`);
                    else if (isPackage(line)) {
                        compiled += 1;
                        options.note(`${what}: ${compiled} packages compiled`);
                    }
                },
            });
        let result = await attempt();
        for (let tries = 1; result.code !== 0 && isPassing(result.stderr) && tries < 3; tries++) {
            options.note(`${what}: once more, the module proxy failed in the middle`);
            result = await attempt();
        }
        options.signal?.throwIfAborted();
        if (result.code !== 0) throw buildFailure(set, name, result.code, result.stderr, options.go);
    }
}

/** A line of `go build -v` is the path of a package that is being compiled. */
const isPackage = (line: string) => /^[\w.\-/~]+$/.test(line);

/** Failures of a download that often pass: the proxy's hiccups, not its absence. */
export const isPassing = (output: string) =>
    /i\/o timeout|TLS handshake timeout|unexpected EOF|connection reset|stream error|\b50[234] (Bad|Service|Gateway)/.test(
        output,
    );

/** A private proxy's URL may hold a password. */
const withoutPassword = (proxies: string) => proxies.replace(/\/\/[^/@,|]+@/g, "//…@");

/** Why a build failed, with the last of go's own words and what may help. */
export function buildFailure(set: ToolSet, name: string, code: number, output: string, go: GoEnvironment): UserError {
    const words = output
        .split("\n")
        .filter((line) => line.trim() && !line.startsWith("go: downloading") && !isPackage(line));
    const why = words.slice(-8).join("\n    ");
    let next = "run the same command again: it goes on where it stopped";
    if (/dial tcp|no such host|i\/o timeout|proxyconnect|TLS handshake|connection refused/.test(why)) {
        next = `check that the Go module proxy is reachable (GOPROXY=${withoutPassword(go.proxy)}), then run the same command again`;
    } else if (/no space left/.test(why)) {
        next = `free some disk where go keeps its caches (${go.modules}, ${go.buildCache}), then run the same command again`;
    } else if (/signal: killed|cannot allocate memory/.test(why)) {
        next = "memory ran out: stop what else uses it, then run the same command again";
    }
    return new UserError(`${set.title} could not be built`, {
        what: `go build of ${name} ended with exit code ${code}`,
        why: why || "go said nothing",
        next,
    });
}
