import type { NodeRole } from "../../settings/site.ts";

/** One of the seven hosts of the reference topology, or one more for M3DB, and what it is in this lab. */
export interface LabHost {
    /** From 1; addresses follow from it. */
    ordinal: number;
    name: string;
    roles: NodeRole[];
    isolationGroup?: string;
    /** The reference topology's host. */
    reference: { cpu: number; memoryGi: number };
    /** Cores that pods may ask for. */
    cpu: number;
    /** Memory that pods may ask for, in MiB. */
    podMemoryMi: number;
    /** Ceiling of the host's cgroup: pods, kubelet, containerd and its shims, in MiB. */
    ceilingMi: number;
}

/** What this machine has, as far as sizes depend on it. */
export interface MachineSize {
    cores: number;
    memoryMi: number;
}

/**
 * Pod memory in MiB on a machine of 24 GiB. Measured here: half an hour after a start, with a restart in it, dbnode's heap held 1230,
 * and with a GOMEMLIMIT of 1344 most of its CPU went into garbage collection. From facts.md 4: etcd runs in 256; coordinator, query
 * and aggregator idle at 340, 320 and 70. m3query's heap grows with its first queries, since its pools keep what they held last, to 400 with
 * one replica (docs/services.md); with 544 it took ten times its processor time, then was killed. These are ceilings: the whole lab uses half of their sum.
 */
const topology: Omit<LabHost, "ordinal" | "cpu" | "ceilingMi">[] = [
    { name: "master", roles: ["master"], reference: { cpu: 4, memoryGi: 8 }, podMemoryMi: 512 },
    m3dbHost("worker-1", "rep0"),
    m3dbHost("worker-2", "rep1"),
    m3dbHost("worker-3", "rep2"),
    {
        name: "worker-4",
        roles: ["coordinator", "aggregator"],
        reference: { cpu: 4, memoryGi: 16 },
        podMemoryMi: 4608,
    },
    { name: "worker-5", roles: ["coordinator"], reference: { cpu: 4, memoryGi: 16 }, podMemoryMi: 4608 },
    { name: "repository", roles: ["repository"], reference: { cpu: 4, memoryGi: 8 }, podMemoryMi: 2304 },
];

/** Isolation groups of the lab's M3DB nodes: each has the same number of them. */
const groups = ["rep0", "rep1", "rep2"];

/** How many M3DB nodes a lab may have: the reference's three, or two or three in each group. */
export const m3dbNodeCounts = [3, 6, 9] as const;
export type M3dbNodes = (typeof m3dbNodeCounts)[number];

/** Nodes beyond the reference's: worker-6 and on. */
function moreM3dbHosts(m3dbNodes: M3dbNodes): typeof topology {
    const names = Array.from({ length: m3dbNodes - groups.length }, (_, index) => `worker-${index + 6}`);
    return names.map((name, index) => m3dbHost(name, groups[index % groups.length] ?? ""));
}

/** kubelet, containerd, kube-proxy, sshd and a shim for each pod; the rest of it is page cache. */
const overheadMi = 512;

/** The hosts at the size that this machine allows: memory grows by halves with the machine's above 24 GiB, up to the reference's. */
export function labHosts(machine: MachineSize, m3dbNodes: M3dbNodes = 3): LabHost[] {
    const factor = sizeFactor(machine);
    return [...topology, ...moreM3dbHosts(m3dbNodes)].map((host, index) => {
        const podMemoryMi = Math.min(host.podMemoryMi * factor, host.reference.memoryGi * 1024 - overheadMi);
        return {
            ...host,
            ordinal: index + 1,
            cpu: Math.min(host.reference.cpu, machine.cores),
            podMemoryMi,
            ceilingMi: podMemoryMi + overheadMi,
        };
    });
}

/** "seven", "ten", "thirteen". */
export const countText = ({ length }: readonly LabHost[]) =>
    ({ 7: "seven", 10: "ten", 13: "thirteen" })[length] ?? length;

/** The machine of which sites/lab.yaml tells the sizes. */
export const smallestMachine: MachineSize = { cores: 2, memoryMi: 24 * 1024 };

/** How the hosts differ from the reference, for the output of `up` and the site's note. */
export function scaleNote(hosts: readonly LabHost[]): string {
    const cores = hosts[0]?.cpu ?? 0;
    const sizes = hosts.map(
        ({ name, ceilingMi, reference }) => `${name} ${gib(ceilingMi)} of ${reference.memoryGi} GiB`,
    );
    return (
        `${countText(hosts)} hosts on one machine, memory scaled down from the reference: ${sizes.join(", ")}; ` +
        `each may use up to ${cores} of the reference's 4 cores, and all share the machine's cores, kernel and disk`
    );
}

function sizeFactor(machine: MachineSize): number {
    const halves = Math.floor((machine.memoryMi / smallestMachine.memoryMi) * 2);
    return Math.max(1, halves / 2);
}

function gib(mebibytes: number): string {
    return (mebibytes / 1024).toFixed(2).replace(/\.?0+$/, "");
}

function m3dbHost(name: string, isolationGroup: string): (typeof topology)[number] {
    return { name, roles: ["m3db"], isolationGroup, reference: { cpu: 4, memoryGi: 8 }, podMemoryMi: 3328 };
}
