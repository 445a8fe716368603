import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { labDir } from "../../support/paths.ts";

/** The machine that carries the control plane: etcd, API server, controllers, scheduler, registry. Not a node. */
export const controlPlane = "control-plane";

/** Where a lab keeps what. Everything is under one folder that `lab down` removes; sockets are in the machines' own /run. */
export function layout(lab: string) {
    const root = labDir(lab);
    const machines = join(root, "machines");
    return {
        root,
        machines,
        record: join(root, "lab.json"),
        log: join(root, "log"),
        pki: join(root, "pki"),
        kubeconfig: join(root, "kubeconfig"),
        site: join(root, "site.yaml"),
        sshKey: join(root, "ssh", "id_ed25519"),
        knownHosts: join(root, "ssh", "known_hosts"),
        pulumi: join(root, "pulumi"),
        passphrase: join(root, "passphrase"),
        /** Where the lab's own programs run from: a tmpfs (programs.ts). */
        programs: join(root, "programs"),
        runtime: join("/run/m3perf", lab),
        lock: join("/run/m3perf", lab, "lock"),
        /** Folder of one machine (a host or the control plane): its disk. */
        machine: (name: string) => join(machines, name),
        /** Folder of the host "repository" that stands for its NFS export. */
        repository: join(machines, "repository", "export"),
        /** Certificate and key of the same base name. */
        certificate: (name: string) => join(root, "pki", `${name}.crt`),
        key: (name: string) => join(root, "pki", `${name}.key`),
        componentKubeconfig: (name: string) => join(root, "pki", `${name}.kubeconfig`),
    };
}

export type Layout = ReturnType<typeof layout>;

/**
 * Makes the lab's own folders. The machines' disks are root's alone: what pods keep there may be everybody's by its mode, and
 * pods come to it by mounts, which need no way through here.
 */
export async function makeFolders({ root, machines }: Pick<Layout, "root" | "machines">): Promise<void> {
    for (const [folder, mode] of [
        [root, 0o711],
        [machines, 0o700],
    ] as const) {
        await mkdir(folder, { recursive: true });
        await chmod(folder, mode); // also of a lab that an older version has made
    }
}

/** The cgroup of a lab, of one of its machines, of one of that machine's services. */
export function cgroupOf(lab: string, machine?: string, service?: string): string {
    return ["/m3perf", lab, machine, service].filter((part) => part !== undefined).join("/");
}
