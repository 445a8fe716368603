import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { run } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import type { ToolSet } from "./sets.ts";
import { compareVersions } from "./versions.ts";

/** What `go env` says of this machine, as far as it decides what a build makes or where it puts things. */
export interface GoEnvironment {
    /** "1.26.8" */
    version: string;
    /** "linux/amd64" */
    platform: string;
    cgo: boolean;
    /** The user's own GOFLAGS, GOEXPERIMENT, GOAMD64, …: they change the result. */
    flags: string;
    modules: string;
    buildCache: string;
    proxy: string;
}

/**
 * The environment of our go commands: the user's own (GOPROXY, GOFLAGS, GOMODCACHE, …), but no toolchain download, which
 * cannot work everywhere, and no go.work of a folder above the clone.
 */
export function goCommandEnvironment(base: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
    return { ...base, GOTOOLCHAIN: "local", GOWORK: "off" };
}

const decisive = ["GOFLAGS", "GOEXPERIMENT", "GOAMD64", "GOARM64", "GODEBUG", "CGO_CFLAGS", "CGO_LDFLAGS"] as const;

export async function readGoEnvironment(): Promise<GoEnvironment> {
    const names = ["GOVERSION", "GOOS", "GOARCH", "CGO_ENABLED", "GOMODCACHE", "GOCACHE", "GOPROXY", ...decisive];
    const text = await run("go", ["env", "-json", ...names], { env: goCommandEnvironment(), timeout: 60 });
    const value = JSON.parse(text) as Record<string, string>;
    return {
        version: (value.GOVERSION ?? "").replace(/^go/, ""),
        platform: `${value.GOOS}/${value.GOARCH}`,
        cgo: value.CGO_ENABLED === "1",
        flags: decisive.flatMap((name) => (value[name] ? [`${name}=${value[name]}`] : [])).join(" "),
        modules: value.GOMODCACHE ?? "",
        buildCache: value.GOCACHE ?? "",
        proxy: value.GOPROXY ?? "",
    };
}

export const manifestName = (set: Pick<ToolSet, "name" | "manifest">) => set.manifest ?? set.name;

export const manifestDir = (set: Pick<ToolSet, "name" | "manifest">) =>
    join(projectRoot, "lab/tools/sets", manifestName(set));

/**
 * `go build`'s flags. -trimpath and no VCS stamp: the same manifest and Go give the same binary in every clone. No DWARF: the
 * linker strips it anyway (-w), and not to make it saves a tenth of the compilers' work (bench/README.md).
 */
export function buildFlags(set: ToolSet): string[] {
    const variables = Object.entries(set.variables).map(([name, value]) => `-X ${name}=${value}`);
    return [
        "-mod=readonly",
        "-trimpath",
        "-buildvcs=false",
        "-gcflags=all=-dwarf=false",
        `-ldflags=${["-s -w", ...variables].join(" ")}`,
    ];
}

/** Name of a set's folder in the cache: changes with the manifest, our flags, the Go version and the user's Go settings. */
export async function cacheKey(set: ToolSet, go: GoEnvironment, dir = manifestDir(set)): Promise<string> {
    const hash = createHash("sha256");
    const add = (text: string | Buffer) => hash.update(`${text.length}\n`).update(text);
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) {
        add(relative(dir, file));
        add(await readFile(file));
    }
    for (const text of [go.version, go.platform, String(go.cgo), go.flags, ...buildFlags(set)]) add(text);
    add(JSON.stringify(set.binaries));
    return `${set.name}-${set.version}-${hash.digest("hex").slice(0, 16)}`;
}

/** The `go` line of a manifest: the oldest Go that accepts it. */
export async function goNeeded(sets: ToolSet[]): Promise<string> {
    let needed = "1.0";
    for (const set of sets) {
        const line = (await readFile(join(manifestDir(set), "go.mod"), "utf8")).match(/^go (\S+)$/m)?.[1] ?? "1.0";
        if (compareVersions(line, needed) > 0) needed = line;
    }
    return needed;
}
