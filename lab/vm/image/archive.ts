/** Debian's archive as this machine has it set up: mirrors and proxies are the machine's business, and stand nowhere in here. */
import { UserError } from "../../../support/errors.ts";
import { exec, run } from "../../../support/exec.ts";
import { patiently } from "./programs.ts";

const env = { ...process.env, LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" };

/** Lines of a sources.list: Debian's own among this machine's sources, whatever else it has beside them. */
export async function debianSources(): Promise<string[]> {
    const fields = ["ORIGIN", "CODENAME", "REPO_URI", "RELEASE", "COMPONENT"].map((name) => `$(${name})`).join("|");
    const targets = await run("apt-get", ["indextargets", "--format", fields, "Created-By: Packages"], { env });
    const sources = readTargets(targets);
    if (sources.length === 0) {
        throw new UserError("this machine's apt has no source of Debian's", {
            what: "none of its package lists has the origin Debian",
            next: "run apt-get update; the guest is made from Debian's packages",
        });
    }
    return sources;
}

/** "Debian|bookworm|URI|bookworm|main" lines → "deb URI bookworm main" lines, each once. Pure. */
export function readTargets(text: string): string[] {
    const lines = text.split("\n").flatMap((line) => {
        const [origin, , uri, release, component] = line.trim().split("|");
        return origin?.startsWith("Debian") && uri && release && component
            ? [`deb ${uri} ${release} ${component}`]
            : [];
    });
    return [...new Set(lines)];
}

/** The machine's settings of apt that decide how the archive is reached, for another apt. */
export async function aptAccess(): Promise<string[]> {
    const dump = await run("apt-config", ["dump"], { env, timeout: 600 });
    return dump
        .split("\n")
        .filter((line) => /^Acquire::(https?|ftp|Retries|Check-Valid-Until|Check-Date)\b/i.test(line));
}

/** Reads the package lists anew. */
export async function updateLists(signal?: AbortSignal): Promise<void> {
    await run("apt-get", ["-o", "DPkg::Lock::Timeout=300", "update"], options(signal));
}

/** apt-cache's answer; "" for names that it does not know. */
export async function aptCache(args: string[]): Promise<string> {
    return (await exec("apt-cache", args, { env, timeout: 600 })).stdout;
}

/** Fetches packages ("name=version") into a folder. Returns apt's complaint when it could not. */
export async function download(names: string[], folder: string, signal?: AbortSignal): Promise<string | undefined> {
    const args = ["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3", "download", ...names];
    const result = await exec("apt-get", args, { ...options(signal), cwd: folder });
    return result.code === 0 ? undefined : result.stderr.trim();
}

function options(signal?: AbortSignal) {
    return { env, ...patiently(signal) };
}
