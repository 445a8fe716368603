/** Debian packages that the lab runs or puts into its images: the list, and their installation without side effects. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../support/errors.ts";
import { type ExecResult, exec } from "../../support/exec.ts";
import { withLock } from "../../support/lock.ts";
import { cacheDir } from "../../support/paths.ts";
import type { Progress } from "../../support/progress.ts";
import { waitFor } from "../../support/wait.ts";
import { seldom } from "./notes.ts";

/** Package → why it is needed. */
const packageReasons: Record<string, string> = {
    "etcd-server": "etcd of the lab's control plane and of M3 (images/etcd)",
    "etcd-client": "etcdctl, in the etcd image and for checks",
    prometheus: "the lab's existing Prometheus server, and promtool",
    runc: "containerd runs containers with it",
    "containernetworking-plugins": "bridge, host-local and portmap plugins: the pods' network",
    nftables: "kube-proxy's Service rules (its nftables mode)",
    iptables: "the portmap plugin's and kubelet's rules",
    iproute2: "links, addresses and routes of the nodes' network namespaces",
    kmod: "modprobe, where br_netfilter, overlay or veth are modules",
    procps: "sysctl, for what kubelet changes and `lab down` restores",
    "openssh-server": "each lab node answers SSH (an sshd of its own, not the machine's)",
    "openssh-client": "ssh-keygen for the nodes' keys, ssh for users",
    "busybox-static": "shell and small tools in the images, one file without libraries",
    "docker-registry": "serves the lab's images under their official names (facts.md 4)",
    nginx: "the gateway before M3 that tells senders apart (its image; lab/images)",
    curl: "in the m3dbnode image, as users expect",
    jq: "in the m3dbnode image, as users expect",
    openssl: "keys and certificates of the lab's control plane",
    "ca-certificates": "in the images, for TLS to the outside",
};

export const allPackages = Object.keys(packageReasons);

/** Installed packages of `names` with their versions. Empty on a machine without dpkg. */
export async function installedPackages(names = allPackages): Promise<Map<string, string>> {
    const format = "$" + "{Package} $" + "{db:Status-Status} $" + "{Version}\n";
    const result = await exec("dpkg-query", ["-W", `-f=${format}`, ...names], { timeout: 60 }).catch(() => undefined);
    return readPackageStatus(result?.stdout ?? "");
}

/** Lines "name status version" → the installed ones. "half-installed", "config-files" and the like do not count. */
export function readPackageStatus(text: string): Map<string, string> {
    const rows = text.split("\n").map((line) => line.split(" "));
    return new Map(
        rows.flatMap(([name, status, version]) => (status === "installed" ? [[name ?? "", version ?? ""]] : [])),
    );
}

export async function isDebian(): Promise<boolean> {
    const found = await exec("apt-get", ["--version"], { timeout: 30 }).catch(() => undefined);
    return found?.code === 0 && (await readFile("/var/lib/dpkg/status").catch(() => undefined)) !== undefined;
}

/**
 * Installs the missing ones of `names` in one apt-get run, without starting or enabling their services. Needs root and
 * Debian (or Ubuntu). Returns what it installed. Throws UserError with apt's own words when it cannot.
 *
 * Services: Debian's usual way is a temporary /usr/sbin/policy-rc.d, which a kill would leave behind for the whole
 * machine, and which does not keep units from being enabled. Instead the maintainer scripts of this one apt-get run
 * find, first on their PATH, our own invoke-rc.d and deb-systemd-invoke that start nothing, and a deb-systemd-helper and
 * update-rc.d that register units as disabled: dpkg knows them, a later upgrade keeps them disabled, and nothing is left to remove.
 */
export async function ensurePackages(options: {
    progress: Progress;
    names?: string[];
    signal?: AbortSignal | undefined;
}): Promise<string[]> {
    const names = options.names ?? allPackages;
    const missing = await missingPackages(names);
    if (missing.length === 0) return [];
    return options.progress.step(`Debian packages (${missing.join(", ")})`, (note) =>
        withLock(cacheDir("tools", ".lock-packages"), { signal: options.signal }, async () => {
            const still = await missingPackages(names); // another m3perf may have installed them meanwhile
            if (still.length > 0) await install(still, note, options.signal);
            return still;
        }),
    );
}

