import * as z from "zod";
import { aggregationRules } from "./aggregation-rules.ts";
import { configOverride, cpu, duration, memory, must, nodePort, shards } from "./fields.ts";

export const aggregatorSchema = z
    .strictObject({
        replicas: z
            .union([z.literal(1), z.literal(2)], must("1 or 2 (a leader, and a follower that takes over)"))
            .default(1)
            .describe(
                "2: every sample goes to both, the leader writes and the other takes over; each has its own node.",
            ),
        shards: shards.default(64).describe("Shards of its placement and of the m3msg topics; fixed once they exist."),
        memory: memory
            .optional()
            .describe("Memory of a replica, request and limit; 17 % of the smallest aggregator node unless told."),
        cpu: cpu.default("100m").describe("CPU request of a replica."),
        metricsNodePort: nodePort.default(32330).describe("Port of its metrics at every node."),
        bufferPast: duration
            .default("10s")
            .describe("How late a sample may come and still count; each aggregated value waits this much longer."),
        rules: aggregationRules,
        config: configOverride,
    })
    .prefault({})
    .describe("m3aggregator: makes the values of the aggregated namespaces.");
