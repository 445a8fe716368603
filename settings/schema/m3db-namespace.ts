import * as z from "zod";
import { tagFilter } from "./aggregation-rules.ts";
import { duration, must } from "./fields.ts";

/** One of M3DB's namespaces. What is said here holds from its creation on: the operator adds and removes namespaces, it changes none. */
export const namespaceSchema = z.strictObject({
    name: z
        .string()
        .regex(/^[A-Za-z0-9_.-]+$/, must("letters, digits, dots, dashes, underscores"))
        .describe("Its name in M3DB."),
    retention: duration.describe("How long M3DB keeps the samples."),
    blockSize: duration.default("2h").describe("How much time one block holds."),
    indexBlockSize: duration
        .optional()
        .describe("How much time one block of the index holds, a multiple of blockSize; blockSize unless told."),
    resolution: duration
        .optional()
        .describe(
            "One value per this much time, made by the aggregator; absent: unaggregated, every sample as it came.",
        ),
    match: z
        .array(tagFilter)
        .min(1, must("one filter at least"))
        .optional()
        .describe(
            'Only samples that match one of these filters come here, each tags with patterns, like "service:checkout cluster:eu*". Absent: what samples says.',
        ),
    exclusive: z
        .boolean()
        .optional()
        .describe(
            "With match: what matches comes nowhere else but to namespaces that match it, not even to the unaggregated one, so a plain query does not see it.",
        ),
    samples: z
        .enum(["all", "mapped"], must("all or mapped"))
        .default("all")
        .describe(
            "all: the aggregated namespace gets every sample, or with match those that match. mapped: only what a rule of m3perf:aggregator.rules sends there.",
        ),
    bufferPast: duration
        .default("20m")
        .describe(
            "How late a sample may come and still be taken. Of an aggregated namespace longer than its values are on their way, 1.5 times the resolution and m3perf:aggregator.bufferPast; where 20m is too short for that, ten minutes more than that unless told.",
        ),
    bufferFuture: duration.default("10m").describe("How far a sample's time may lie in the future."),
    repair: z
        .boolean()
        .default(false)
        .describe(
            "Replicas compare their blocks in the background and fill their holes (beta in M3: a series that a replica never had is not put into its index).",
        ),
    // M3 1.5.0, dbnode/storage/index.go, writeBatches: without cold writes, what is older than bufferPast is not put into the index, and a
    // start puts there what snapshots hold (entry.go, LoadBlock) with the time of its block's beginning.
    coldWrites: z
        .boolean()
        .default(true)
        .describe(
            "Samples older than bufferPast are taken, too, and merged into blocks that are on disk. false: queries no longer find series that are not written any more once the database pods have been restarted, until their block is on disk (M3 1.5.0).",
        ),
    snapshots: z
        .boolean()
        .default(true)
        .describe("Open blocks are written to disk now and then, so that less of the commit log is read at a start."),
    commitLog: z
        .boolean()
        .default(true)
        .describe("Samples are written to the commit log. false: a restart loses what is not in a block on disk."),
});
