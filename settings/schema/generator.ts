import * as z from "zod";
import { count, cpu, duration, memory, must } from "./fields.ts";

const percent = z.number(must("a percentage, 0 or more")).min(0, must("a percentage, 0 or more"));

/** Names are those of `m3perf load` (agent/load/options.ts); `workers` are pods. */
export const generatorSchema = z
    .strictObject({
        workers: count
            .max(1000, must("at most 1000"))
            .default(1)
            .describe("Pods that send, each its own part of the series; one of them uses one core at most."),
        series: count.describe("Series that are active at the same time, all workers and tenants together."),
        interval: duration.default("15s").describe("Time between two samples of a series."),
        kinds: z
            .strictObject({
                counter: percent.describe("Percent that are counters."),
                gauge: percent.describe("Percent that are gauges."),
                histogram: percent.describe("Percent that belong to histograms, of ten series each."),
            })
            .default({ counter: 50, gauge: 30, histogram: 20 })
            .describe("The series by kind; 100 percent together."),
        labels: z
            .int(must("a whole number, 0 or more"))
            .min(0, must("a whole number, 0 or more"))
            .default(4)
            .describe("Labels of each series beside the generator's own."),
        labelBytes: count.default(12).describe("Bytes of each such label's value."),
        churn: percent.default(0).describe("Series that are replaced by new ones in an hour, in percent."),
        tenants: count.default(1).describe("Values of the label tenant, each with its share of the series."),
        replicas: count
            .default(1)
            .describe(
                "How often everything is sent, told apart by the label replica, as Prometheus servers in pairs do.",
            ),
        batch: count
            .optional()
            .describe("Samples of one request at most; 500, or all that a worker sends at a time, unless told."),
        concurrency: count.default(10).describe("Requests of a worker that are in hand at most; more wait."),
        timeout: duration
            .default("10s")
            .describe("A request without an answer after this long has an unknown outcome."),
        run: z
            .string()
            .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, must("letters, digits and _ . -, 63 at most"))
            .default("in-cluster")
            .describe("Label run of every series; another one means other series."),
        role: z
            .enum(["repository", "coordinator", "aggregator"], must("repository, coordinator or aggregator"))
            .default("repository")
            .describe(
                "Role of the nodes that the workers run on; never those of M3DB, whatever other roles they have.",
            ),
        memory: memory.default("256Mi").describe("Memory of a worker, request and limit."),
        cpu: cpu.default("500m").describe("CPU request of a worker; it may use more where the node has it."),
    })
    .optional()
    .describe(
        "The load generator as pods in the cluster, for loads that are more than one machine can send. It sends to the coordinators as long as it is set. Absent: none.",
    );

export type GeneratorSettings = NonNullable<z.infer<typeof generatorSchema>>;
