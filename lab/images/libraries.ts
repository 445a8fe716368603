import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../../support/errors.ts";
import { exec } from "../../support/exec.ts";

/**
 * The shared libraries that these executables load, the dynamic linker and what glibc opens by name for DNS included, as
 * paths on this machine. None for static executables.
 */
export async function libraries(executables: readonly string[]): Promise<string[]> {
    const found = new Set<string>();
    for (const executable of executables) {
        const result = await exec("ldd", [executable], { timeout: 30, env: { ...process.env, LC_ALL: "C" } });
        const { paths, missing } = parseLdd(result.stdout);
        if (missing.length > 0) {
            throw new UserError(`${executable} cannot run here`, {
                what: `shared libraries that are not installed: ${missing.join(", ")}`,
            });
        }
        for (const path of paths) found.add(await canonical(path));
    }
    return [...found].sort();
}

/** Libraries that glibc opens at run time, so that ldd does not tell them; those that this machine has, beside its libc. */
export async function resolverLibraries(executable: string): Promise<string[]> {
    const libc = (await libraries([executable])).find((path) => basename(path) === "libc.so.6");
    if (!libc) throw new UserError("glibc was not found", { what: `${executable} does not load libc.so.6` });
    return ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"]
        .map((name) => join(dirname(libc), name))
        .filter((path) => existsSync(path));
}

/** Reads ldd's output: "libc.so.6 => /lib/…/libc.so.6 (0x…)", "/lib64/ld-linux-x86-64.so.2 (0x…)". */
export function parseLdd(text: string): { paths: string[]; missing: string[] } {
    const paths: string[] = [];
    const missing: string[] = [];
    for (const line of text.split("\n")) {
        const notFound = /^\s*(\S+) => not found/.exec(line);
        const path = /^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)/.exec(line);
        if (notFound?.[1]) missing.push(notFound[1]);
        else if (path?.[1]) paths.push(path[1]);
    }
    return { paths, missing };
}

/** The folder without symlinks (/lib is /usr/lib on most machines), the name as the linker asks for it. */
async function canonical(path: string): Promise<string> {
    return join(await realpath(dirname(path)), basename(path));
}
