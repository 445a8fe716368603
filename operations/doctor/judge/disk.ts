import type { SiteNode } from "../../../settings/site.ts";
import { mebibytesOf } from "../../../settings/units.ts";
import type { Disk } from "../facts.ts";
import { answered, type Examined, type Finding, gibibytes } from "../finding.ts";

export const kubeletPath = "/var/lib/kubelet";
const bootPath = "/boot";

/** The paths whose filesystems are looked at on the hosts of a site. */
export function watchedPaths({ repository }: Examined["site"]): string[] {
    const directory = repository && repository.source.kind !== "existing" ? [repository.source.directory] : [];
    return [kubeletPath, bootPath, ...directory];
}

/** The kubelet evicts pods below this share of its filesystem (Kubernetes, eviction-hard, nodefs.available). */
const evicts = 0.1;
/** MiB that kernel-ml with its initramfs takes in /boot, and as much again for the next one. */
const kernelRoom = 250;

/** Room on the filesystems of kubelet, boot loader, volumes and repository. */
export function disk(examined: Examined): Finding[] {
    return answered(examined).flatMap(({ node, facts }) => {
        const on = (path: string) => facts.disks.find((one) => one.path === path);
        return [
            ...eviction(node, on(kubeletPath)),
            ...volumes(node, on(kubeletPath), examined),
            ...kernel(node, on(bootPath), examined),
            ...repository(node, on, examined),
        ];
    });
}

const free = ({ freeMi, sizeMi, mount }: Disk) => `${gibibytes(freeMi)} of ${gibibytes(sizeMi)} GiB free on ${mount}`;

function eviction(node: SiteNode, disk: Disk | undefined): Finding[] {
    if (!disk || disk.freeMi >= disk.sizeMi * evicts) return [];
    const wanted = "10 % free: below it the kubelet evicts pods";
    return [
        {
            level: "failure",
            node: node.name,
            fact: "disk",
            what: "disk",
            found: free(disk),
            wanted,
            next: `make room on ${disk.mount}`,
        },
    ];
}

function volumes(node: SiteNode, disk: Disk | undefined, { site, scenario }: Examined): Finding[] {
    if (!disk || !node.roles.includes("m3db")) return [];
    const asked = mebibytesOf(scenario.m3db.storage) + mebibytesOf(scenario.etcd.storage);
    if (disk.freeMi >= asked) return [];
    const wanted = `${gibibytes(asked)} GiB for M3DB's and etcd's volumes, if storage class ${site.storageClass} keeps them there`;
    const next = `make room on ${disk.mount}, or set m3perf:m3db.storage to less`;
    return [{ level: "warning", node: node.name, fact: "disk", what: "volumes", found: free(disk), wanted, next }];
}

function kernel(node: SiteNode, disk: Disk | undefined, { kernelNodes }: Examined): Finding[] {
    if (!disk || !kernelNodes.includes(node.name) || disk.freeMi >= kernelRoom) return [];
    const found = `${disk.freeMi} MiB free on ${disk.mount}`;
    const next = "remove old kernels: dnf remove $(dnf repoquery --installonly --latest-limit=-2 -q)";
    const wanted = `${kernelRoom} MiB for another kernel`;
    return [{ level: "failure", node: node.name, fact: "disk", what: "/boot", found, wanted, next }];
}

function repository(node: SiteNode, on: (path: string) => Disk | undefined, { site }: Examined): Finding[] {
    const { size = "", source } = site.repository ?? {};
    if (!source || source.kind === "existing" || source.node !== node.name) return [];
    const disk = on(source.directory);
    if (!disk || disk.freeMi >= mebibytesOf(size)) return [];
    const wanted = `${size} for the repository (${source.directory})`;
    const next = `make room on ${disk.mount}, or set repository.size to less in site ${site.name}`;
    return [{ level: "warning", node: node.name, fact: "disk", what: "repository", found: free(disk), wanted, next }];
}
