import * as z from "zod";
import { configOverride, count, cpu, memory, must, nodePort } from "./fields.ts";

/** M3's names (dbnode/topology/consistency_level.go) without `none`, which answers with nothing. */
export const readConsistency = z.enum(
    ["one", "unstrict_majority", "majority", "unstrict_all", "all"],
    must("one, unstrict_majority, majority, unstrict_all or all"),
);

const tagName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, must("a name that a label can have: letters, digits, _"));

const tags = z
    .strictObject({
        idScheme: z
            .enum(["quoted", "prepend_meta"], must("quoted or prepend_meta"))
            .default("quoted")
            .describe(
                "How a series' id is made of its tags. Fixed once there are samples: under another scheme the same tags are another series.",
            ),
        metricName: tagName.default("__name__").describe("Tag that M3 keeps a metric's name in."),
        bucketName: tagName.default("le").describe("Tag that M3 keeps a histogram's bucket in."),
    })
    .prefault({})
    .describe("How tags are kept: the same for coordinators and m3query, or one does not find what the other wrote.");

const writeWorkers = z
    .strictObject({
        size: count
            .default(4096)
            .describe("Writes that a coordinator has in hand at once before it takes more workers."),
        grow: z
            .boolean()
            .default(true)
            .describe("More workers than `size` when all are busy; false: further writes wait, which bounds memory."),
    })
    .prefault({})
    .describe("Limit of what one coordinator writes to M3DB at once.");

const writeBatch = z
    .strictObject({
        wait: z
            .string()
            .regex(/^[1-9]\d{0,3}ms$/, must('whole milliseconds, 1 to 9999, like "20ms"'))
            .default("5ms")
            .describe(
                "How often the samples that wait for a database node are sent to it. A write waits up to that long; each process wakes as often for each node, also when idle.",
            ),
        size: count
            .min(2, must("at least 2"))
            .default(128)
            .describe("Samples that do not wait, once there are so many."),
    })
    .prefault({})
    .describe("What a coordinator sends to one database node in one call; the defaults are M3's.");

export const coordinatorSchema = z
    .strictObject({
        replicas: count.optional().describe("One on each node with the role coordinator unless told."),
        memory: memory
            .optional()
            .describe("Memory of a replica, request and limit; 37.5 % of the smallest coordinator node unless told."),
        cpu: cpu.default("250m").describe("CPU request of a replica."),
        nodePort: nodePort.default(32555).describe("Port of its API at every node."),
        metricsNodePort: nodePort.default(32556).describe("Port of its metrics at every node."),
        writeConsistency: z
            .enum(["one", "majority", "all"], must("one, majority or all"))
            .default("majority")
            .describe("Replicas that must have a sample before it is acknowledged."),
        readConsistency: readConsistency
            .default("unstrict_majority")
            .describe(
                "Replicas that must answer a query to a coordinator; `unstrict_` answers with what is left when they do not.",
            ),
        tags,
        writeWorkers,
        writeBatch,
        config: configOverride,
    })
    .prefault({})
    .describe("m3coordinator: takes remote write, sends samples to M3DB and to the aggregator.");
