/** Bundles a plugin of ours to one executable file that needs neither this clone nor node_modules. */
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir, projectRoot } from "../../support/paths.ts";

/** Compiled code is kept between runs: a plugin starts 0.1 s sooner. */
const nodeEnvironment = `: "\${NODE_COMPILE_CACHE:=${cacheDir("compile")}}"; export NODE_COMPILE_CACHE`;

export interface PluginSource {
    /** Folder of lab/plugins that holds main.ts. */
    folder: "language" | "kubernetes" | "random" | "command";
    /** What the plugin says of itself: exactly the version that the SDK asks for. */
    version: string;
}

/** Changes whenever a built file would: sources, locked packages, the Node that runs it. Read once in a process. */
export function sourcesHash(): string {
    if (known) return known;
    const hash = createHash("sha256").update(JSON.stringify([process.execPath, process.version]));
    const files = globSync(["lab/plugins/**/*.ts", "support/**/*.ts", "package-lock.json"], { cwd: projectRoot });
    for (const file of files.sort()) hash.update(file).update(readFileSync(join(projectRoot, file)));
    known = hash.digest("hex").slice(0, 16);
    return known;
}

let known: string | undefined;

/** The same for one plugin and version: tells whether an installed one is up to date without bundling it again. */
export function sourceHash(source: PluginSource): string {
    return createHash("sha256")
        .update(JSON.stringify([source, sourcesHash()]))
        .digest("hex")
        .slice(0, 16);
}

/**
 * Writes the executable: a file that sh and Node both read. As a shell script it starts, with itself as the program, the
 * Node that built it (a user's own may be too old for it; facts.md 2), or the one on the PATH if that is gone.
 */
export async function bundle(source: PluginSource, target: string): Promise<void> {
    const { build } = await import("esbuild"); // only when something has to be built: saves 50 ms
    const result = await build({
        entryPoints: [join(projectRoot, "lab/plugins", source.folder, "main.ts")],
        bundle: true,
        write: false,
        platform: "node",
        format: "cjs",
        target: "node22.18",
        minifySyntax: true,
        minifyWhitespace: true,
        legalComments: "inline",
        logLevel: "silent",
        // Native speed-ups of ssh2: it does without them.
        external: ["*.node", "cpu-features"],
        define: { "process.env.M3PERF_PLUGIN_VERSION": JSON.stringify(source.version) },
    });
    const [output] = result.outputFiles;
    if (!output) throw new Error(`esbuild made no file of lab/plugins/${source.folder}`);
    await writeFile(target, [launcher(process.execPath), output.text].join("\n"));
    await chmod(target, 0o755);
}

/** The lines that sh sees; Node sees a string and a comment. The parent's number is for server.ts. */
function launcher(node: string): string {
    const start = `${nodeEnvironment}; node=${quoted(node)}; [ -x "$node" ] || node=node`;
    return ["#!/bin/sh", `":" //; ${start}; exec "$node" "$0" --parent=$PPID "$@"`].join("\n");
}

/**
 * Stands for the SDK's script of the same name, which runs dynamic providers with the Node on the PATH; without it beside
 * the CLI, the CLI looks for it on the network (facts.md 2).
 */
export async function dynamicProviderScript(target: string): Promise<void> {
    const lines = [
        "#!/bin/sh",
        nodeEnvironment,
        `node=${quoted(process.execPath)}; [ -x "$node" ] || node=node`,
        `script=$("$node" -p 'require.resolve("@pulumi/pulumi/cmd/dynamic-provider")') || exit`,
        'exec "$node" "$script" "$@"',
    ];
    await writeFile(target, `${lines.join("\n")}\n`);
    await chmod(target, 0o755);
}

function quoted(text: string): string {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}
