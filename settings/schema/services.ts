import * as z from "zod";
import { count, cpu, memory, nodePort, shards } from "./fields.ts";

/** M3's services beside the database. */

export const coordinatorSchema = z
    .strictObject({
        replicas: count.optional().describe("One on each node with the role coordinator unless told."),
        memory: memory
            .optional()
            .describe("Memory of a replica, request and limit; 37.5 % of the smallest coordinator node unless told."),
        cpu: cpu.default("250m").describe("CPU request of a replica."),
        nodePort: nodePort.default(32555).describe("Port of its API at every node."),
        metricsNodePort: nodePort.default(32556).describe("Port of its metrics at every node."),
    })
    .prefault({})
    .describe("m3coordinator: takes remote write, sends samples to M3DB and to the aggregator.");

export const querySchema = z
    .strictObject({
        replicas: count.optional().describe("One on each node with the role coordinator unless told."),
        memory: memory
            .optional()
            .describe("Memory of a replica, request and limit; 25 % of the smallest coordinator node unless told."),
        cpu: cpu.default("250m").describe("CPU request of a replica."),
        nodePort: nodePort
            .default(32558)
            .describe("Port of its API, and of the same process' /metrics, at every node."),
        maxFetchedSeries: count
            .default(100_000)
            .describe("Series that one query may fetch before M3 cuts it off (or fails it, with requireExhaustive)."),
        requireExhaustive: z
            .boolean()
            .default(false)
            .describe("A query beyond a limit fails instead of being cut off."),
    })
    .prefault({})
    .describe("m3query: answers PromQL and remote read.");

export const aggregatorSchema = z
    .strictObject({
        shards: shards.default(64).describe("Shards of its placement and of the m3msg topics; fixed once they exist."),
        memory: memory
            .optional()
            .describe("Memory of a replica, request and limit; 17 % of the smallest aggregator node unless told."),
        cpu: cpu.default("100m").describe("CPU request of a replica."),
        metricsNodePort: nodePort.default(32330).describe("Port of its metrics at every node."),
    })
    .prefault({})
    .describe("m3aggregator: makes the values of the aggregated namespaces.");
