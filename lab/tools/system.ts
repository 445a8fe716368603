/** Executables that come with the machine's distribution: found on the PATH, or where Debian puts them. */
import { access, constants, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Origin, Tool } from "../types.ts";
import { probeVersion, type VersionProbe } from "./versions.ts";

export interface SystemTool {
    name: string;
    /** Debian package that has it (packages.ts says what for). */
    package: string;
    /** How it tells its version where no package manager of Debian's knows it. */
    probe?: VersionProbe;
    /** Places beside the PATH: of the program itself, or of the folder. */
    places?: string[];
    /** A folder of programs, not a program: it is the one that holds this program. */
    folderOf?: string;
}

const dashVersion = (pattern: RegExp): VersionProbe => ({ args: ["--version"], pattern });

export const systemTools: SystemTool[] = [
    { name: "etcd", package: "etcd-server", probe: dashVersion(/etcd Version: (\S+)/) },
    { name: "etcdctl", package: "etcd-client", probe: { args: ["version"], pattern: /etcdctl version: (\S+)/ } },
    { name: "prometheus", package: "prometheus", probe: dashVersion(/version ([\d.]+)/) },
    { name: "promtool", package: "prometheus", probe: dashVersion(/version ([\d.]+)/) },
    { name: "runc", package: "runc", probe: dashVersion(/runc version ([\d.]+)/) },
    {
        name: "cni-plugins",
        package: "containernetworking-plugins",
        folderOf: "bridge",
        probe: dashVersion(/plugin v([\d.]+)/),
        places: ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"],
    },
    { name: "nft", package: "nftables", probe: dashVersion(/nftables v(\S+)/) },
    { name: "iptables", package: "iptables", probe: dashVersion(/iptables v(\S+)/) },
    { name: "ip", package: "iproute2", probe: { args: ["-V"], pattern: /iproute2-([\w.]+)/ } },
    {
        name: "sshd",
        package: "openssh-server",
        probe: { args: ["-V"], pattern: /OpenSSH_([\w.]+)/ },
        places: ["/usr/sbin/sshd"],
    },
    { name: "ssh", package: "openssh-client", probe: { args: ["-V"], pattern: /OpenSSH_([\w.]+)/ } },
    { name: "ssh-keygen", package: "openssh-client" },
    { name: "modprobe", package: "kmod", probe: dashVersion(/kmod version (\S+)/) },
    { name: "sysctl", package: "procps", probe: dashVersion(/procps-ng ([\w.]+)/) },
    { name: "busybox", package: "busybox-static", probe: { args: [], pattern: /BusyBox v(\S+)/ } },
    { name: "docker-registry", package: "docker-registry", probe: dashVersion(/distribution v?(\S+)/) },
    { name: "nginx", package: "nginx", probe: { args: ["-v"], pattern: /nginx\/([\d.]+)/ } },
    { name: "openssl", package: "openssl", probe: { args: ["version"], pattern: /OpenSSL (\S+)/ } },
    { name: "curl", package: "curl", probe: dashVersion(/curl ([\d.]+)/) },
    { name: "jq", package: "jq", probe: dashVersion(/jq-(\S+)/) },
];

/** Folders that are searched: the PATH, and those of administrators that a plain user's PATH lacks. */
export function searchPath(environment: NodeJS.ProcessEnv = process.env): string[] {
    const folders = [
        ...(environment.PATH ?? "").split(":"),
        "/usr/local/sbin",
        "/usr/sbin",
        "/sbin",
        "/usr/bin",
        "/bin",
    ];
    return [...new Set(folders.filter((folder) => folder.startsWith("/")))];
}

/** Path of an executable file, searched as a shell does; undefined when there is none. */
export async function findExecutable(name: string, folders: string[]): Promise<string | undefined> {
    for (const folder of folders) {
        const path = join(folder, name);
        const usable = await access(path, constants.X_OK).then(
            async () => (await stat(path)).isFile(),
            () => false,
        );
        if (usable) return path;
    }
    return undefined;
}

/** The path, or the nearest folder above it that exists. */
export async function existing(path: string): Promise<string> {
    const there = await access(path).then(
        () => true,
        () => false,
    );
    return there || path === "/" ? path : existing(dirname(path));
}

/** Where a tool is: the program itself, or its folder. */
export async function locate(tool: SystemTool, folders = searchPath()): Promise<string | undefined> {
    if (tool.folderOf) {
        for (const place of tool.places ?? []) if (await findExecutable(tool.folderOf, [place])) return place;
        return undefined;
    }
    return findExecutable(tool.name, [...(tool.places ?? []).map(dirname), ...folders]);
}

/**
 * Each system tool that is there, and those that are not. Its version is the package's where Debian's package manager
 * has it, else what the program tells ("unknown" when it tells none).
 */
export async function findSystemTools(
    origin: Origin,
    packageVersions: Map<string, string>,
    signal?: AbortSignal,
): Promise<{ found: Tool[]; missing: SystemTool[] }> {
    const looked = await Promise.all(
        systemTools.map(async (tool) => {
            const path = await locate(tool);
            if (!path) return { tool };
            const known = packageVersions.get(tool.package);
            const version = known ? upstreamVersion(known) : await toldVersion(tool, path, signal);
            return { tool, found: { name: tool.name, path, version, origin } };
        }),
    );
    return {
        found: looked.flatMap(({ found }) => (found ? [found] : [])),
        missing: looked.flatMap(({ tool, found }) => (found ? [] : [tool])),
    };
}

async function toldVersion(tool: SystemTool, path: string, signal?: AbortSignal): Promise<string> {
    if (!tool.probe) return "unknown";
    const result = await probeVersion(tool.folderOf ? join(path, tool.folderOf) : path, tool.probe, signal);
    return "version" in result ? result.version : "unknown";
}

/** Debian's "1:2.42.0+ds-5+deb12u1" → "2.42.0". */
export function upstreamVersion(debian: string): string {
    return debian.replace(/^\d+:/, "").replace(/[+~-].*$/, "");
}
