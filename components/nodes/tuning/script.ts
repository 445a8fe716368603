import { readFileSync } from "node:fs";
import { join } from "node:path";
import { m3dbTuning } from "../../../settings/tuning.ts";
import { quoted } from "../kernel/script.ts";

/** Its arguments: `set`, and `restore` when the stack is destroyed. */
export const tuningActions = { set: "set", restore: "restore" } as const;

/**
 * The host's tuning as one script for `sh -s set` or `sh -s restore`. Nothing is done before its last line has been read.
 * `root`: another root folder, in tests.
 */
export function tuningScript(node: string, root = "", tuning: TuningValues = m3dbTuning): string {
    const lines = [
        ...Object.entries(tuning.atLeast).map(([key, value]) => `at-least ${key} ${value}`),
        ...Object.entries(tuning.exactly).map(([key, value]) => `exactly ${key} ${value}`),
    ];
    return [
        "# Host tuning for M3DB, by m3perf (components/nodes/tuning)",
        "set -eu",
        `NODE=${quoted(node)}`,
        `ROOT=${quoted(root)}`,
        `OPEN_FILES=${tuning.openFiles}`,
        ["parameters() {", ...lines.map((line) => `    echo ${quoted(line)}`), "}"].join("\n"),
        readFileSync(join(import.meta.dirname, "tuning.sh"), "utf8").trimEnd(),
        '"$1_tuning" </dev/null',
        "",
    ].join("\n");
}

export interface TuningValues {
    atLeast: Record<string, number>;
    exactly: Record<string, number>;
    openFiles: number;
}
