import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KernelSettings } from "../../../settings/kernel.ts";

const folder = import.meta.dirname;

/** What all scripts share, in the order in which it is read. */
const libraries = ["base", "kept", "packages", "keys", "target", "boot", "room"];

/**
 * One of the scripts in steps/ and turn/, complete: for `sh -s` on the host's side. Nothing is done before the last line has been
 * read, so a connection that is cut while the script travels does nothing; its commands read /dev/null, not the script's rest.
 */
export function kernelScript(file: string, node: string, kernel: KernelSettings, root = ""): string {
    return [
        `# ${file} for ${node}, by m3perf (components/nodes/kernel)`,
        "set -eu",
        ...variables(node, kernel, root),
        ...functions(kernel),
        ...libraries.map((name) => read(`lib/${name}.sh`)),
        read(file),
        "main </dev/null",
        "",
    ].join("\n");
}

function variables(node: string, { version, updateExcept, elrepo, safeBoot }: KernelSettings, root: string): string[] {
    return Object.entries({
        NODE: node,
        ROOT: root,
        VERSION: version,
        EXCEPT: updateExcept.map((pattern) => `--exclude=${pattern}`).join(" "),
        KERNEL_REPOSITORY: elrepo.kernelRepository,
        RELEASE_URL_EL8: elrepo.release.el8.url,
        RELEASE_VERSION_EL8: elrepo.release.el8.version ?? "",
        RELEASE_URL_EL9: elrepo.release.el9.url,
        RELEASE_VERSION_EL9: elrepo.release.el9.version ?? "",
        SAFE_BOOT: safeBoot ? "yes" : "no",
    }).map(([name, value]) => `${name}=${quoted(value)}`);
}

/** Mirrors and proxy are options of each command: nothing of them stays on the host. */
function functions({ elrepo, repositories, proxy }: KernelSettings): string[] {
    const options = [
        ...(proxy === undefined ? [] : [quoted(`--setopt=proxy=${proxy}`)]),
        ...Object.entries(repositories).flatMap(([id, address]) => [
            // A mirror list of the repository's own would be taken, too.
            quoted(`--setopt=${id}.mirrorlist=`),
            quoted(`--setopt=${id}.metalink=`),
            `${quoted(`--setopt=${id}.baseurl=`)}${withVariables(address)}`,
        ]),
    ];
    const curl = proxy === undefined ? "" : ` --proxy ${quoted(proxy)}`;
    const keys = elrepo.keys.map(({ fingerprint, url }) => `    printf '%s %s\\n' ${fingerprint} ${quoted(url)}`);
    return [
        "# with_options COMMAND ARGUMENTS…: the command with the options of package managers that hold for this upgrade.",
        `with_options() { command=$1; shift; "$command" ${[...options, '"$@"'].join(" ")}; }`,
        `with_proxy() { command=$1; shift; "$command"${curl} "$@"; }`,
        ["keys() {", ...keys, "}"].join("\n"),
    ];
}

/** dnf fills in these two in .repo files, but not in --setopt. EL: know_release (lib/base.sh). */
function withVariables(address: string): string {
    const values: Record<string, string> = { $basearch: '"$(uname -m)"', $releasever: '"$EL"' };
    return address
        .split(/(\$basearch|\$releasever)/)
        .map((part) => values[part] ?? quoted(part))
        .join("");
}

/** The text as one word of a shell. */
export function quoted(text: string): string {
    return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function read(file: string): string {
    return readFileSync(join(folder, file), "utf8").trimEnd();
}
