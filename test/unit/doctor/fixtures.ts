/** A site whose hosts are as they should be; a test changes what it is about. */
import type { ClusterNode } from "../../../operations/doctor/cluster.ts";
import { type HostFacts, parseFacts } from "../../../operations/doctor/facts.ts";
import type { Examined } from "../../../operations/doctor/finding.ts";
import type { HostAnswer } from "../../../operations/doctor/gather.ts";
import type { Site } from "../../../settings/site.ts";
import { scenario, siteWith } from "../settings/sites.ts";

/** What the script prints on an EL8 host of 4 cores and 8 GiB that has everything. */
export const told = `uid=0
sudo=is not installed
os.id=rocky
os.like=rhel centos fedora
os.version=8.9
os.name=Rocky Linux 8.9 (Green Obsidian)
kernel=4.18.0-513.5.1.el8_9.x86_64
arch=x86_64
boot=00000000-0000-4000-8000-000000000001
cores=4
memory=7990120
swap=0
disk./var/lib/kubelet=62914560 52428800 /
disk./boot=1038336 760000 /boot
kubelet=kubelet active
firewalld=inactive
ntp=yes
sysctl.vm.max_map_count=3000000
sysctl.fs.file-max=9223372036854775807
sysctl.fs.nr_open=3000000
sysctl.vm.swappiness=1
openFiles=containerd 3000000 3000000
clock=ready
clock=1795558424.551141460
`;

function facts(changes: Partial<HostFacts> = {}): HostFacts {
    const parsed = parseFacts(told, { offset: 0.003, error: 0.002 });
    if (!parsed) throw new Error("the sample is complete");
    return { ...parsed, ...changes };
}

const bootId = (index: number) => `00000000-0000-4000-8000-00000000000${index}`;

export interface Changes {
    /** By node. */
    hosts?: Record<string, Partial<HostFacts> | HostAnswer>;
    site?: Partial<Site>;
    scenario?: object;
    cluster?: Examined["cluster"];
    /** By node. */
    nodes?: Record<string, Partial<NonNullable<ClusterNode["status"]>>>;
    kernelNodes?: string[];
    warnings?: string[];
}

/** worker-1 to worker-3 (M3DB), front-1 and front-2: each on a machine of its own, all as they should be. */
export function examined(changes: Changes = {}): Examined {
    const site = siteWith([undefined, undefined, undefined], changes.site ?? {});
    const answers = site.nodes.map(({ name, cpu, memory }, index): [string, HostAnswer] => {
        const change = changes.hosts?.[name] ?? {};
        if ("state" in change) return [name, change];
        const memoryMi = Number(memory.replace("Gi", "")) * 1000;
        const own = facts({ bootId: bootId(index), cores: cpu, memoryMi, ...change });
        return [name, { state: "answered", facts: own }];
    });
    const nodes = site.nodes.map(({ name, cpu, memory }, index): ClusterNode => {
        const status = {
            allocatable: { cpu: `${cpu}`, memory },
            conditions: [{ type: "Ready", status: "True" }],
            nodeInfo: { architecture: "amd64", bootID: bootId(index) },
            ...changes.nodes?.[name],
        };
        return { metadata: { name }, spec: {}, status };
    });
    // Room for the operator and the set-up job.
    const spare = { ...nodes[0], metadata: { name: "spare" } };
    return {
        site,
        scenario: scenario(changes.scenario),
        hosts: new Map(answers),
        cluster: changes.cluster ?? { answers: true, nodes: [...nodes, spare], pods: [] },
        kernelNodes: changes.kernelNodes ?? [],
        warnings: changes.warnings ?? [],
    };
}
