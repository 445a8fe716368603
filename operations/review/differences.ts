import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../support/errors.ts";
import { exec } from "../../support/exec.ts";
import type { Objects } from "./objects.ts";

/** What differs between the objects of both sides, as git shows differences. */

export interface Difference {
    /** "apps/v1:Deployment m3query-workload" */
    object: string;
    kind: "new" | "changed" | "gone";
    /** Lines that begin with +, -, a blank, or @@. */
    diff: string;
}

export async function differencesOf(before: Objects, after: Objects): Promise<Difference[]> {
    const changed = [...new Set([...before.keys(), ...after.keys()])]
        .sort()
        .filter((object) => before.get(object) !== after.get(object));
    if (changed.length === 0) return [];
    const folder = await mkdtemp(join(tmpdir(), "m3perf-review-"));
    try {
        // Names of objects hold what file names must not: files go by number.
        for (const [side, objects] of [
            ["a", before],
            ["b", after],
        ] as const) {
            await mkdir(join(folder, side));
            for (const [index, object] of changed.entries()) {
                const text = objects.get(object);
                if (text !== undefined) await writeFile(join(folder, side, String(index)), text);
            }
        }
        const words = [
            "diff",
            "--no-index",
            "--no-color",
            "--no-ext-diff",
            "--no-renames",
            "--no-prefix",
            "--text",
            "-U3",
            "a",
            "b",
        ];
        const env = { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
        const { code, stdout, stderr } = await exec("git", words, { cwd: folder, env });
        if (code > 1) throw new UserError("git diff failed", { what: stderr.trim() });
        return parseDiff(stdout, changed);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/** git's output for files named by number, `objects` in their order. Pure. */
export function parseDiff(text: string, objects: string[]): Difference[] {
    // Lines of content begin with +, - or a blank, so none of them is taken for such a head.
    const [, ...pieces] = text.split(/^diff --git [ab]\/(\d+) .*\n/m);
    const differences: Difference[] = [];
    for (let at = 0; at + 1 < pieces.length; at += 2) {
        const part = pieces[at + 1] ?? "";
        const start = part.search(/^@@/m);
        const head = start < 0 ? part : part.slice(0, start);
        const kind = /^new file/m.test(head) ? "new" : /^deleted file/m.test(head) ? "gone" : "changed";
        // Line numbers are those of a text that nobody has; what git adds behind them helps to find the place.
        const diff =
            start < 0
                ? ""
                : part
                      .slice(start)
                      .replace(/^@@ .*? @@/gm, "@@")
                      .trimEnd();
        differences.push({ object: objects[Number(pieces[at])] ?? "", kind, diff });
    }
    return differences;
}
