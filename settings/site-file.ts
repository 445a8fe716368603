import * as z from "zod";
import { memory } from "./schema/fields.ts";

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

const port = z.int({ error: "must be a port" }).min(1).max(65535);

/** SiteSsh as it is written; the jump host has the same settings, but for a jump host of its own. */
const jump = z.strictObject({
    host: filled,
    port: port.optional(),
    user: filled.optional(),
    privateKeyFile: filled.optional(),
    hostKey: filled.optional(),
    knownHosts: filled.optional(),
});
const ssh = jump.extend({ host: filled.optional(), jump: jump.optional() });

const absolute = z.string().regex(/^\/[^\s]+$/, { error: "must be an absolute path without spaces" });
const repository = z.strictObject({
    size: memory.default("20Gi"),
    source: z.discriminatedUnion(
        "kind",
        [
            z.strictObject({ kind: z.literal("export"), node: filled, directory: absolute }),
            z.strictObject({ kind: z.literal("existing"), server: filled, path: absolute }),
            z.strictObject({ kind: z.literal("local"), node: filled, directory: absolute }),
        ],
        {
            error: "must have a kind: export (made on a node over SSH), existing (an export that is there), local (a folder)",
        },
    ),
});

/** The site file as it is written: the shape of Site (settings/site.ts), checked. */
export const siteSchema = z.strictObject({
    name: filled,
    kubeconfig: z.string().optional(),
    context: z.string().optional(),
    nodes: z
        .array(
            z.strictObject({
                name: filled,
                roles: z.array(z.enum(roles, { error: `must be one of ${roles.join(", ")}` })),
                address: filled,
                cpu: z.number().positive(),
                memory,
                isolationGroup: z.string().optional(),
                failureDomain: filled.optional(),
                ssh: ssh.optional(),
            }),
        )
        .min(1, { error: "must name the cluster's nodes" })
        .superRefine(noneTwice),
    storageClass: z.string(),
    prometheus: z.strictObject({
        namespace: z.string(),
        deployment: z.string(),
        configMap: z.string(),
        configKey: z.string(),
        service: z.string(),
        port: z.int(),
    }),
    ssh: ssh.optional(),
    powerCycle: z.array(filled).min(1, { error: "must be a command: a list of its words" }).optional(),
    sharedKernel: z.boolean().optional(),
    repository: repository.optional(),
    note: z.string().optional(),
});
