import { join } from "node:path";
import { projectRoot } from "../../support/paths.ts";
import type { Entry } from "./tar.ts";

/** The program of our m3db-operator image. */
const operatorSource = join(projectRoot, "lab/operator/main.ts");

/**
 * lab/operator bundled to one file, and `m3db-operator` on the PATH that starts it. Paths in the bundle are relative to
 * the clone and nothing tells the time, so that two clones make the same layer.
 */
export async function operatorEntries(source = operatorSource): Promise<Entry[]> {
    const { build } = await import("esbuild"); // only when it is used: saves 50 ms elsewhere
    const result = await build({
        entryPoints: [source],
        absWorkingDir: projectRoot,
        bundle: true,
        write: false,
        platform: "node",
        format: "esm", // main.ts may await at the top level
        target: "node24",
        minifySyntax: true,
        minifyWhitespace: true,
        legalComments: "inline",
        logLevel: "silent",
        // CommonJS packages call require("fs"); an ES module has no require of its own.
        banner: {
            js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
        },
    });
    const [output] = result.outputFiles;
    if (!output) throw new Error(`esbuild made no file of ${source}`);
    const program = "usr/local/lib/m3db-operator/main.mjs";
    return [
        { path: program, type: "text", text: output.text },
        {
            path: "usr/local/bin/m3db-operator",
            type: "text",
            mode: 0o755,
            text: `#!/bin/sh\nexec /usr/local/bin/node /${program} "$@"\n`,
        },
    ];
}
