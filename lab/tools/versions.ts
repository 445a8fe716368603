import { messageOf } from "../../support/errors.ts";
import { exec } from "../../support/exec.ts";

/** How an executable tells its version: run with `args`; the first group of `pattern` in what it prints is the version. */
export interface VersionProbe {
    args: string[];
    pattern: RegExp;
}

export type ProbeResult = { version: string } | { problem: string };

/** Runs an executable and reads its version. Never throws: a file that is missing, broken or mute is a `problem`. */
export async function probeVersion(path: string, probe: VersionProbe, signal?: AbortSignal): Promise<ProbeResult> {
    try {
        // A version must not leave anything behind: pulumi writes a log file for each command into its home.
        const quiet = { HOME: "/nonexistent", PULUMI_HOME: "/dev/null", PULUMI_SKIP_UPDATE_CHECK: "true", LC_ALL: "C" };
        const env = { PATH: process.env.PATH, ...quiet };
        const result = await exec(path, probe.args, { timeout: 30, env, ...(signal ? { signal } : {}) });
        return readVersion(`${result.stdout}\n${result.stderr}`, probe.pattern, result.code);
    } catch (error) {
        signal?.throwIfAborted();
        return { problem: `does not run: ${messageOf(error)}` };
    }
}

/** The version in a program's output. M3 ends with code 2 after its usage: only the text counts. */
export function readVersion(output: string, pattern: RegExp, code = 0): ProbeResult {
    const version = output.trim().match(pattern)?.[1];
    if (version) return { version };
    const first = output.trim().split("\n")[0] ?? "";
    return { problem: `tells no version (exit code ${code}${first ? `, "${first.slice(0, 80)}"` : ""})` };
}

/** "1.26.8" against "1.26": negative when a is older, 0 when equal as far as both go. */
export function compareVersions(a: string, b: string): number {
    const [left, right] = [a, b].map((text) => (text.match(/\d+/g) ?? []).map(Number));
    for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
        const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
        if (difference !== 0) return difference;
    }
    return 0;
}
