import * as z from "zod";
import { memory, must } from "./schema/fields.ts";
import { sitePrometheus } from "./site-prometheus.ts";

const roles = ["master", "m3db", "coordinator", "aggregator", "repository"] as const;

const filled = z.string().regex(/\S/, { error: "must not be empty" });

/** Nodes are told apart by name (labels, placement) and by address (NodePorts): one of each per node. */
function noneTwice(nodes: { name: string; address: string }[], context: z.RefinementCtx): void {
    for (const key of ["name", "address"] as const) {
        const first = new Map<string, number>();
        for (const [index, node] of nodes.entries()) {
            const twin = first.get(node[key]);
            if (twin === undefined) first.set(node[key], index);
            else if (node[key].trim() !== "") {
                const message = `is the ${key} of nodes[${twin}] too: every node has its own`;
                context.addIssue({ code: "custom", path: [index, key], message });
            }
        }
    }
}

const port = z.int(must("a port")).min(1, must("a port, from 1 to 65535")).max(65535, must("a port, from 1 to 65535"));

/** SiteSsh as it is written; the jump host has the same settings, but for a jump host of its own. */
const jump = z.strictObject({
    host: filled.describe("Address to dial."),
    port: port.optional().describe("22 unless told."),
    user: filled.optional().describe("root unless told; any other user needs sudo without a password."),
    privateKeyFile: filled
        .optional()
        .describe(
            "Path of the private key, from the site file's folder; a key without a passphrase. Absent: the stack's secret sshPrivateKey.",
        ),
    hostKey: filled
        .optional()
        .describe('The host\'s public key as in known_hosts, "ssh-ed25519 AAAA…". This or knownHosts has to be given.'),
    knownHosts: filled
        .optional()
        .describe(
            "Path of a known_hosts file that has the host's key (hashed names, too), from the site file's folder.",
        ),
});
const ssh = jump.extend({
    host: filled.optional().describe("Address to dial; the node's address unless told."),
    jump: jump
        .optional()
        .describe("Host through which the connection goes. User, key and known_hosts are the node's unless told."),
});

const absolute = z.string().regex(/^\/[^\s]+$/, must("an absolute path without spaces"));
const onNode = { node: filled.describe("Node that has it."), directory: absolute.describe("Folder on that node.") };
const repository = z.strictObject({
    size: memory.default("20Gi").describe("Size that the claim asks for."),
    source: z
        .discriminatedUnion(
            "kind",
            [
                z.strictObject({
                    kind: z.literal("export").describe("An NFS export, made on a node over SSH."),
                    ...onNode,
                }),
                z.strictObject({
                    kind: z.literal("existing").describe("An NFS export that is there already."),
                    server: filled.describe("Address of the NFS server."),
                    path: absolute.describe("Path that it exports."),
                }),
                z.strictObject({
                    kind: z.literal("local").describe("A folder of a node, where the kernel has no NFS client."),
                    ...onNode,
                }),
            ],
            {
                error: "must have a kind: export (made on a node over SSH), existing (an export that is there), local (a folder)",
            },
        )
        .describe("Where it is."),
});

const node = z.strictObject({
    name: filled.describe("The Kubernetes node's name."),
    roles: z
        .array(z.enum(roles, must(`one of ${roles.join(", ")}`)).describe("What it is for."))
        .describe("What the node is for; several are allowed."),
    address: filled.describe("Address that the node has inside the cluster and by which NodePorts are reached."),
    cpu: z
        .number(must("a number of cores, like 4"))
        .positive(must("more than 0 cores"))
        .describe("Cores, as the reference counts them."),
    memory: memory.describe("Memory of the node."),
    isolationGroup: filled
        .optional()
        .describe("M3DB isolation group, one for each replica; for nodes with the role m3db."),
    failureDomain: filled
        .optional()
        .describe(
            "What fails together with this node: rack, hypervisor, zone. Isolation groups are spread over these.",
        ),
    ssh: ssh.optional().describe("How it answers SSH, where that differs from the site's."),
});

const command = z.array(filled.describe("One word.")).min(1, must("a command: a list of its words"));

/** The site file as it is written: the shape of Site (settings/site.ts), checked. */
export const siteSchema = z.strictObject({
    name: filled.describe("Name of the site, for messages and reports."),
    kubeconfig: filled
        .optional()
        .describe(
            "Path of the kubeconfig, from the site file's folder. Absent: no cluster at hand, only previews work.",
        ),
    context: filled.optional().describe("Context in the kubeconfig; its current context unless told."),
    nodes: z
        .array(node.describe("One node."))
        .min(1, must("a list of the cluster's nodes, one at least"))
        .superRefine(noneTwice)
        .describe("The cluster's nodes."),
    storageClass: filled.describe("StorageClass of etcd's and M3DB's volumes: local disks, WaitForFirstConsumer."),
    prometheus: sitePrometheus,
    ssh: ssh
        .optional()
        .describe("How hosts answer SSH, for every node that does not say otherwise. Absent: they are left alone."),
    powerCycle: command
        .optional()
        .describe('Command, run on this machine, that switches a host off and on again; "{node}" stands for its name.'),
    power: z
        .strictObject({
            off: command.describe("Command, run on this machine, that switches a host off at once."),
            on: command.describe("Command, run on this machine, that switches it on again."),
        })
        .optional()
        .describe('For scenarios that switch a host off; "{node}" stands for its name. Absent: they are refused.'),
    sharedKernel: z
        .boolean()
        .optional()
        .describe("The nodes have no kernel of their own (a lab on one machine): no kernel upgrade, no host tuning."),
    repository: repository
        .optional()
        .describe(
            "A volume for pods of your own, for reports, logs and backups; nothing of m3perf writes there. Absent: there is none.",
        ),
    note: z.string().optional().describe("Said once by every command: how this site differs from the reference."),
});
