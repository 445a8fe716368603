import * as z from "zod";
import { cidr, count, cpu, dnsLabel, memory, must, nodePort } from "./fields.ts";

/**
 * Labels that an identity may carry. Prometheus and M3 use the refused ones to tell series of one sender apart: set to one
 * value, all of a sender's series would become one.
 */
function wrongLabelName(name: string): string | undefined {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
        return "is not a label name of Prometheus: letters, digits and underscores, no digit first";
    }
    if (name.startsWith("__")) return "is Prometheus' own: names with __ are not for external labels";
    if (!["job", "instance", "le", "quantile"].includes(name)) return undefined;
    return "is no external label: job, instance, le and quantile tell the series of one sender apart";
}

/** They stand in a header and in nginx' configuration: no quote, backslash, dollar or line break may get there. */
const labelValue = z
    .string()
    .regex(
        /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$/,
        must("letters, digits and _ . : / - (128 at most), a letter or digit first"),
    );

const identity = z.strictObject({
    name: dnsLabel
        .max(40, must("40 characters at most"))
        .describe("Names it in the Secret of its token (m3gateway-NAME), in logs and in reports."),
    labels: z
        .record(z.string(), labelValue)
        .superRefine((labels, context) => {
            for (const name of Object.keys(labels)) {
                const message = wrongLabelName(name);
                if (message) context.addIssue({ code: "custom", path: [name], message });
            }
        })
        .default({})
        .describe("External labels that every sample of this sender gets, whatever it sends."),
    reads: z
        .enum(["own", "all"], must("own or all"))
        .default("own")
        .describe("own: it sees the series with its labels. all: an operator, sees those of everybody."),
    writes: z.boolean().default(true).describe("Whether it may send samples; false for operators and dashboards."),
    secretIn: z
        .array(dnsLabel)
        .default([])
        .describe("Namespaces, which must exist, that get a copy of the token's Secret: where its Prometheus runs."),
});

export const identitiesSchema = z
    .array(identity)
    .default([])
    .describe(
        "Who may send and read, told apart by a token; with the first of them a gateway stands before M3. None: no gateway.",
    );

export const gatewaySchema = z
    .strictObject({
        replicas: count.optional().describe("One on each node with the role coordinator unless told."),
        memory: memory.default("64Mi").describe("Memory of a replica, request and limit."),
        cpu: cpu.default("100m").describe("CPU request of a replica."),
        nodePort: nodePort.optional().describe("Port of the gateway at every node; none unless told."),
        exclusive: z
            .boolean()
            .default(true)
            .describe(
                "No way around the gateway: no NodePort leads to the API of coordinator and query, and a NetworkPolicy closes M3 and etcd to other namespaces but for what Prometheus scrapes and other zones ask (where the cluster's network enforces such policies).",
            ),
        allowFrom: z
            .array(cidr)
            .default([])
            .describe("Address ranges beside those of the site's nodes that the NetworkPolicy lets pass."),
    })
    .prefault({})
    .describe("The proxy before coordinator and query that knows the identities.");

export type Identity = z.infer<typeof identity>;
export type GatewaySettings = z.infer<typeof gatewaySchema>;
