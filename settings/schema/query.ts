import * as z from "zod";
import { readConsistency } from "./coordinator.ts";
import { configOverride, count, cpu, duration, memory, must, nodePort } from "./fields.ts";

const remote = z.strictObject({
    name: z
        .string(must("a name"))
        .regex(/^[a-z0-9][-_a-z0-9]*$/, must("lower-case letters, digits, - and _"))
        .describe("Name of the other zone, in warnings and metrics."),
    addresses: z
        .array(z.string().regex(/^[^\s:/]+:\d{1,5}$/, must('host:port, like "m3query.zone-b.example:7202"')))
        .min(1, must("one address at least"))
        .describe("host:port of the other zone's m3query where it serves other zones (query.serveRemotes)."),
    errorBehavior: z
        .enum(["fail", "warn"], must("fail or warn"))
        .default("warn")
        .describe("When the zone does not answer: fail the query, or answer without its series and a warning."),
});

export const querySchema = z
    .strictObject({
        mode: z
            .enum(["split", "integrated"], must("split or integrated"))
            .default("split")
            .describe(
                "split: queries have processes of their own (m3query). integrated: the coordinators answer them, with m3query's memory and CPU added to theirs.",
            ),
        replicas: count.optional().describe("One on each node with the role coordinator unless told; split only."),
        memory: memory
            .optional()
            .describe("Memory of a replica, request and limit; 25 % of the smallest coordinator node unless told."),
        cpu: cpu.default("250m").describe("CPU request of a replica."),
        nodePort: nodePort
            .default(32558)
            .describe("Port of its API at every node; split, of the same process' /metrics, too."),
        readConsistency: readConsistency
            .default("unstrict_majority")
            .describe(
                "Replicas that must answer a query; `unstrict_` answers with what is left when they do not. Integrated, the same as coordinator.readConsistency.",
            ),
        maxFetchedSeries: count
            .default(100_000)
            .describe("Series that one query may fetch before M3 cuts it off (or fails it, with requireExhaustive)."),
        maxFetchedDocs: count
            .optional()
            .describe("Index documents that one query may match before M3 cuts it off; no limit unless told."),
        maxFetchedRange: duration
            .optional()
            .describe("Time range that one query may fetch; a longer one fails. No limit unless told."),
        instanceMultiple: z
            .number(must("a number, at least 1"))
            .min(1, must("at least 1"))
            .optional()
            .describe(
                "Gives each database pod only its share of maxFetchedSeries, times this, as its limit; the whole of it unless told.",
            ),
        maxSamples: count
            .optional()
            .describe("Samples that one PromQL query may load; a larger one fails. 100 million unless told."),
        requireExhaustive: z
            .boolean()
            .default(false)
            .describe("A query beyond a limit fails instead of being cut off."),
        timeout: duration.default("30s").describe("How long a query may take."),
        lookback: duration
            .default("5m")
            .describe("How far back the newest sample may lie to count as a series' value, as Prometheus has it."),
        remotes: z
            .array(remote)
            .default([])
            .describe("Other zones whose series every query here gets, too, over gRPC."),
        serveRemotes: z
            .boolean()
            .default(false)
            .describe("Answers other zones over gRPC, at port 7202 of the service, without authentication."),
        remotesNodePort: nodePort
            .optional()
            .describe("Port at every node where other zones are answered; inside the cluster alone unless told."),
        config: configOverride,
    })
    .prefault({})
    .describe("m3query: answers PromQL and remote read.");