export async function missingPackages(names = allPackages): Promise<string[]> {
    const installed = await installedPackages(names);
    return names.filter((name) => !installed.has(name));
}

async function install(names: string[], note: (text: string) => void, signal?: AbortSignal): Promise<void> {
    const apt = await aptGet(note, signal);
    const args = ["install", "--yes", "--no-install-recommends", "--no-remove", ...names];
    let result = await apt(args);
    if (result.code !== 0 && /dpkg was interrupted|dpkg --configure -a/.test(result.stderr)) {
        note("finishing an installation that was interrupted before");
        await apt(["--configure", "-a"], "dpkg");
        result = await apt(args);
    }
    if (result.code !== 0 && listsAreOld(result.stderr)) {
        note("reading the package lists");
        // Unlike dpkg's, the lock of the lists has no time-out of apt's own.
        const wait = { what: "the lock of apt's package lists", timeout: 300, every: 2, ...(signal ? { signal } : {}) };
        const update = await waitFor(wait, async () => {
            const result = await apt(["update"]);
            return !/Could not get lock|Unable to lock/.test(result.stderr) && result;
        });
        if (update.code !== 0) note("the package lists could not be read");
        result = await apt(args);
    }
    const missing = await missingPackages(names);
    if (result.code !== 0 || missing.length > 0) {
        throw new UserError(`Debian packages could not be installed: ${missing.join(", ") || names.join(", ")}`, {
            what: `apt-get ended with exit code ${result.code}`,
            why: lastWords(result),
            next: `install them by hand, without their services running: ${names.join(" ")}`,
        });
    }
}

/** Lists that were never read, or name versions that the archive has replaced since. */
export const listsAreOld = (stderr: string) =>
    /Unable to locate package|has no installation candidate|404 +Not Found|Failed to fetch|Unable to fetch some archives/.test(
        stderr,
    );

const lastWords = (result: ExecResult) =>
    `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-8).join("\n    ");

type Apt = (args: string[], program?: "dpkg") => Promise<ExecResult>;

async function aptGet(note: (text: string) => void, signal?: AbortSignal): Promise<Apt> {
    const folder = await writeQuietScripts(cacheDir("tools", "packages"));
    const path = `${folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
    const env = {
        ...process.env,
        PATH: path,
        DEBIAN_FRONTEND: "noninteractive",
        LC_ALL: "C.UTF-8",
        NEEDRESTART_MODE: "l",
    };
    const settings = ["-o", `DPkg::Path=${path}`, "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"];
    const conffiles = ["-o", "Dpkg::Options::=--force-confold", "-o", "Dpkg::Options::=--force-confdef"];
    const tell = seldom(note);
    const onLine = (line: string) => {
        if (/^(Get:|Unpacking|Setting up|Waiting for cache lock)/.test(line)) tell(line.slice(0, 80));
    };
    return (args, program) =>
        program
            ? exec(program, args, { env, onLine, timeout: 900, ...(signal ? { signal } : {}) })
            : exec("apt-get", [...settings, ...conffiles, ...args], {
                  env,
                  onLine,
                  timeout: 1800,
                  ...(signal ? { signal } : {}),
              });
}

/** Stand-ins, by name, for what maintainer scripts call about services. */
export const quietScripts: Record<string, string> = {
    "invoke-rc.d": "exit 0",
    "deb-systemd-invoke": "exit 0",
    // "was-enabled" is true for a new unit unless told otherwise: "no" makes the script register the unit, disabled.
    "deb-systemd-helper": `for word in "$@"; do [ "$word" = was-enabled ] && exit 1; done
exec /usr/bin/deb-systemd-helper "$@"`,
    "update-rc.d": `if [ "\${2:-}" = defaults ]; then set -- "$1" defaults-disabled; fi
exec /usr/sbin/update-rc.d "$@"`,
};

/** Writes the stand-ins into a folder of the cache; they stay there, of use to nobody but the next installation. */
async function writeQuietScripts(folder: string): Promise<string> {
    await mkdir(folder, { recursive: true });
    for (const [name, body] of Object.entries(quietScripts)) {
        await writeFile(
            join(folder, name),
            `#!/bin/sh\n# For the maintainer scripts of m3perf's own apt-get: see lab/tools/packages.ts\n${body}\n`,
        );
        await chmod(join(folder, name), 0o755);
    }
    return folder;
}
