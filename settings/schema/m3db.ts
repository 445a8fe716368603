import * as z from "zod";
import { cpu, duration, memory, must, shards } from "./fields.ts";

const namespace = z.strictObject({
    name: z
        .string()
        .regex(/^[A-Za-z0-9_.-]+$/, must("letters, digits, dots, dashes, underscores"))
        .describe("Its name in M3DB."),
    retention: duration.describe("How long M3DB keeps the samples."),
    blockSize: duration.default("2h").describe("How much time one block holds."),
    resolution: duration
        .optional()
        .describe(
            "One value per this much time, made by the aggregator; absent: unaggregated, every sample as it came.",
        ),
});

export const m3dbSchema = z
    .strictObject({
        replicationFactor: z
            .union([z.literal(3), z.literal(5)], must("odd and at least 3 (a write needs a majority): 3 or 5"))
            .default(3)
            .describe("Replicas of each sample, one in each isolation group. A write needs a majority of them."),
        // facts.md 4, sizing.
        numberOfShards: shards
            .default(64)
            .describe("Fixed when the cluster is created: 64 for 3 nodes, 128 for 6, 256 for 12."),
        storage: memory.default("5Gi").describe("Volume of a database pod."),
        memory: memory
            .optional()
            .describe("Memory of a database pod, request and limit; 55 % of the smallest M3DB node unless told."),
        cpu: cpu.default("500m").describe("CPU request of a database pod."),
        externalCoordinator: z
            .boolean(must("true or false: with true the coordinator is made here, and its address is known"))
            .default(false)
            .describe(
                "The operator asks an admin-only coordinator of its own instead of those inside the database pods (docs/external-coordinator.md).",
            ),
        namespaces: z
            .array(namespace)
            .default([
                { name: "default", retention: "48h", blockSize: "2h" },
                { name: "metrics-10s_2d", retention: "48h", blockSize: "2h", resolution: "10s" },
            ])
            .describe("M3DB's namespaces, exactly one of them without a resolution."),
    })
    .prefault({})
    .describe("The M3DB cluster.");
