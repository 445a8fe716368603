import { mebibytesOf } from "../../../settings/units.ts";
import { type Answered, answered, type Examined, type Finding, gibibytes } from "../finding.ts";

/** What the machine is, against the topology: system, cores, memory. */
export function machine(examined: Examined): Finding[] {
    return answered(examined).flatMap((host) => [
        ...system(host, examined),
        // Nodes that share a machine all see the whole of it: what they have, only Kubernetes tells.
        ...(examined.site.sharedKernel ? [] : [...cores(host), ...memory(host)]),
    ]);
}

function system({ node, facts: { os, architecture } }: Answered, { kernelNodes }: Examined): Finding[] {
    if (!kernelNodes.includes(node.name)) return [];
    const asked = { level: "failure", node: node.name, fact: "system" } as const;
    const next = "leave it out of m3perf:kernel.nodes";
    const major = os?.version.split(".")[0];
    const enterprise = os && [os.id, ...os.like].some((id) => ["rhel", "centos", "fedora"].includes(id));
    const findings: Finding[] = [];
    if (!enterprise || (major !== "8" && major !== "9")) {
        const wanted = "EL8 or EL9, for the kernel upgrade (m3perf:kernel)";
        findings.push({ ...asked, what: "system", found: os?.name ?? "no /etc/os-release", wanted, next });
    }
    if (architecture !== "x86_64") {
        const wanted = "x86_64: elrepo has kernel-ml for no other (m3perf:kernel)";
        findings.push({ ...asked, what: "architecture", found: architecture, wanted, next });
    }
    return findings;
}

function cores({ node, path, facts }: Answered): Finding[] {
    if (facts.cores === undefined || facts.cores >= node.cpu) return [];
    const next = `give it more, or correct ${path}.cpu`;
    const wanted = `${node.cpu}, as the site file says`;
    return [{ level: "failure", node: node.name, fact: "cores", what: "cores", found: `${facts.cores}`, wanted, next }];
}

/** The kernel keeps some to itself, so a machine of 8 GiB has a little less: a tenth is what the settings leave to the node, too. */
const least = 0.9;

function memory({ node, path, facts: { memoryMi } }: Answered): Finding[] {
    if (memoryMi === undefined || memoryMi >= mebibytesOf(node.memory) * least) return [];
    const found = `${gibibytes(memoryMi)} GiB`;
    const wanted = `${node.memory}, as the site file says (a tenth less will do)`;
    const next = `give it more, or correct ${path}.memory: the sizes of M3's pods are made of it`;
    return [{ level: "failure", node: node.name, fact: "memory", what: "memory", found, wanted, next }];
}
